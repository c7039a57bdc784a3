"""Comparisons out of everybody's way, and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy, ngettext

from annotate.bulk_changes.actions.action import Action, Changed
from annotate.bulk_changes.actions.given_values import nothing
from annotate.comparisons.locks import lock_comparisons, note_freed_slots
from annotate.comparisons.resolution import resolve_comparisons
from annotate.judging.leases import end_all
from annotate.models import (
    Adjudication,
    Comparison,
    ComparisonState,
    Lease,
    LeaseState,
    Meeting,
    Preference,
    Project,
)

ARCHIVED = ComparisonState.ARCHIVED


def _archive(_project: Project, ids: Sequence[int], _value: str = "") -> Changed:
    """A set goes as a whole. What people hold of it is given back."""
    before = {pk: one.state for pk, one in lock_comparisons(ids).items() if one.state != ARCHIVED}
    held = Lease.objects.filter(comparison__in=before, state=LeaseState.LIVE)
    end_all(list(held), LeaseState.RELEASED)
    Comparison.objects.filter(pk__in=before).update(state=ARCHIVED)
    return {pk: (state, ARCHIVED.value) for pk, state in before.items()}


def _restore(project: Project, ids: Iterable[int], _value: str = "") -> Changed:
    """To what rulings and votes say of them; people meet them again, wherever they had got to."""
    archived = [one for one in lock_comparisons(ids).values() if one.state == ARCHIVED]
    rulings = Adjudication.objects.filter(comparison__in=archived, superseded_at=None)
    ruled = set(rulings.values_list("comparison_id", flat=True))
    for one in archived:
        is_ruled = one.pk in ruled
        one.state = ComparisonState.ADJUDICATED if is_ruled else ComparisonState.OPEN
    Comparison.objects.bulk_update(archived, ["state"])
    Meeting.objects.filter(comparison__in=archived).update(is_put_away=False)
    resolve_comparisons(archived)
    Project.objects.filter(pk=project.pk).update(queue_epoch=F("queue_epoch") + 1)
    note_freed_slots(project.pk)
    after = Comparison.objects.filter(pk__in=[one.pk for one in archived])
    return {pk: (ARCHIVED.value, state) for pk, state in after.values_list("pk", "state")}


def _undo_archiving(project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    return len(_restore(project, rows))


def _undo_restoring(project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    still = Comparison.objects.filter(pk__in=rows).exclude(state=ARCHIVED)
    return len(_archive(project, list(still.values_list("pk", flat=True))))


def _told_of_archiving(rows: QuerySet[Comparison]) -> Iterator[str]:
    held = rows.filter(n_leased__gt=0).count()
    if held:
        yield ngettext(
            "%(n)d of them is on somebody's screen, and is taken from them.",
            "%(n)d of them are on somebody's screen, and are taken from them.",
            held,
        ) % {"n": held}
    learnt = Preference.objects.filter(superseded_at=None, comparison__in=rows.values("pk"))
    n_learnt = learnt.count()
    if n_learnt:
        yield ngettext(
            "%(n)d of them has an outcome, from which new snapshots then learn nothing.",
            "%(n)d of them have an outcome, from which new snapshots then learn nothing.",
            n_learnt,
        ) % {"n": n_learnt}


ARCHIVE = Action(
    "archive",
    gettext_lazy("Archive them"),
    gettext_lazy("Nobody is asked about them, and no figure and no snapshot counts them."),
    check=nothing,
    would_change=lambda _value: ~Q(state=ARCHIVED),
    apply=_archive,
    undo=_undo_archiving,
    told=_told_of_archiving,
)
RESTORE = Action(
    "restore",
    gettext_lazy("Take them out of the archive"),
    gettext_lazy("They are judged and counted again, as their votes and rulings stand."),
    check=nothing,
    would_change=lambda _value: Q(state=ARCHIVED),
    apply=_restore,
    undo=_undo_restoring,
)
