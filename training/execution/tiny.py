"""A small base of random weights, made from a project's own text, for a machine without any."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from alignment_core.data.records import message_text
from annotate.models import Project, User
from training.checkpoints.registry import register_base
from training.errors import BaseRefused
from training.execution.child import Child, Ending
from training.models import Checkpoint

MOST_CHARACTERS = 5_000_000  # more text than that no longer changes so small a vocabulary


def make_tiny_base(
    *,
    project: Project,
    name: str,
    sizes: Mapping[str, int],
    made_by: User | None = None,
) -> Checkpoint:
    """Make and register a Llama-style model with a tokenizer learnt from the project's text.

    Args:
        sizes: any of vocab_size, hidden_size, n_layers, n_heads, context, seed.
    Raises: BaseRefused where the project holds no text, or the sizes do not go together.
    """
    bases: Path = settings.ACCORD_DATA_DIR / "base_checkpoints"
    scratch = bases / f".making-{uuid.uuid4()}"
    scratch.mkdir(mode=0o700, parents=True)
    try:
        text = scratch / "text.txt"
        if not _write_text(text, project):
            raise BaseRefused(
                _("The project “%(name)s” holds no text to learn from.") % {"name": project.name},
                field="project",
                value=project.slug,
            )
        made = scratch / "model"
        flags = [f"--{key.replace('_', '-')}={value}" for key, value in sizes.items()]
        with Child(
            "make_tiny_checkpoint", scratch, f"--data={text}", f"--output={made}", *flags
        ) as child:
            while not child.wait(0.1):
                pass
            if child.ending is not Ending.DONE:
                raise BaseRefused(child.reason(), field="sizes", value=dict(sizes))
        directory = bases / f"tiny-{project.slug}"
        if directory.exists():  # a base that is registered is never overwritten
            directory = bases / f"tiny-{project.slug}-{uuid.uuid4().hex[:8]}"
        made.rename(directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return register_base(path_or_hub_id=str(directory), name=name, registered_by=made_by)


def _write_text(path: Path, project: Project) -> int:
    """The project's messages and completions, one paragraph a line; how many characters."""
    n_characters = 0
    with path.open("w") as file:
        for text in _texts(project):
            if n_characters > MOST_CHARACTERS:
                break
            n_characters += file.write(f"{text}\n")
    return n_characters


def _texts(project: Project) -> Iterator[str]:
    prompts = project.prompts.order_by("pk").prefetch_related("completions")
    for prompt in prompts.iterator(chunk_size=500):
        yield from (message_text(message) for message in prompt.messages)
        yield from (completion.text for completion in prompt.completions.all())
