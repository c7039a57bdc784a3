"""Reads that pages, the API, commands and training share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum

from annotate.models import (
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Flag,
    Judgement,
    Membership,
    Outcome,
    Preference,
    PreferenceJudgement,
    Project,
    ResolvedBy,
)

READ_BY_RECORDS = (
    *("public_id", "outcome", "p_first", "strength", "resolved_by"),
    *("n_first", "n_second", "n_tie", "n_both_bad"),
    "comparison__first",
    *(f"comparison__prompt__{field}" for field in ("messages", "tags", "language")),
    *(f"{side}__{field}" for side in ("chosen", "rejected") for field in ("text", "origin")),
)
HUMAN_KINDS = (AnnotatorKind.PERSON, AnnotatorKind.IMPORTED)


@dataclass(frozen=True)
class Progress:
    """How far a project is. Counts of judgements are of live ones, surplus included."""

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

    @property
    def share(self) -> float | None:
        """Counted judgements over those wanted, in [0, 1]; None where nothing is wanted."""
        return self.n_counted / self.n_wanted if self.n_wanted else None


def visible_comparisons(project: Project) -> QuerySet[Comparison]:
    """The project's comparisons, without those of an import that is not published."""
    return project.comparisons.exclude(state=ComparisonState.STAGED)


def live_judgements(project: Project) -> QuerySet[Judgement]:
    return project.judgements.filter(withdrawn_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )


def live_preferences(project: Project) -> QuerySet[Preference]:
    return Preference.objects.filter(comparison__project=project, superseded_at=None).exclude(
        comparison__state=ComparisonState.STAGED
    )


def progress(project: Project) -> Progress:
    comparisons = (
        visible_comparisons(project)
        .exclude(state=ComparisonState.ARCHIVED)
        .aggregate(
            n=Count("pk"),
            n_open=Count("pk", filter=Q(is_open=True)),
            n_adjudication=Count("pk", filter=Q(state=ComparisonState.ADJUDICATION)),
            wanted=Sum("wanted"),
            counted=Sum("n_counted"),
        )
    )
    outcomes = dict(
        live_preferences(project).values_list("outcome").annotate(Count("pk")).order_by("outcome")
    )
    judgements = live_judgements(project)
    kinds = dict(
        judgements.values_list("annotator__kind").annotate(Count("pk")).order_by("annotator__kind")
    )
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
        n_annotators=judgements.aggregate(n=Count("annotator", distinct=True))["n"],
        n_open_flags=Flag.objects.filter(comparison__project=project, closed_at=None).count(),
    )


def disagreements(project: Project) -> QuerySet[Comparison]:
    """Comparisons whose counted judgements differ, the most divided first."""
    return (
        visible_comparisons(project)
        .filter(n_divided__gt=0)
        .select_related("prompt", "first", "second")
        .order_by("-n_divided", "-id")
    )


def trainable_preferences(
    *,
    projects: Iterable[Project],
    cutoff_at: datetime | None,
    kinds: Iterable[str] = HUMAN_KINDS,
    cohorts: Iterable[str] | None = None,
    min_agreement: float = 0.0,
    since: datetime | None = None,
) -> QuerySet[Preference]:
    """Preferences that stood at `cutoff_at` (None: now), in the stable order of their public ids.

    A preference counts only if every judgement it used is of a named kind and, where cohorts are
    named, of one of them. Gold, repeats, archived comparisons, empty completions and what was
    erased stay out; ties and both_bad are in, as what they are.
    """
    candidates = candidate_preferences(
        projects=projects, cutoff_at=cutoff_at, min_agreement=min_agreement, since=since
    )
    kinds = [str(kind) for kind in kinds]
    used = _used_judgements()
    candidates = candidates.filter(~Exists(used.exclude(judgement__annotator__kind__in=kinds)))
    candidates = candidates.filter(Q(adjudication=None) | Q(adjudication__reviewer__kind__in=kinds))
    if cohorts is not None:
        inside = Membership.objects.filter(
            annotator=OuterRef("judgement__annotator"),
            project=OuterRef("judgement__project"),
            cohort__in=list(cohorts),
        )
        candidates = candidates.filter(~Exists(used.filter(~Exists(inside))))
    return candidates.select_related("comparison__prompt", "chosen", "rejected").order_by(
        "public_id"
    )


def candidate_preferences(
    *,
    projects: Iterable[Project],
    cutoff_at: datetime | None,
    min_agreement: float = 0.0,
    since: datetime | None = None,
) -> QuerySet[Preference]:
    """As `trainable_preferences`, whoever judged: the rest is what a selection leaves out."""
    erased = _used_judgements().filter(
        judgement__withdrawn_at__isnull=False,
        judgement__annotator__kind=AnnotatorKind.PERSON,
        judgement__annotator__user=None,
    )
    stands = Q(superseded_at=None)
    if cutoff_at is not None:
        stands = (stands | Q(superseded_at__gt=cutoff_at)) & Q(resolved_at__lte=cutoff_at)
    candidates = Preference.objects.filter(
        stands,
        Q(agreement__gte=min_agreement) | Q(resolved_by=ResolvedBy.ADJUDICATION),
        ~Exists(erased),
        comparison__project__in=list(projects),
        comparison__gold_verdict="",
        comparison__repeat_of=None,
    ).exclude(comparison__state__in=[ComparisonState.STAGED, ComparisonState.ARCHIVED])
    candidates = candidates.exclude(Q(chosen__text="") | Q(rejected__text=""))
    return candidates if since is None else candidates.filter(resolved_at__gte=since)


def with_judgements(preferences: QuerySet[Preference]) -> QuerySet[Preference]:
    """Fetch what `preference_record` reads, with each judgement's verdict and cohort."""
    cohort = Membership.objects.filter(
        annotator=OuterRef("judgement__annotator"), project=OuterRef("judgement__project")
    ).values("cohort")[:1]
    used = PreferenceJudgement.objects.annotate(
        verdict=F("judgement__verdict"), cohort=Subquery(cohort)
    )
    preferences = preferences.select_related("comparison__prompt", "chosen", "rejected")
    return preferences.only(*READ_BY_RECORDS).prefetch_related(
        Prefetch("used", queryset=used.order_by("judgement_id"), to_attr="used_judgements")
    )


def _used_judgements() -> QuerySet[PreferenceJudgement]:
    return PreferenceJudgement.objects.filter(preference=OuterRef("pk"))
