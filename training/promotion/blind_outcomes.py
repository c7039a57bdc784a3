"""What people said who met answers of two checkpoints blind, in the ordinary queue."""

from dataclasses import asdict
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from alignment_core.agreement.ratings.e_process import decide_pair
from annotate.models import (
    AnnotatorKind,
    Arena,
    Completion,
    Outcome,
    Preference,
    PreferenceJudgement,
    Project,
)
from training.lineage.prompts_held_out import prompts_trained_on
from training.models import Checkpoint


def blind_comparison(
    project: Project, first: Checkpoint, second: Checkpoint, *, arena: Arena | None = None
) -> dict[str, Any]:
    """Decisive outcomes of people's votes, the first one of each prompt, and what they decide.

    Of an arena its own meetings alone, else wherever answers of the two have met in the project.

    Gold, whatever a machine had a vote in, and what a reviewer ruled who could see the models, are
    left out. So is every prompt that one of them was trained on: whoever was taught the answer
    wins there. `n_trained_on` says how many prompts that were.
    """
    outcomes = _decisive(project, first.digest, second.digest, arena)
    trained_on = prompts_trained_on({digest for digest, _won in outcomes}, first, second)
    votes: dict[str, bool] = {}
    for digest, first_won in outcomes:
        if digest not in trained_on:
            votes.setdefault(digest, first_won)
    decision = decide_pair(list(votes.values()))
    return {**asdict(decision), "n_trained_on": len(trained_on)}


def _decisive(
    project: Project, first: str, second: str, arena: Arena | None
) -> list[tuple[str, bool]]:
    """The prompt's digest, and whether the first was preferred, in the order of their coming."""
    machines = PreferenceJudgement.objects.filter(preference=OuterRef("pk")).exclude(
        judgement__annotator__kind=AnnotatorKind.PERSON
    )
    is_blind = Q(adjudication=None) | Q(adjudication__first_was_left__isnull=False)
    decided = Preference.objects.filter(
        is_blind,
        ~Exists(machines),
        comparison__project=project,
        comparison__gold_verdict="",
        outcome=Outcome.PREFERENCE,
        superseded_at=None,
    )
    if arena is not None:
        decided = decided.filter(comparison__meetings__arena=arena)
    won = decided.filter(chosen__in=_written_by(first), rejected__origin=second)
    lost = decided.filter(chosen__in=_written_by(second), rejected__origin=first)
    columns = ("resolved_at", "pk", "comparison__prompt__digest", "chosen__origin")
    rows = sorted([*won.values_list(*columns), *lost.values_list(*columns)])
    return [(digest, origin == first) for _at, _pk, digest, origin in rows]


def _written_by(digest: str) -> QuerySet[Completion]:
    return Completion.objects.filter(
        origin=digest, origin__gt=""
    )  # by the index of models' answers
