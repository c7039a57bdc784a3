"""Which preferences a model may learn from: the seam that training reads."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from annotate.models import (
    HUMAN_KINDS,
    AnnotatorKind,
    ComparisonState,
    Meeting,
    Membership,
    Preference,
    PreferenceJudgement,
    Project,
    ResolvedBy,
    Verdict,
)

READ_BY_RECORDS = (
    *("public_id", "outcome", "p_first", "strength", "resolved_by"),
    *("n_first", "n_second", "n_tie", "n_both_bad"),
    "comparison__first",
    *(f"comparison__prompt__{field}" for field in ("messages", "tags", "language")),
    *(f"{side}__{field}" for side in ("chosen", "rejected") for field in ("text", "origin")),
)


def trainable_preferences(
    *,
    projects: Iterable[Project],
    cutoff_at: datetime | None,
    kinds: Iterable[str] = HUMAN_KINDS,
    cohorts: Iterable[str] | None = None,
    min_agreement: float = 0.0,
    since: datetime | None = None,
    include_arenas: bool = False,
) -> QuerySet[Preference]:
    """Preferences that stood at `cutoff_at` (None: now), in the stable order of their public ids.

    What arenas asked measures models on prompts that are held out: it is in where it is asked for,
    and then whoever takes it keeps it, as all that is `judged_in_arenas`, from being trained on.

    A preference counts only if every judgement it used is of a named kind and, where cohorts are
    named, of one of them. What people rightly differ on and was triaged for cohorts alone is in
    where cohorts are named and one of theirs compared the answers: its record then has their votes.
    Gold, repeats, archived comparisons, empty completions and what was
    erased stay out; ties and both_bad are in, as what they are.
    """
    candidates = candidate_preferences(
        projects=projects, cutoff_at=cutoff_at, min_agreement=min_agreement, since=since
    )
    if not include_arenas:
        candidates = not_asked_by_arenas(candidates)
    for_cohorts = Q(resolved_by=ResolvedBy.COHORTS)
    if cohorts is None:
        candidates = candidates.exclude(for_cohorts)
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
        compared = used.filter(Exists(inside)).exclude(judgement__verdict=Verdict.BOTH_BAD)
        candidates = candidates.filter(
            (~for_cohorts & ~Exists(used.filter(~Exists(inside))))
            | (for_cohorts & Exists(compared))
        )
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


def asked_by_arenas(preferences: QuerySet[Preference]) -> QuerySet[Preference]:
    """Those of comparisons that were made for an arena."""
    return preferences.filter(Exists(_meetings().filter(is_adopted=False)))


def not_asked_by_arenas(preferences: QuerySet[Preference]) -> QuerySet[Preference]:
    return preferences.exclude(Exists(_meetings().filter(is_adopted=False)))


def judged_in_arenas(preferences: QuerySet[Preference]) -> QuerySet[Preference]:
    """Those of comparisons that measured models: they may be held out, but not trained on.

    Besides what arenas asked, that is what was in the queue already when an arena came to it.
    """
    return preferences.filter(Exists(_meetings()))


def _meetings() -> QuerySet[Meeting]:
    return Meeting.objects.filter(comparison=OuterRef("comparison"))


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
