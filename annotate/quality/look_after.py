"""How somebody stands by their answers to gold, and what follows from it.

They are looked at after each answer, and whoever is right often enough is never to be wronged by
having been looked at so often: the bound holds at all times at once (`alignment_core.floors`).
"""

from django.db import transaction
from django.db.models.functions import Now

from alignment_core.floors import is_below
from annotate.access.audit import record_event
from annotate.models import AfterGold, Annotator, Membership, Standing
from annotate.quality.quiz_turns import is_in_quiz

# Of people who are right at least as often as the floor, how many are ever warned or paused.
WRONGLY_WARNED, WRONGLY_PAUSED = 0.05, 0.01


def look_after(membership: Membership, *, n_right: int, n: int) -> None:
    """Move a member's standing where their answers ask for it; their row is locked.

    A warning goes when later answers take back what it rested on. A pause ends by a lead alone.
    """
    if is_in_quiz(membership):
        _mark_quiz(membership, n_right=n_right, n=n)
        return
    standing = _asked_for(membership, n_right=n_right, n=n)
    if membership.standing in (standing, Standing.PAUSED):
        return
    _move(membership, standing, {"n_gold": n, "n_right": n_right})


def _mark_quiz(membership: Membership, *, n_right: int, n: int) -> None:
    """The last answer of a quiz decides it; passed, gold is counted afresh for what follows."""
    plan = membership.project
    if n < plan.quiz_size:
        return
    facts: dict[str, object] = {"n_gold": n, "n_right": n_right}
    if n_right < plan.quiz_needed:
        _move(membership, Standing.FAILED, facts)
        return
    # Now() is when the transaction began: the answer that came with it is left out by its second.
    Membership.objects.filter(pk=membership.pk).update(quiz_passed_at=Now(), gold_since=Now())
    membership.refresh_from_db(fields=["quiz_passed_at", "gold_since"])
    record_event(
        actor=None,
        action="member.quiz_passed",
        target=f"annotator:{membership.annotator.pseudonym}",
        project=plan,
        after=facts,
    )


@transaction.atomic
def let_go_on(*, membership: Membership, by: Annotator) -> None:
    """A lead lets somebody go on, or try again: gold is counted afresh from now."""
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    Membership.objects.filter(pk=membership.pk).update(gold_since=Now())
    _move(membership, Standing.FINE, {}, by=by)


def _move(
    membership: Membership,
    standing: Standing,
    why: dict[str, object],
    *,
    by: Annotator | None = None,
) -> None:
    """Write a standing down. Moved by nobody, it was their answers that did."""
    before, membership.standing = membership.standing, standing
    Membership.objects.filter(pk=membership.pk).update(standing=standing, standing_since=Now())
    record_event(
        actor=by,
        action=f"member.{standing}",
        target=f"annotator:{membership.annotator.pseudonym}",
        project=membership.project,
        before={"standing": before},
        after={"standing": standing, **why},
    )


def _asked_for(membership: Membership, *, n_right: int, n: int) -> Standing:
    plan = membership.project
    if plan.after_gold == AfterGold.NOTHING or n < plan.gold_fewest:
        return Standing.FINE

    def is_below_floor(alpha: float) -> bool:
        return is_below(n_right, n, floor=plan.gold_floor, alpha=alpha)

    if plan.after_gold == AfterGold.PAUSE and is_below_floor(WRONGLY_PAUSED):
        return Standing.PAUSED
    return Standing.WARNED if is_below_floor(WRONGLY_WARNED) else Standing.FINE
