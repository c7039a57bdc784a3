"""Comparisons that a reviewer is to decide, whatever the votes say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy, ngettext

from annotate.bulk_changes.actions.action import Action, Changed
from annotate.bulk_changes.actions.given_values import nothing
from annotate.comparisons.locks import lock_comparisons, note_freed_slots
from annotate.comparisons.resolution import resolve_comparisons
from annotate.models import Comparison, ComparisonState, Project

OPEN, ADJUDICATION = ComparisonState.OPEN, ComparisonState.ADJUDICATION
# People still rank the set of such a one: a ruling on one pair would close all of it to them.
STILL_RANKED = Q(completion_set__isnull=False, n_counted__lt=F("wanted"))


def _would_change(_value: str) -> Q:
    return Q(state=OPEN) & ~STILL_RANKED


def _apply(_project: Project, ids: Sequence[int], value: str) -> Changed:
    locked = lock_comparisons(ids)
    fit = Comparison.objects.filter(_would_change(value), pk__in=ids)
    sent = [locked[pk] for pk in fit.values_list("pk", flat=True)]
    for one in sent:
        one.awaits_ruling = True
    Comparison.objects.bulk_update(sent, ["awaits_ruling"])
    resolve_comparisons(sent)
    return {one.pk: (OPEN.value, one.state) for one in sent}


def _undo(project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    waiting = [one for pk, one in lock_comparisons(rows).items() if pk in rows]
    waiting = [one for one in waiting if one.awaits_ruling and one.state == ADJUDICATION]
    for one in waiting:
        one.awaits_ruling = False
    Comparison.objects.bulk_update(waiting, ["awaits_ruling"])
    resolve_comparisons(waiting)
    Project.objects.filter(pk=project.pk).update(queue_epoch=F("queue_epoch") + 1)
    note_freed_slots(project.pk)
    return len(waiting)


def _told(rows: QuerySet[Comparison]) -> Iterator[str]:
    unjudged = rows.filter(n_counted__lt=F("wanted")).count()
    if unjudged:
        yield ngettext(
            "%(n)d of them still wants judgements, and nobody is asked for more.",
            "%(n)d of them still want judgements, and nobody is asked for more.",
            unjudged,
        ) % {"n": unjudged}


TO_RULING = Action(
    "ruling",
    gettext_lazy("Send them to a ruling"),
    gettext_lazy(
        "They wait for a reviewer. Until there is a ruling, what the votes say stands as it is."
    ),
    check=nothing,
    would_change=_would_change,
    apply=_apply,
    undo=_undo,
    told=_told,
)
