"""Saying which comparisons are gold: their right verdict is known, and people are held to it."""

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.comparisons.locks import lock_comparisons
from annotate.errors import InvalidInput
from annotate.models import Annotator, Comparison, ComparisonState, GoldAnswer, Verdict

NOT_TO_BE_GOLD = (ComparisonState.STAGED, ComparisonState.ARCHIVED)


@transaction.atomic
def mark_gold(*, comparison: Comparison, verdict: str, also: str = "", by: Annotator) -> Comparison:
    """Make a comparison gold, or change what is right of it.

    Answers that people gave while it was gold are held against what is right now. Training learns
    nothing from gold: its preference is left out from now on.

    Args:
        verdict: what is right; also: another verdict that is right as well, or "".
    Raises: InvalidInput.
    """
    _check(verdict, also)
    locked = lock_comparisons([comparison.pk])[comparison.pk]
    _check_is_fit(locked)
    _write(locked, verdict, also, by=by)
    answers = GoldAnswer.objects.filter(judgement__comparison=locked)
    answers.update(is_right=False)
    answers.filter(judgement__verdict__in=[verdict, also]).update(is_right=True)
    return locked


@transaction.atomic
def unmark_gold(*, comparison: Comparison, by: Annotator) -> Comparison:
    """It is like any other again: nobody is held to it, nor to what they said of it before."""
    locked = lock_comparisons([comparison.pk])[comparison.pk]
    _write(locked, "", "", by=by)
    GoldAnswer.objects.filter(judgement__comparison=locked).delete()
    return locked


def _check(verdict: str, also: str) -> None:
    for field, value in (("verdict", verdict), ("also", also)):
        if value not in Verdict.values and not (field == "also" and value == ""):
            raise InvalidInput(_("There is no such verdict."), field=field, value=value)
    if also == verdict:
        raise InvalidInput(_("This is the right verdict already."), field="also", value=also)


def _check_is_fit(comparison: Comparison) -> None:
    if comparison.completion_set_id is not None:
        raise InvalidInput(
            _("A set that is ranked cannot be gold: its answer is an order."), field="comparison"
        )
    if comparison.repeat_of_id is not None:
        raise InvalidInput(_("A silent repeat cannot be gold."), field="comparison")
    if comparison.state in NOT_TO_BE_GOLD:
        raise InvalidInput(_("An archived comparison cannot be gold."), field="comparison")


def _write(comparison: Comparison, verdict: str, also: str, *, by: Annotator) -> None:
    before = {"verdict": comparison.gold_verdict, "also": comparison.gold_also}
    after = {"verdict": verdict, "also": also}
    if before == after:
        return
    comparison.gold_verdict, comparison.gold_also = verdict, also
    comparison.save(update_fields=["gold_verdict", "gold_also"])
    record_event(
        actor=by,
        action="comparison.gold_marked" if verdict else "comparison.gold_unmarked",
        target=f"comparison:{comparison.public_id}",
        project=comparison.project,
        before=before,
        after=after,
    )
