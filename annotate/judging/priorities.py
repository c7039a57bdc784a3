"""What comes next for everybody: priorities, the number of judgements wanted, and pauses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.comparisons.adaptive_overlap import fit_wanted, overlap_at_first
from annotate.comparisons.locks import lock_comparisons, note_freed_slots
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.slots import (
    fill_free_slots,
    has_free_slot,
    representative_of,
    save_slots,
    turn_into_surplus,
    whole_of,
)
from annotate.errors import InvalidInput
from annotate.judging.leases import end_lease
from annotate.models import (
    Annotator,
    Comparison,
    ComparisonState,
    CompletionSet,
    Judgement,
    LeaseState,
    Meeting,
    Project,
)

BATCH = 500  # comparisons changed in one short transaction
GREATEST_PRIORITY = 2**20
MOST_WANTED = 50

Item = TypeVar("Item")


def set_priorities(*, project: Project, priorities: Mapping[UUID, int]) -> int:
    """Change when comparisons come up: lower is sooner. How many were found in the project.

    Everybody walks the queue afresh, so that what is urgent now is next for them.

    Raises: InvalidInput, before anything is changed.
    """
    for comparison_id, priority in priorities.items():
        if not isinstance(priority, int) or abs(priority) > GREATEST_PRIORITY:
            raise InvalidInput(
                _("The priority of %(comparison)s is not a whole number in range.")
                % {"comparison": comparison_id},
                field="priority",
                value=priority,
            )
    n_changed = 0
    for batch in _batches(list(priorities)):
        ids = Comparison.objects.filter(project=project, public_id__in=batch)
        with transaction.atomic():
            locked = lock_comparisons(ids.values_list("pk", flat=True)).values()
            named = [one for one in locked if one.public_id in priorities]
            for comparison in named:
                comparison.priority = priorities[comparison.public_id]
            changed = named + _representatives_moved(named)
            Comparison.objects.bulk_update(changed, ["priority"])
            Project.objects.filter(pk=project.pk).update(queue_epoch=F("queue_epoch") + 1)
        n_changed += len(named)
    return n_changed


def set_wanted(
    *, wanted: int, project: Project | None = None, comparison: Comparison | None = None
) -> int:
    """Ask for more or fewer judgements, of one comparison or of all in a project.

    Fewer: the newest judgements in excess become surplus, and the newest leases in excess are
    released, so that what is judged by them comes as late. More: surplus fills the new slots.
    Returns how many comparisons now want another number than before; a set counts as one.
    In a project with adaptive overlap, `wanted` is the most of each; of one comparison it is a
    fixed number there, too.

    Raises: InvalidInput.
    """
    if not isinstance(wanted, int) or not 1 <= wanted <= MOST_WANTED:
        raise InvalidInput(
            _("The number of judgements must be from 1 to 50."), field="wanted", value=wanted
        )
    being_read = CompletionSet.objects.filter(members=None)  # out of a file: not whole yet
    changing = Comparison.objects.exclude(state=ComparisonState.ARCHIVED).exclude(
        completion_set__in=being_read
    )
    other = changing.exclude(wanted=wanted, most=0, is_control=False)
    if comparison is not None:
        one = other.filter(pk=comparison.pk)  # and its set with it
        return _set_wanted(one, wanted, is_adaptive=False)
    if project is None:
        raise ValueError("set_wanted needs a project or a comparison")
    Project.objects.filter(pk=project.pk).update(overlap=wanted)
    project.overlap = wanted
    if project.closes_at:
        return _set_wanted(
            changing.filter(project=project, repeat_of=None), wanted, is_adaptive=True
        )
    return _set_wanted(other.filter(project=project, repeat_of=None), wanted, is_adaptive=False)


@transaction.atomic
def pause_project(
    *, project: Project, is_paused: bool = True, paused_by: Annotator | None = None
) -> None:
    """Hand out nothing more, or go on. What people hold already may still be judged."""
    if not Project.objects.filter(pk=project.pk, is_paused=not is_paused).update(
        is_paused=is_paused
    ):
        return
    project.is_paused = is_paused
    record_event(
        actor=paused_by,
        action="project.paused" if is_paused else "project.resumed",
        target=f"project:{project.public_id}",
        project=project,
    )


def _representatives_moved(named: Sequence[Comparison]) -> list[Comparison]:
    """A set comes up when the most urgent of those of its comparisons that were named would."""
    moved: dict[int, tuple[Comparison, int]] = {}
    for comparison in named:
        if comparison.completion_set_id is not None:
            lead = representative_of(comparison)
            _lead, soonest = moved.get(lead.pk, (lead, GREATEST_PRIORITY))
            moved[lead.pk] = lead, min(soonest, comparison.priority)
    for lead, priority in moved.values():
        lead.priority = priority
    known = {comparison.pk for comparison in named}
    return [lead for lead, _priority in moved.values() if lead.pk not in known]


def _set_wanted(comparisons: QuerySet[Comparison], full: int, *, is_adaptive: bool) -> int:
    n_changed = 0
    for batch in _batches(list(comparisons.order_by("pk").values_list("pk", flat=True))):
        with transaction.atomic():
            locked = lock_comparisons(batch)
            before = {pk: one.wanted for pk, one in locked.items()}
            touched = _with_judgements(locked)
            _plan_overlap(locked, full, is_adaptive=is_adaptive)
            taken = [
                one
                for one in locked.values()
                if not one.is_derived and (one.n_leased or one.pk in touched)
            ]
            for comparison in taken:
                _change_wanted(comparison, full)
            resolve_comparisons(taken)
            touched_too = {one.pk for lead in taken for one in whole_of(lead)}
            untouched = [one for pk, one in locked.items() if pk not in touched_too]
            for comparison in untouched:
                comparison.wanted = full
                fit_wanted(comparison)
            for wanted in {one.wanted for one in untouched}:
                ids = [one.pk for one in untouched if one.wanted == wanted]
                Comparison.objects.filter(pk__in=ids).update(wanted=wanted)
            n_changed += sum(
                one.wanted != before[pk] and not one.is_derived and not _is_ruled_set(one)
                for pk, one in locked.items()
            )
            for project_id in {comparison.project_id for comparison in locked.values()}:
                note_freed_slots(project_id)
    return n_changed


def _plan_overlap(locked: Mapping[int, Comparison], full: int, *, is_adaptive: bool) -> None:
    """Say of each whether its votes decide how many are wanted, and which are controls."""
    asked = Meeting.objects.filter(comparison__in=locked, is_adopted=False)
    of_arenas = set(asked.values_list("comparison_id", flat=True)) if is_adaptive else set()
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for comparison in locked.values():
        is_fixed = (
            not is_adaptive
            or comparison.completion_set_id is not None
            or comparison.pk in of_arenas
        )
        planned = overlap_at_first(
            comparison.project, full, rand_key=comparison.rand_key, is_fixed=is_fixed
        )
        if (comparison.most, comparison.is_control) != (planned.most, planned.is_control):
            comparison.most, comparison.is_control = planned.most, planned.is_control
            groups[planned.most, planned.is_control].append(comparison.pk)
    for (most, is_control), ids in groups.items():
        Comparison.objects.filter(pk__in=ids).update(most=most, is_control=is_control)


def _with_judgements(comparisons: Mapping[int, Comparison]) -> set[int]:
    judgements = Judgement.objects.filter(comparison__in=comparisons, withdrawn_at=None)
    return set(judgements.values_list("comparison_id", flat=True))


def _change_wanted(comparison: Comparison, full: int) -> None:
    if _is_ruled_set(comparison):
        return
    _release_newest(comparison, comparison.n_counted + comparison.n_leased - full)
    _turn_newest_into_surplus(comparison, comparison.n_counted - full)
    for one in whole_of(comparison):
        one.wanted = full
    if comparison.most or has_free_slot(comparison):
        fill_free_slots(comparison)
    save_slots(comparison)


def _is_ruled_set(lead: Comparison) -> bool:
    """Nobody ranks it any more, so its other pairs would wait for ever for what is wanted."""
    return lead.completion_set_id is not None and lead.state == ComparisonState.ADJUDICATED


def _release_newest(comparison: Comparison, n_excess: int) -> None:
    if n_excess <= 0:
        return
    held = comparison.leases.filter(state=LeaseState.LIVE, is_extra=False)
    newest = held.order_by("-claimed_at", "-pk")
    # Each update locks its lease, so they come by ascending id, as everywhere.
    for lease in sorted(newest[:n_excess], key=lambda lease: lease.pk):
        lease.comparison = comparison
        end_lease(lease, LeaseState.RELEASED)


def _turn_newest_into_surplus(comparison: Comparison, n_excess: int) -> None:
    if n_excess <= 0:
        return
    counted = comparison.judgements.filter(withdrawn_at=None, is_counted=True)
    newest = list(counted.order_by("-judged_at", "-pk")[:n_excess])
    turn_into_surplus(comparison, newest)


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
