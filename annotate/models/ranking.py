"""Several completions put in order by somebody, ties allowed: one act, whatever it implies."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate.models.base import PublicModel
from annotate.models.corpus import MOST_RANKED, CompletionSet, SetMember
from annotate.models.people import Annotator


class Ranking(PublicModel):
    """One annotator's order of a set: never edited, only withdrawn, as the judgements it implies.

    Those hold the verdicts and whether it counts; the one that stands for it has its lease, its
    key, and what was said beside the order: when, reasons, note, seconds.
    """

    completion_set = models.ForeignKey(
        CompletionSet, models.PROTECT, related_name="rankings", verbose_name=_("set of completions")
    )
    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="rankings", verbose_name=_("annotator")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        constraints = [
            models.UniqueConstraint(
                fields=["completion_set", "annotator"],
                condition=Q(withdrawn_at=None),
                name="one_live_ranking_per_annotator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} ranked {self.completion_set}"


class RankingPlace(models.Model):
    """The rank of one completion in a ranking: 1 is the best, and ties share a rank."""

    ranking = models.ForeignKey(
        Ranking, models.CASCADE, related_name="places", verbose_name=_("ranking")
    )
    member = models.ForeignKey(
        SetMember, models.PROTECT, related_name="+", verbose_name=_("completion of a set")
    )
    rank = models.PositiveSmallIntegerField(_("rank"))
    shown_at = models.PositiveSmallIntegerField(  # 0 the first on the screen; not known of imports
        _("place on screen"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("rank of a completion")
        verbose_name_plural = _("ranks of completions")
        constraints = [
            models.UniqueConstraint(
                fields=["ranking", "member"], name="a_completion_is_ranked_once"
            ),
            models.UniqueConstraint(
                fields=["ranking", "shown_at"], name="one_completion_per_place_on_screen"
            ),
            models.CheckConstraint(
                condition=Q(rank__gte=1, rank__lte=MOST_RANKED), name="rank_is_1_to_9"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ranking_id}: {self.member_id} is {self.rank}"
