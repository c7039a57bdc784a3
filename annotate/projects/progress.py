"""How far a project is."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from annotate.comparisons.visible import listed_comparisons, live_judgements, live_preferences
from annotate.models import (
    AnnotatorKind,
    ComparisonState,
    Flag,
    Lease,
    LeaseState,
    Outcome,
    Project,
)

NOT_DERIVED = Q(is_derived=False)


@dataclass(frozen=True)
class Progress:
    """How far a project is. Counts of judgements are of live ones, surplus included.

    A set that is ranked counts as one comparison, by the pair that represents it, and a ranking as
    one judgement; what waits for a reviewer are pairs.
    """

    n_comparisons: int
    n_open: int  # waiting for judgements that nobody holds yet
    n_adjudication: int
    n_resolved: int
    n_ties: int
    n_both_bad: int
    n_wanted: int  # counted judgements that finish everything
    n_counted: int
    n_judgements: int
    n_people: int  # judgements by kind of annotator
    n_imported: int
    n_simulated: int
    n_model: int
    n_annotators: int
    n_open_flags: int
    n_taken_along: int  # comparisons that stand on people's devices

    @property
    def share(self) -> float | None:
        """Counted judgements over those wanted, in [0, 1]; None where nothing is wanted."""
        return self.n_counted / self.n_wanted if self.n_wanted else None


def progress(project: Project) -> Progress:
    comparisons = (
        listed_comparisons(project)
        .exclude(state=ComparisonState.ARCHIVED)
        .aggregate(
            n=Count("pk", filter=NOT_DERIVED),
            n_open=Count("pk", filter=NOT_DERIVED & Q(is_open=True)),
            n_adjudication=Count("pk", filter=Q(state=ComparisonState.ADJUDICATION)),
            wanted=Sum("wanted", filter=NOT_DERIVED),
            counted=Sum("n_counted", filter=NOT_DERIVED),
        )
    )
    outcomes = dict(
        live_preferences(project)
        .filter(comparison__is_derived=False)
        .values_list("outcome")
        .annotate(Count("pk"))
        .order_by("outcome")
    )
    judgements = live_judgements(project).filter(NOT_DERIVED)
    by_annotator = judgements.order_by().values("annotator", "annotator__kind")
    kinds: Counter[str] = Counter()
    n_annotators = 0
    for row in by_annotator.annotate(n=Count("pk")):  # one walk over them, for both counts
        kinds[row["annotator__kind"]] += row["n"]
        n_annotators += 1
    return Progress(
        n_comparisons=comparisons["n"],
        n_open=comparisons["n_open"],
        n_adjudication=comparisons["n_adjudication"],
        n_resolved=sum(outcomes.values()),
        n_ties=outcomes.get(Outcome.TIE, 0),
        n_both_bad=outcomes.get(Outcome.BOTH_BAD, 0),
        n_wanted=comparisons["wanted"] or 0,
        n_counted=comparisons["counted"] or 0,
        n_judgements=sum(kinds.values()),
        n_people=kinds.get(AnnotatorKind.PERSON, 0),
        n_imported=kinds.get(AnnotatorKind.IMPORTED, 0),
        n_simulated=kinds.get(AnnotatorKind.SIMULATED, 0),
        n_model=kinds.get(AnnotatorKind.MODEL, 0),
        n_annotators=n_annotators,
        n_open_flags=Flag.objects.filter(comparison__project=project, closed_at=None).count(),
        n_taken_along=Lease.objects.filter(
            project=project, state=LeaseState.LIVE, is_offline=True
        ).count(),
    )
