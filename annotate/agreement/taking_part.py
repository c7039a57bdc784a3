"""Which judgements agreement is measured on.

Live counted judgements take part. Left out are silent repeats (they would count one person's
opinion twice), derived judgements (a ranking is one act of one person, however many pairs it
implies: the pair that stands for it takes part, and which that is, was drawn), gold comparisons
(chosen because their answer is plain, so they flatter), and what is archived or not published yet.
Silent repeats have a section of their own: how far somebody says the same again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from annotate.models import Annotator, Comparison, ComparisonState, Judgement, Project

NOBODY = 0  # no row has this key
HIDDEN = [ComparisonState.STAGED, ComparisonState.ARCHIVED]
TAKES_PART = Q(
    withdrawn_at=None,
    is_counted=True,
    is_derived=False,
    comparison__repeat_of=None,
    comparison__gold_verdict="",
) & ~Q(comparison__state__in=HIDDEN)
SAME_ANSWERS = Q(
    comparison__first=F("comparison__repeat_of__first"),
    comparison__second=F("comparison__repeat_of__second"),
)
ANSWERS_TURNED = Q(
    comparison__first=F("comparison__repeat_of__second"),
    comparison__second=F("comparison__repeat_of__first"),
)
REPEATS = (  # of comparisons that take part
    Q(
        withdrawn_at=None,
        is_counted=True,
        comparison__repeat_of__isnull=False,
        comparison__repeat_of__repeat_of=None,
        comparison__repeat_of__gold_verdict="",
        comparison__repeat_of__is_derived=False,
    )
    & (SAME_ANSWERS | ANSWERS_TURNED)
    & ~Q(comparison__state__in=HIDDEN)
    & ~Q(comparison__repeat_of__state__in=HIDDEN)
)


@dataclass(frozen=True)
class Fingerprint:
    """While this has not changed, no figure has."""

    n_judgements: int
    last_change_at: datetime | None  # of a judgement or a withdrawal, taking part or not


def fingerprint(project: Project) -> Fingerprint:
    found = Judgement.objects.filter(project=project).aggregate(
        n=Count("pk", filter=TAKES_PART),
        judged_at=Max("judged_at"),
        withdrawn_at=Max("withdrawn_at"),
    )
    changes = [at for at in (found["judged_at"], found["withdrawn_at"]) if at is not None]
    return Fingerprint(found["n"], max(changes, default=None))


def comparisons_that_count(project: Project) -> QuerySet[Comparison]:
    return project.comparisons.filter(repeat_of=None, gold_verdict="", is_derived=False).exclude(
        state__in=HIDDEN
    )


def disagreements_between(project: Project, first: str, second: str) -> QuerySet[Comparison]:
    """Comparisons on which two annotators, named by pseudonym, gave different verdicts."""
    # By their keys: what somebody judged is then a range of an index, however much there is.
    keys = dict(
        Annotator.objects.filter(pseudonym__in=(first, second)).values_list("pseudonym", "pk")
    )
    live = Judgement.objects.filter(project=project, withdrawn_at=None, is_counted=True)
    otherwise = live.filter(
        comparison=OuterRef("comparison"), annotator=keys.get(second, NOBODY)
    ).exclude(verdict=OuterRef("verdict"))
    different = live.filter(Exists(otherwise), annotator=keys.get(first, NOBODY))
    return comparisons_that_count(project).filter(pk__in=different.values("comparison"))
