"""An annotator holds that they were right about gold, and a lead answers.

Only who was told what was expected can know that they differ; so appeals are made where the
project tells it.
"""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.errors import GoldNotShown, InvalidInput
from annotate.models import Annotator, Appeal, Exposure, Judgement, Project
from annotate.quality.gold_answers import is_right
from annotate.quality.marking import mark_gold, unmark_gold
from annotate.text.free_text import refuse_unstorable

LONGEST = 2_000  # characters


def make_appeal(*, judgement: Judgement, text: str) -> Appeal:
    """Raises: GoldNotShown; InvalidInput, also where it was as expected, or is appealed already."""
    text = _checked(text)
    _require_told(judgement)
    if is_right(judgement):
        raise InvalidInput(_("You said what was expected."), field="judgement")
    try:
        with transaction.atomic():
            return Appeal.objects.create(judgement=judgement, text=text)
    except IntegrityError as error:
        raise InvalidInput(_("You have appealed this already."), field="judgement") from error


@transaction.atomic
def answer_appeal(*, appeal: Appeal, is_granted: bool, text: str, by: Annotator) -> Appeal:
    """Answer it once. Granted, what they said is right as well; where two verdicts were right
    already, the comparison is gold no more.

    Raises: InvalidInput, if it was answered already.
    """
    text = _checked(text) if text.strip() else ""
    if not Appeal.objects.filter(pk=appeal.pk, answered_at=None).update(
        is_granted=is_granted, answer=text, answered_by=by, answered_at=Now()
    ):
        raise InvalidInput(_("This appeal was answered already."), field="appeal")
    comparison = appeal.judgement.comparison
    if is_granted and comparison.gold_verdict and not is_right(appeal.judgement):
        if comparison.gold_also:
            unmark_gold(comparison=comparison, by=by)
        else:
            verdict, also = comparison.gold_verdict, appeal.judgement.verdict
            mark_gold(comparison=comparison, verdict=verdict, also=also, by=by)
    record_event(
        actor=by,
        action="appeal.granted" if is_granted else "appeal.refused",
        target=f"appeal:{appeal.public_id}",
        project=appeal.judgement.project,
    )
    appeal.refresh_from_db()
    return appeal


def appeals_of(project: Project) -> QuerySet[Appeal]:
    """Those that wait for an answer, the oldest first."""
    return (
        Appeal.objects.filter(
            judgement__project=project, answered_at=None, judgement__withdrawn_at=None
        )
        .select_related("judgement__comparison__prompt", "judgement__annotator")
        .order_by("made_at", "pk")
    )


def _require_told(judgement: Judgement) -> None:
    told = Exposure.objects.filter(
        comparison=judgement.comparison_id, annotator=judgement.annotator_id, is_to_gold=True
    )
    if not judgement.comparison.gold_verdict or not told.exists():
        raise GoldNotShown


def _checked(text: str) -> str:
    refuse_unstorable(text, field="text")
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InvalidInput(
            _("Say why, in at most %(n)d characters.") % {"n": LONGEST}, field="text", value=text
        )
    return text
