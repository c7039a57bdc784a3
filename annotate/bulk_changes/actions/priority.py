"""When comparisons come up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from annotate.bulk_changes.actions.action import Action, Changed, Needs
from annotate.bulk_changes.actions.given_values import whole_number
from annotate.comparisons.locks import lock_comparisons
from annotate.judging.priorities import GREATEST_PRIORITY, set_priorities
from annotate.models import Comparison, Project


def _check(value: str) -> str:
    return whole_number(value, least=-GREATEST_PRIORITY, most=GREATEST_PRIORITY)


def _apply(project: Project, ids: Sequence[int], value: str) -> Changed:
    """Of a set, its representative comes up sooner, too."""
    locked = lock_comparisons(ids)
    before = {pk: one.priority for pk, one in locked.items()}
    named = [locked[pk].public_id for pk in ids if locked[pk].priority != int(value)]
    set_priorities(project=project, priorities=dict.fromkeys(named, int(value)))
    after = Comparison.objects.filter(pk__in=before).values_list("pk", "priority")
    return {pk: (before[pk], now) for pk, now in after if before[pk] != now}


def _undo(project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    locked = lock_comparisons(rows)
    back = [locked[pk] for pk, (_was, now) in rows.items() if locked[pk].priority == now]
    for one in back:
        one.priority = rows[one.pk][0]
    Comparison.objects.bulk_update(back, ["priority"])
    Project.objects.filter(pk=project.pk).update(queue_epoch=F("queue_epoch") + 1)
    return len(back)


PRIORITY = Action(
    "priority",
    gettext_lazy("Set their priority"),
    gettext_lazy("They come up by this priority: the lower, the sooner. 0 is usual."),
    check=_check,
    would_change=lambda value: ~Q(priority=int(value)),
    apply=_apply,
    undo=_undo,
    needs=Needs.NUMBER,
    value_label=gettext_lazy("Priority, lower is sooner"),
)
