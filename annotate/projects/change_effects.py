"""What a change of rule, overlap or threshold would do to what is judged, before it is made.

Comparisons with the same votes in the same state fare alike, so they are counted together, by one
query. Only where fewer judgements would count are their votes read in order.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils.translation import ngettext

from annotate.comparisons.adaptive_overlap import fit_wanted, overlap_at_first
from annotate.comparisons.resolution_rule import (
    UNDER_THE_RULE,
    state_by_rule,
    winning_verdict,
)
from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    Meeting,
    Project,
)
from annotate.projects.outcome_settings import DECISIVE, OVERLAP

COUNTED = tuple(VERDICT_COUNTS.values())
SHARED = (
    *("state", "wanted", "most", "is_control", "n_counted", "n_leased", "n_skips", *COUNTED),
    *("is_of_set", "is_of_arena", "is_drawn"),
)


@dataclass(frozen=True)
class Preview:
    """How many comparisons would fare otherwise.

    to_ruling: their outcome goes, and they wait for a ruling. from_ruling: they wait for one no
    longer. undone: their outcome goes, and they wait for more judgements. decided: they would have
    an outcome, and have none now. other: they would have another outcome. opened: they are closed,
    and would be asked about again; closed: the other way round. surplus: judgements that would
    count no longer.
    """

    to_ruling: int = 0
    from_ruling: int = 0
    undone: int = 0
    decided: int = 0
    other: int = 0
    opened: int = 0
    closed: int = 0
    surplus: int = 0

    @property
    def is_nothing(self) -> bool:
        return not any(getattr(self, entry.name) for entry in fields(self))

    @property
    def sentences(self) -> list[str]:
        """What would happen, one thing each."""
        said = (
            (
                self.to_ruling,
                ngettext(
                    "%(n)d comparison with an outcome moves to ruling.",
                    "%(n)d comparisons with an outcome move to ruling.",
                    self.to_ruling,
                ),
            ),
            (
                self.undone,
                ngettext(
                    "%(n)d comparison loses its outcome and waits for more judgements.",
                    "%(n)d comparisons lose their outcome and wait for more judgements.",
                    self.undone,
                ),
            ),
            (
                self.other,
                ngettext(
                    "%(n)d comparison gets another outcome.",
                    "%(n)d comparisons get another outcome.",
                    self.other,
                ),
            ),
            (
                self.from_ruling,
                ngettext(
                    "%(n)d comparison waits for a ruling no longer.",
                    "%(n)d comparisons wait for a ruling no longer.",
                    self.from_ruling,
                ),
            ),
            (
                self.decided,
                ngettext(
                    "%(n)d comparison gets an outcome.",
                    "%(n)d comparisons get an outcome.",
                    self.decided,
                ),
            ),
            (
                self.opened,
                ngettext(
                    "%(n)d comparison that was judged is asked about again.",
                    "%(n)d comparisons that were judged are asked about again.",
                    self.opened,
                ),
            ),
            (
                self.closed,
                ngettext(
                    "%(n)d comparison has enough judgements, and nobody more is asked.",
                    "%(n)d comparisons have enough judgements, and nobody more is asked.",
                    self.closed,
                ),
            ),
            (
                self.surplus,
                ngettext(
                    "%(n)d judgement is kept, but counts no longer.",
                    "%(n)d judgements are kept, but count no longer.",
                    self.surplus,
                ),
            ),
        )
        return [words % {"n": n} for n, words in said if n]


def preview_change(project: Project, changes: Mapping[str, Any]) -> Preview:
    """Args: project, as it stands; changes, of its settings: only some of them matter."""
    moved = _moved(project, changes)
    if not moved:
        return Preview()
    changed = copy.copy(project)
    for name, value in moved.items():
        setattr(changed, name, value)
    is_replanned = not moved.keys().isdisjoint(OVERLAP)
    found: Counter[str] = Counter()
    for one, n in _alike(project, changed, is_replanned=is_replanned):
        for name, each in _effects(one, project, changed, is_replanned=is_replanned).items():
            found[name] += each * n
    return Preview(**found)


def seen(project: Project, changes: Mapping[str, Any]) -> str:
    """What a form sends along once its reader has seen what these changes would do."""
    return "|".join(f"{name}={value}" for name, value in _moved(project, changes).items())


def _moved(project: Project, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: changes[name]
        for name in DECISIVE
        if name in changes and changes[name] != getattr(project, name)
    }


Alike = dict[str, Any]  # SHARED by name, and `kept`, the votes that would count


def _alike(
    project: Project, changed: Project, *, is_replanned: bool
) -> Iterator[tuple[Alike, int]]:
    """Comparisons that fare alike, and how many those are."""
    there = _judged_or_wanted(project, changed)
    excess = Q(n_counted__gt=changed.overlap) if is_replanned else Q(pk=None)
    groups = there.exclude(excess).values(*SHARED).annotate(n=Count("pk")).order_by()
    for row in groups:
        n = row.pop("n")
        yield row | {"kept": tuple(row[name] for name in COUNTED)}, n
    yield from _losing_votes(there.filter(excess), changed.overlap)


def _losing_votes(comparisons: QuerySet[Comparison], overlap: int) -> Iterator[tuple[Alike, int]]:
    rows = {row["pk"]: row for row in comparisons.values("pk", *SHARED)}
    if not rows:
        return
    votes: dict[int, list[str]] = defaultdict(list)
    counted = Judgement.objects.filter(
        comparison__in=comparisons.values("pk"), withdrawn_at=None, is_counted=True
    ).order_by("judged_at", "pk")
    for key, verdict in counted.values_list("comparison", "verdict").iterator(chunk_size=5000):
        if len(votes[key]) < overlap:
            votes[key].append(verdict)
    for key, row in rows.items():
        counts = Counter(votes[key])
        yield row | {"kept": tuple(counts[verdict] for verdict in VERDICT_COUNTS)}, 1


def _judged_or_wanted(project: Project, changed: Project) -> QuerySet[Comparison]:
    meetings = Meeting.objects.filter(comparison=OuterRef("pk"), is_adopted=False)

    return (
        project.comparisons.filter(repeat_of=None, state__in=UNDER_THE_RULE)
        .annotate(place=F("rand_key") % changed.control_every)
        .annotate(
            is_of_set=ExpressionWrapper(Q(completion_set__isnull=False), BooleanField()),
            is_of_arena=Exists(meetings),
            is_drawn=ExpressionWrapper(Q(place=0), BooleanField()),
        )
    )


def _effects(
    one: Alike, project: Project, changed: Project, *, is_replanned: bool
) -> dict[str, int]:
    before = _comparison(one, project, [one[name] for name in COUNTED])
    after = _comparison(one, changed, one["kept"])
    if is_replanned:
        is_fixed = one["is_of_set"] or one["is_of_arena"]
        planned = overlap_at_first(
            changed, changed.overlap, rand_key=0 if one["is_drawn"] else 1, is_fixed=is_fixed
        )
        after.most = planned.most
        after.n_leased = min(after.n_leased, changed.overlap - after.n_counted)
        after.wanted = changed.overlap
    fit_wanted(after)
    stood, stands = (winning_verdict(each, each.project) for each in (before, after))
    state = state_by_rule(after, is_won=stands is not None)
    waited, waits = (each == ComparisonState.ADJUDICATION for each in (before.state, state))
    was_open = not waited and before.n_counted + before.n_leased < before.wanted
    is_open = not waits and after.n_counted + after.n_leased < after.wanted
    has_lost = stood is not None and stands is None
    is_judged = before.n_counted > 0
    return {
        "to_ruling": int(waits and has_lost),
        "from_ruling": int(waited and not waits),
        "undone": int(has_lost and not waits),
        "decided": int(stood is None and stands is not None and not waited),
        "other": int(None not in (stood, stands) and stood != stands),
        "opened": int(is_judged and is_open and not was_open),
        "closed": int(is_judged and was_open and not is_open),
        "surplus": before.n_counted - after.n_counted,
    }


def _comparison(one: Alike, project: Project, counts: Any) -> Comparison:
    return Comparison(
        project=project,
        **{name: one[name] for name in ("state", "wanted", "most", "n_leased", "n_skips")},
        n_counted=sum(counts),
        **dict(zip(COUNTED, counts, strict=True)),
    )
