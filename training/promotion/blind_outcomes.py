"""What people said who met answers of two checkpoints blind, in the ordinary queue."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db.models import Exists, OuterRef, Q

from alignment_core.agreement.ratings.e_process import decide_pair
from annotate.models import AnnotatorKind, Outcome, Preference, PreferenceJudgement, Project
from training.models import Checkpoint


def blind_comparison(project: Project, first: Checkpoint, second: Checkpoint) -> dict[str, Any]:
    """Decisive outcomes of people's votes, the first one of each prompt, and what they decide.

    Gold, whatever a machine had a vote in, and what a reviewer ruled who could see the models, are
    left out.
    """
    decision = decide_pair(list(_first_won(project, first.digest, second.digest)))
    return asdict(decision)


def _first_won(project: Project, first: str, second: str) -> Iterator[bool]:
    """Whether the first was preferred, one outcome of a prompt, in the order of their coming."""
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
    won = decided.filter(chosen__origin=first, rejected__origin=second)
    lost = decided.filter(chosen__origin=second, rejected__origin=first)
    columns = ("resolved_at", "pk", "comparison__prompt", "chosen__origin")
    met: set[int] = set()
    for _at, _pk, prompt, origin in sorted(
        [*won.values_list(*columns), *lost.values_list(*columns)]
    ):
        if prompt not in met:
            met.add(prompt)
            yield origin == first
