"""The small model of the customer replies: its weights ship, and are put where bases lie.

How they were made: `teaching`.
"""

import shutil
from pathlib import Path

from django.conf import settings

from annotate.demo.loader import REPLIES
from annotate.models import Project
from training.checkpoints.registry import register_base
from training.models import Checkpoint, CheckpointKind

NAME = "Customer replies / 客服回复"
SHIPPED = Path(__file__).resolve().parent / "reply_model"


def present() -> Checkpoint | None:
    bases = Checkpoint.objects.filter(kind=CheckpointKind.BASE, name=NAME)
    return bases.order_by("pk").first()


def is_prepared() -> bool:
    """Whether it is there, or nobody asks for it."""
    slugs = [demo.slug for demo in REPLIES.values()]
    is_wanted = Project.objects.filter(slug__in=slugs, is_demo=True).exists()
    return not is_wanted or present() is not None


def prepare() -> None:
    """Register it on this machine, if it is missing. Raises: BaseRefused."""
    if is_prepared():
        return
    directory: Path = settings.ACCORD_DATA_DIR / "base_checkpoints" / "customer-replies"
    if not directory.exists():  # else whoever put it there was killed before it was registered
        draft = directory.with_name(f".{directory.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(SHIPPED, draft)
        draft.rename(directory)
    register_base(path_or_hub_id=str(directory), name=NAME)
