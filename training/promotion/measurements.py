"""What evaluations found prompt by prompt: two checkpoints meet on the same held-out ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Exists, OuterRef

from annotate.models import Project
from training.lineage.behind import projects_behind
from training.lineage.prompts_held_out import HeldOut, partial_judges
from training.models import Checkpoint, Evaluation, Snapshot

PROMPT_DIGITS = 8  # of a pair's name, which the library makes
NEWEST = 30  # evaluations of a checkpoint: a champion is measured again night after night

Values = Mapping[str, float]  # by what tells a pair or a prompt apart wherever it is met


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One figure of one evaluation; two can be set side by side where `scored_by` is the same."""

    values: Values
    scored_by: str
    evaluation: Evaluation


def prompt_of_pair(name: str) -> str:
    return name[:PROMPT_DIGITS]


def question_of(name: str) -> str:
    """What a safety prompt asks, whatever the language."""
    return name.partition("|")[0]


def itself(name: str) -> str:
    return name


CLUSTERS: dict[str, Callable[[str], str]] = {
    "accuracy": prompt_of_pair,
    "cohort": prompt_of_pair,
    "reward": itself,
    "length": itself,
    "harm_given": question_of,
    "harmless_refused": question_of,
    "nothing_said": question_of,
}


@dataclass(frozen=True, kw_only=True)
class Admissible:
    """Which evaluations may speak for or against two checkpoints in a project.

    `held_out` is what all training behind the two held out: an evaluation on a snapshot that holds
    more out may be on prompts that one of them was trained on. The snapshot has the project's own
    votes, and nobody's besides but of projects that the two learnt from: so other people's votes
    decide nothing here, and whoever may see both may see the prompts.
    """

    project: Project
    held_out: HeldOut
    sources: frozenset[int]  # keys of projects, the project among them

    @classmethod
    def between(cls, project: Project, *checkpoints: Checkpoint | None) -> Self:
        found = [checkpoint for checkpoint in checkpoints if checkpoint is not None]
        return cls(
            project=project,
            held_out=HeldOut.by(*found),
            sources=frozenset({project.pk, *(one.pk for one in projects_behind(*found))}),
        )

    def why_not(self, snapshot: Snapshot) -> str:
        """Why no evaluation on a snapshot may speak, as a code; empty where those on it may."""
        keys = set(snapshot.projects.values_list("pk", flat=True))
        if not self.held_out.covers(snapshot):
            return "trained_on"
        return "" if self.project.pk in keys <= self.sources else "of_others"

    def evaluations(
        self, checkpoint: Checkpoint, *, on: Snapshot | None = None
    ) -> list[Evaluation]:
        """The newest of them, the newest first."""
        foreign = Project.objects.filter(snapshots=OuterRef("snapshot")).exclude(
            pk__in=self.sources
        )
        found = checkpoint.evaluations.filter(
            ~Exists(foreign), self.held_out.snapshots("snapshot__"), snapshot__projects=self.project
        )
        if on is not None:
            found = found.filter(snapshot=on)
        found = found.select_related("run", "snapshot").defer("run__log")
        found = found.prefetch_related("run__reward_models")
        return list(found.order_by("-recorded_at", "-pk")[:NEWEST])


def measured(
    checkpoint: Checkpoint, admissible: Admissible, *, on: Snapshot | None = None
) -> dict[str, list[Measurement]]:
    """What is known of a checkpoint by figure, `cohort:NAME` among them; newest first.

    Args: on: by evaluations on this snapshot alone.
    """
    found: dict[str, list[Measurement]] = {}
    evaluations = admissible.evaluations(checkpoint, on=on)
    partial = partial_judges(evaluations)
    for evaluation in evaluations:
        for name, measurement in _of_evaluation(evaluation):
            if name != "reward" or not partial[evaluation.pk]:
                found.setdefault(name, []).append(measurement)
    return found


def judges_left_out(checkpoint: Checkpoint, admissible: Admissible) -> set[str]:
    """Reward models whose scores are left out, as they learnt from the prompts themselves."""
    partial = partial_judges(admissible.evaluations(checkpoint))
    return {str(judge) for judges in partial.values() for judge in judges}


def _of_evaluation(evaluation: Evaluation) -> Iterator[tuple[str, Measurement]]:
    summary: dict[str, Any] = evaluation.run.summary or {}
    by_prompt = summary.get("by_prompt") or {}
    scored_by = evaluation.scored_by
    sources: list[tuple[str, Any, str]] = [
        ("accuracy", summary.get("wins_by_pair"), scored_by),
        ("reward", by_prompt.get("rewards"), str(by_prompt.get("rewarded_by", ""))),
        ("length", by_prompt.get("lengths"), ""),
        *((name, values, "") for name, values in (by_prompt.get("safety") or {}).items()),
        *(
            (f"cohort:{cohort}", values, scored_by)
            for cohort, values in (summary.get("wins_by_cohort") or {}).items()
        ),
    ]
    for name, values, scored in sources:
        if values:
            yield name, Measurement(values=values, scored_by=scored, evaluation=evaluation)


def best_couple(
    first: list[Measurement], second: list[Measurement]
) -> tuple[Measurement, Measurement] | None:
    """The two that share most, those scored alike before any others; the newest of equals."""
    couples = [(one, other) for one in first for other in second]
    return max(couples, key=_closeness, default=None)


def _closeness(couple: tuple[Measurement, Measurement]) -> tuple[bool, int]:
    one, other = couple
    return one.scored_by == other.scored_by, len(one.values.keys() & other.values.keys())
