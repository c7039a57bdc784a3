"""Accuracies beside one another: only on the held-out pairs that both were measured on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from django.db.models import Q, QuerySet

from alignment_core.agreement.figures.paired import compare_shared
from annotate.models import User
from training.access.permissions import visible_checkpoints, visible_evaluations
from training.lineage.prompts_held_out import HeldOut
from training.models import Checkpoint, Evaluation, with_is_champion

PROMPT_DIGITS = 8  # of a pair's name, which the library makes


@dataclass(frozen=True, kw_only=True)
class CheckpointRow:
    """A line of the list: a checkpoint, its newest evaluation, and a letter for its pairs."""

    checkpoint: Checkpoint
    evaluation: Evaluation | None
    pairs: str  # the same where two were measured on the same pairs; empty where nobody knows


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Another checkpoint beside this one. Without `shared`, nothing can be said of the two."""

    other: Checkpoint
    is_known: bool  # whether both evaluations say which pairs they are of
    is_seen: bool  # whether one of the two was trained on prompts that they are on
    is_scored_alike: bool
    shared: Mapping[str, Any] | None  # as `compare_shared`: first is this one


def checkpoint_rows(checkpoints: Iterable[Checkpoint]) -> list[CheckpointRow]:
    """Checkpoints with their evaluations, which are prefetched newest first."""
    letters: dict[str, str] = {}
    rows = []
    for checkpoint in checkpoints:
        evaluation = next(iter(checkpoint.evaluations.all()), None)
        digest = evaluation.figures.get("pairs") if evaluation else None
        letter = letters.setdefault(digest, _letter(len(letters))) if digest else ""
        rows.append(CheckpointRow(checkpoint=checkpoint, evaluation=evaluation, pairs=letter))
    return rows


def _letter(number: int) -> str:
    return ascii_uppercase[number] if number < len(ascii_uppercase) else str(number + 1)


def beside_others(evaluation: Evaluation, user: User) -> list[Beside]:
    """Its base, and the checkpoints in use, where somebody measured them."""
    checkpoint = evaluation.checkpoint
    wanted = Q(is_promoted=True)
    if checkpoint.run is not None:
        wanted |= Q(pk=checkpoint.run.base_id)
    seen = visible_evaluations(user)
    others = with_is_champion(visible_checkpoints(user)).filter(wanted, evaluations__in=seen)
    return [
        _beside(evaluation, other, seen.filter(checkpoint=other))
        for other in others.exclude(pk=checkpoint.pk).distinct().order_by("created_at", "pk")
    ]


def _beside(evaluation: Evaluation, other: Checkpoint, measured: QuerySet[Evaluation]) -> Beside:
    """With that of the other's evaluations which shares most pairs; of two the newer."""
    own = wins_by_pair(evaluation)
    held_out = HeldOut.by(evaluation.checkpoint, other)
    best = max(
        measured.select_related("run", "snapshot", "checkpoint__run").order_by("-recorded_at"),
        key=lambda one: (
            held_out.covers(one.snapshot),
            len(own.keys() & wins_by_pair(one).keys()),
        ),
    )
    theirs = wins_by_pair(best)
    is_seen = not all(held_out.covers(one.snapshot) for one in (evaluation, best))
    return Beside(
        other=other,
        is_known=bool(own and theirs),
        is_seen=is_seen,
        is_scored_alike=are_scored_alike(evaluation, best),
        shared=None if is_seen else compare_shared(own, theirs, cluster_of=prompt_of_pair),
    )


def wins_by_pair(evaluation: Evaluation) -> dict[str, float]:
    """1, 0 or ½ by the name of each held-out pair; empty where an older version kept none."""
    return (evaluation.run.summary or {}).get("wins_by_pair") or {}


def are_scored_alike(one: Evaluation, other: Evaluation) -> bool:
    return one.scored_by == other.scored_by


def prompt_of_pair(name: str) -> str:
    """What pairs of one prompt have in common in their names."""
    return name[:PROMPT_DIGITS]
