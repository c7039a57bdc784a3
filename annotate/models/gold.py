"""What somebody said of gold, as it was held against what was expected, and their appeals."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.labelling import Judgement
from annotate.models.people import Annotator, Membership


class GoldAnswer(models.Model):
    """A judgement of what was gold when it was judged, and whether it was right.

    What was judged before its comparison became gold is none: gold is often made of what people
    agreed on, and that would flatter all of them.
    """

    judgement = models.OneToOneField(
        Judgement, models.CASCADE, related_name="gold_answer", verbose_name=_("judgement")
    )
    membership = models.ForeignKey(
        Membership,
        models.CASCADE,
        db_index=False,  # by an index together with the time
        related_name="gold_answers",
        verbose_name=_("membership"),
    )
    is_right = models.BooleanField(_("right"))
    answered_at = models.DateTimeField(_("answered at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("answer to gold")
        verbose_name_plural = _("answers to gold")
        indexes = [
            models.Index(fields=["membership", "answered_at"], name="gold_answer_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.judgement}: {'right' if self.is_right else 'wrong'}"


class Appeal(PublicModel):
    """Somebody holds that they were right about gold; a lead answers, once."""

    judgement = models.OneToOneField(
        Judgement, models.CASCADE, related_name="appeal", verbose_name=_("judgement")
    )
    text = models.TextField(_("text"))
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    is_granted = models.BooleanField(_("granted"), null=True)  # null until it is answered
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, editable=False)
    answered_by = models.ForeignKey(
        Annotator,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("answered by"),
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_granted=None, answered_at=None)
                | Q(is_granted__isnull=False, answered_at__isnull=False),
                name="an_answered_appeal_is_granted_or_not",
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"], condition=Q(answered_at=None), name="appeal_unanswered"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
