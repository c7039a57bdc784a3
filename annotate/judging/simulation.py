"""Simulated annotators: the recorded human preference, blurred by errors of their own.

They judge through the same leases as people do, so that sides, overlap and resolution are real.
Each has an error rate, a pull to the left side and a share of ties, drawn from the seed; what they
answer, `simulated_answers` says.
"""

import random
from dataclasses import asdict, dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import InvalidInput, MemberPaused
from annotate.judging.leases import lease_next
from annotate.judging.protocols.versions import shown_under
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.simulated_answers import Habits, answer_of, cannot_say
from annotate.models import (
    Annotator,
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Membership,
    Project,
    Role,
    User,
    Verdict,
)

COHORT = "simulated"
SQLITE_BATCH = 25  # judgements in one transaction: the disk is waited for once in so many
RECORDED = (Verdict.FIRST, Verdict.SECOND, Verdict.TIE)


@dataclass(frozen=True)
class Simulated:
    n_annotators: int
    n_judgements: int


def simulate_annotators(
    *,
    project: Project,
    n_annotators: int = 3,
    seed: int = 0,
    leave_open: int = 100,
    requested_by: User | None = None,
) -> Simulated:
    """Let simulated annotators judge until `leave_open` comparisons are untouched.

    They walk the queue in its order, so they judge the same comparisons. Asked for again with the
    same seed, the same annotators go on, and nothing is judged twice.
    Raises: InvalidInput if open comparisons have no recorded preference, or if the protocol
        requires what they have no answer to.
    """
    n_each = max(0, _with_record(project).count() - leave_open)
    if _is_done(project, n_annotators=n_annotators, seed=seed, n_each=n_each):
        return Simulated(n_annotators=n_annotators, n_judgements=0)
    _require_recorded(project)
    _require_answerable(project)
    annotators = [_annotator(project, seed, number) for number in range(n_annotators)]
    record_event(
        actor=None if requested_by is None else annotator_for(requested_by),
        action="project.simulated",
        target=f"project:{project.slug}",
        project=project,
        after={"n_annotators": n_annotators, "seed": seed, "leave_open": leave_open},
    )
    n_judgements = sum(_judge_up_to(annotator, project, n_each) for annotator in annotators)
    return Simulated(n_annotators=n_annotators, n_judgements=n_judgements)


def _open(project: Project) -> QuerySet[Comparison]:
    return project.comparisons.filter(state=ComparisonState.OPEN, repeat_of=None, is_derived=False)


def _with_record(project: Project) -> QuerySet[Comparison]:
    return _open(project).filter(recorded_verdict__in=RECORDED)


def _is_done(project: Project, *, n_annotators: int, seed: int, n_each: int) -> bool:
    there = [_find(project, seed, number) for number in range(n_annotators)]
    return all(annotator and _n_judged(annotator, project) >= n_each for annotator in there)


def _require_recorded(project: Project) -> None:
    if n_unknown := _open(project).exclude(recorded_verdict__in=RECORDED).count():
        raise InvalidInput(
            _("%(n)d open comparisons have no recorded preference to go by.") % {"n": n_unknown},
            field="project",
            value=project.slug,
        )


def _require_answerable(project: Project) -> None:
    if unsaid := cannot_say(project.current_protocol.declaration):
        raise InvalidInput(
            _("Simulated annotators have no answer to what the protocol requires: %(parts)s.")
            % {"parts": ", ".join(unsaid)},
            field="project",
            value=project.slug,
        )


def _find(project: Project, seed: int, number: int) -> Annotator | None:
    return Annotator.objects.filter(
        kind=AnnotatorKind.SIMULATED,
        memberships__project=project,
        simulation__seed=seed,
        simulation__number=number,
    ).first()


def _n_judged(annotator: Annotator, project: Project) -> int:
    return annotator.judgements.filter(project=project, withdrawn_at=None, is_derived=False).count()


@transaction.atomic
def _annotator(project: Project, seed: int, number: int) -> Annotator:
    """The simulated annotator of this number, made at the first call."""
    annotator = _find(project, seed, number)
    if annotator is None:
        habits = asdict(_habits(seed, number))
        annotator = Annotator.objects.create(kind=AnnotatorKind.SIMULATED, simulation=habits)
        Membership.objects.create(
            annotator=annotator, project=project, role=Role.ANNOTATOR, cohort=COHORT
        )
    return annotator


def _habits(seed: int, number: int) -> Habits:
    draw = random.Random(f"{seed}:{number}")
    return Habits(
        seed=seed,
        number=number,
        error_rate=round(draw.uniform(0.05, 0.20), 3),
        left_bias=round(draw.uniform(0.0, 0.10), 3),
        tie_rate=round(draw.uniform(0.03, 0.10), 3),
    )


def _judge_up_to(annotator: Annotator, project: Project, n_wanted: int) -> int:
    """Go on until this annotator has judged so many, or nothing is left for them."""
    # Where rows are locked one by one, two locks held at once could meet somebody else's two.
    batch = 1 if connection.features.has_select_for_update else SQLITE_BATCH
    n_left = n_wanted - _n_judged(annotator, project)
    n_judged = 0
    while n_judged < n_left:
        try:
            with transaction.atomic():
                n_now = _judge_some(annotator, project, min(batch, n_left - n_judged))
        except MemberPaused:  # by their answers to gold: their errors have been noticed
            break
        n_judged += n_now
        if not n_now:
            break
    return n_judged


def _judge_some(annotator: Annotator, project: Project, n_most: int) -> int:
    """Judge up to so many and hold nothing afterwards; how many it were."""
    habits = Habits(**(annotator.simulation or {}))
    lease = lease_next(annotator=annotator, project=project).current
    for n_judged in range(n_most):
        if lease is None:
            return n_judged
        judged = judge_and_hold_next(
            annotator=annotator,
            project=project,
            lease_id=lease.public_id,
            answer=answer_of(habits, lease, shown_under(lease).declaration),
            key=f"simulated:{lease.public_id}",
            n_next=0 if n_judged == n_most - 1 else 1,
        )
        lease = judged.held.current
    return n_most
