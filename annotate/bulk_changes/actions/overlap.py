"""How many judgements comparisons want."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy, ngettext

from annotate.bulk_changes.actions.action import Action, Changed, Needs
from annotate.bulk_changes.actions.given_values import whole_number
from annotate.comparisons.locks import lock_comparisons
from annotate.judging.priorities import MOST_WANTED, set_wanted
from annotate.models import Comparison, ComparisonState, Project


def _check(value: str) -> str:
    return whole_number(value, least=1, most=MOST_WANTED)


def _would_change(value: str) -> Q:
    return ~Q(wanted=int(value)) & ~Q(state=ComparisonState.ARCHIVED)


def _apply(_project: Project, ids: Sequence[int], value: str) -> Changed:
    locked = lock_comparisons(ids)
    before = {pk: one.wanted for pk, one in locked.items()}
    for one in Comparison.objects.filter(_would_change(value), pk__in=ids).order_by("pk"):
        set_wanted(wanted=int(value), comparison=one)
    after = Comparison.objects.filter(pk__in=before).values_list("pk", "wanted")
    return {pk: (before[pk], now) for pk, now in after if before[pk] != now}


def _undo(_project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    locked = lock_comparisons(rows)
    back = [
        pk
        for pk, (_was, now) in sorted(rows.items())
        if locked[pk].wanted == now and locked[pk].state != ComparisonState.ARCHIVED
    ]
    for pk in back:
        set_wanted(wanted=rows[pk][0], comparison=locked[pk])
    return len(back)


def _told(rows: QuerySet[Comparison]) -> Iterator[str]:
    held = rows.filter(n_leased__gt=0).count()
    if held:
        yield ngettext(
            "%(n)d of them is on somebody's screen; what is judged beyond the new number is kept, "
            "but not counted.",
            "%(n)d of them are on somebody's screen; what is judged beyond the new number is kept, "
            "but not counted.",
            held,
        ) % {"n": held}
    judged = rows.filter(n_counted__gt=0).count()
    if judged:
        yield ngettext(
            "%(n)d of them has judgements: its outcome is worked out afresh.",
            "%(n)d of them have judgements: their outcome is worked out afresh.",
            judged,
        ) % {"n": judged}


OVERLAP = Action(
    "overlap",
    gettext_lazy("Set how many judgements they want"),
    gettext_lazy("Each wants so many judgements."),
    check=_check,
    would_change=_would_change,
    apply=_apply,
    undo=_undo,
    told=_told,
    needs=Needs.NUMBER,
    value_label=gettext_lazy("Judgements wanted"),
)
