"""The small models of the customer replies, one a language: their weights ship, and are put where
bases lie.

How they were made: `teaching`. One for both languages now and then wrote one in the midst of the
other, once it had been trained on twenty votes.
"""

import shutil
from pathlib import Path

from django.conf import settings

from annotate.demo.loader import REPLIES
from annotate.models import Project
from training.checkpoints.registry import register_base
from training.models import Checkpoint, CheckpointKind

SHIPPED = Path(__file__).resolve().parent / "reply_models"


def name_of(language: str) -> str:
    return REPLIES[language].name


def present(language: str) -> Checkpoint | None:
    bases = Checkpoint.objects.filter(kind=CheckpointKind.BASE, name=name_of(language))
    return bases.order_by("pk").first()


def is_prepared() -> bool:
    """Whether all are there that somebody asks for."""
    return not _missing()


def prepare() -> None:
    """Register those that are missing on this machine. Raises: BaseRefused."""
    for language in _missing():
        directory: Path = settings.ACCORD_DATA_DIR / "base_checkpoints" / f"replies-{language}"
        if not directory.exists():  # else whoever put it there was killed before it was registered
            draft = directory.with_name(f".{directory.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(SHIPPED / language, draft)
            draft.rename(directory)
        register_base(path_or_hub_id=str(directory), name=name_of(language))


def _missing() -> list[str]:
    """The languages whose project is there, and whose model is not."""
    slugs = [demo.slug for demo in REPLIES.values()]
    there = set(Project.objects.filter(slug__in=slugs, is_demo=True).values_list("slug", flat=True))
    return [
        language
        for language, demo in REPLIES.items()
        if demo.slug in there and present(language) is None
    ]
