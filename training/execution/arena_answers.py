"""What a checkpoint writes for an arena goes there, and makes no comparison by itself."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from annotate.arena.entries import close_entries, enter_written
from annotate.models import Arena, Prompt
from training.execution.required import required
from training.models import Run


def arena_of(run: Run) -> Arena | None:
    """The arena that a sample run answers for, if it does."""
    public_id = run.settings.get("arena")
    return None if public_id is None else Arena.objects.get(public_id=public_id)


def prompts_of_arena(arena: Arena) -> list[Prompt]:
    return list(arena.prompts.order_by("public_id"))


def enter_answers(
    *, run: Run, arena: Arena, samples: Path, fence: Callable[[], None]
) -> dict[str, int]:
    """Enter the samples; nobody is asked about them before the arena opens.

    `fence` raises in each short transaction once the claim on the run is lost.
    """
    texts: dict[UUID, list[str]] = defaultdict(list)
    with samples.open() as file:
        for line in file:  # of one prompt in the order of their indices
            sample = json.loads(line)
            texts[UUID(sample["prompt_id"])].append(sample["text"])
    n_left_out = enter_written(
        arena=arena, origin=_origin(run), texts=texts, sampling=run.settings, fence=fence
    )
    return {"n_prompts": len(texts), "n_left_out": n_left_out}


def finish_answers(*, run: Run, arena: Arena) -> None:
    close_entries(arena=arena, origin=_origin(run))


def _origin(run: Run) -> str:
    return required(run.base).digest
