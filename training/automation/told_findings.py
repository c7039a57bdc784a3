"""What was found of models is told to those who may see them; others learn if it was enough."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from annotate.models import User
from training.access.permissions import visible_checkpoints
from training.automation.evaluating import JudgedClause, Measured
from training.automation.stored_clauses import clause_as_json, clause_from_json
from training.automation.told_reasons import told
from training.models import ScheduleCheck

HIDDEN = Measured(is_hidden=True)


def told_clauses(clauses: Sequence[JudgedClause], user: User) -> list[JudgedClause]:
    """The same clauses, without what was measured of a checkpoint that the reader may not see."""
    unseen = _unseen(clauses, user)
    return [
        replace(judged, measured=HIDDEN) if _models_in(judged) & unseen else judged
        for judged in clauses
    ]


def told_checks(checks: Iterable[ScheduleCheck], user: User) -> list[ScheduleCheck]:
    """The same checks, to be shown and never saved; their rounds, too, as `told` has them.

    The rounds come with version and steps.
    """
    shown = list(checks)
    told((check.round for check in shown if check.round is not None), user)
    if user.is_site_admin:
        return shown
    judged = {check.pk: [clause_from_json(one) for one in check.clauses] for check in shown}
    unseen = _unseen((one for clauses in judged.values() for one in clauses), user)
    for check in shown:
        check.clauses = [
            clause_as_json(replace(one, measured=HIDDEN)) if _models_in(one) & unseen else stored
            for one, stored in zip(judged[check.pk], check.clauses, strict=True)
        ]
    return shown


def _unseen(clauses: Iterable[JudgedClause], user: User) -> set[UUID]:
    if user.is_site_admin:
        return set()
    named = {public_id for judged in clauses for public_id in _models_in(judged)}
    seen = visible_checkpoints(user).filter(public_id__in=named)
    return named - set(seen.values_list("public_id", flat=True))


def _models_in(judged: JudgedClause) -> set[UUID]:
    """Whatever bore the name, and what it was set beside."""
    named = (judged.measured.checkpoint, judged.measured.beside)
    return {UUID(public_id) for public_id in named if public_id}
