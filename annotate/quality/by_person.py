"""How each member answers gold, and how far they say the same again."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from alignment_core.floors import upper_end
from annotate.models import GoldAnswer, Judgement, Membership, Project
from annotate.quality.gold_answers import COUNTS
from annotate.quality.look_after import WRONGLY_WARNED

LEVEL = 0.95
NOTHING = (0, 0)


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's interval; of none there is no share."""

    n_hits: int
    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Person:
    """A member by what quality knows of them.

    surely_at_most: the highest rate of right answers to gold that is not ruled out, at all times at
    once; a standing moves when it falls below the floor.
    """

    membership: Membership
    gold: Share
    surely_at_most: float | None
    repeats: Share


def people_of(project: Project) -> list[Person]:
    """Members who have not left, those who stand worst first, then by their share on gold."""
    members = project.memberships.filter(left_at=None).select_related("annotator__user")
    gold, repeats = _gold(project), _repeats(project)
    people = [_person(one, gold, repeats) for one in members.order_by("joined_at", "pk")]
    return sorted(people, key=_place)


def person_of(membership: Membership) -> Person:
    project = membership.project
    return _person(membership, _gold(project, membership), _repeats(project, membership))


def _place(person: Person) -> tuple[int, float]:
    order = ["paused", "failed", "warned", "fine"]
    return order.index(person.membership.standing), person.gold.share or 2.0


def _person(
    membership: Membership,
    gold: Mapping[int, tuple[int, int]],
    repeats: Mapping[int, tuple[int, int]],
) -> Person:
    n_right, n = gold.get(membership.pk, NOTHING)
    return Person(
        membership=membership,
        gold=share_of(n_right, n),
        surely_at_most=upper_end(n_right, n, alpha=WRONGLY_WARNED) if n else None,
        repeats=share_of(*repeats.get(membership.annotator_id, NOTHING)),
    )


def share_of(n_hits: int, n: int) -> Share:
    if not n:
        return Share(0, 0)
    from alignment_core.agreement import wilson_interval  # numpy: only where there is some

    low, high = wilson_interval(n_hits, n, level=LEVEL)
    return Share(n_hits, n, n_hits / n, low, high)


def _gold(project: Project, membership: Membership | None = None) -> dict[int, tuple[int, int]]:
    """Right answers and answers, by membership."""
    answers = GoldAnswer.objects.filter(COUNTS, membership__project=project)
    if membership is not None:
        answers = answers.filter(membership=membership)
    rows = answers.values("membership").annotate(
        n=Count("pk"), n_right=Count("pk", Q(is_right=True))
    )
    return {row["membership"]: (row["n_right"], row["n"]) for row in rows.order_by("membership")}


def _repeats(project: Project, membership: Membership | None = None) -> dict[int, tuple[int, int]]:
    """Repeats answered as before, and repeats whose first judgement stands, by annotator."""
    again = repeats_in(project)
    if membership is not None:
        again = again.filter(annotator=membership.annotator_id)
    rows = again.values("annotator").annotate(
        n=Count("pk"), n_same=Count("pk", Q(verdict=F("said_before")))
    )
    return {row["annotator"]: (row["n_same"], row["n"]) for row in rows.order_by("annotator")}


def repeats_in(project: Project) -> QuerySet[Judgement]:
    """Judgements of silent repeats, each with the verdict that the same person gave before."""
    before = Judgement.objects.filter(
        comparison=OuterRef("comparison__repeat_of"),
        annotator=OuterRef("annotator"),
        withdrawn_at=None,
    )
    return (
        Judgement.objects.filter(
            project=project, withdrawn_at=None, comparison__repeat_of__isnull=False
        )
        .annotate(said_before=Subquery(before.values("verdict")[:1]))
        .filter(said_before__isnull=False)
    )
