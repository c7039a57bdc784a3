"""How judging happens: leases, judgements, skips, flags, and who has seen what."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotate.models.base import PublicModel
from annotate.models.corpus import Comparison
from annotate.models.people import Annotator
from annotate.models.project import Project
from annotate.models.protocol import Protocol
from annotate.models.verdict import Verdict


class LeaseState(models.TextChoices):
    LIVE = "live", _("live")
    SPENT = "spent", _("spent")  # on a judgement
    RELEASED = "released", _("released")  # given back: skipped, left, or undone by the project
    EXPIRED = "expired", _("expired")


class Lease(PublicModel):
    """A claim on one judgement of a comparison, with an end; never deleted."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="leases", verbose_name=_("project")
    )
    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="leases", verbose_name=_("comparison")
    )
    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="leases", verbose_name=_("annotator")
    )
    state = models.CharField(_("state"), max_length=8, choices=LeaseState, default=LeaseState.LIVE)
    first_is_left = models.BooleanField(_("first on the left"))
    screen_order = models.JSONField(  # of a set: numbers of its members, as they stand on screen
        _("order on screen"), null=True, blank=True
    )
    protocol = models.ForeignKey(  # as it was shown; its answer is checked against this
        Protocol,
        models.PROTECT,
        null=True,  # of leases from before protocols had versions
        db_index=False,
        editable=False,
        related_name="+",
        verbose_name=_("protocol"),
    )
    # Counts an annotator's leases in a project: clocks are too coarse to order two made at once.
    turn = models.PositiveIntegerField(_("turn"), default=0, editable=False)
    is_offline = models.BooleanField(  # taken along on a device: no judging page shows it
        _("taken along"), default=False, db_default=False, editable=False
    )
    # Given for the sake of quality: it takes none of the places that the comparison wants filled.
    is_extra = models.BooleanField(_("extra"), default=False, db_default=False, editable=False)
    guidelines_version = models.PositiveIntegerField(  # that went along; else the project's
        _("version of the guidelines"), null=True, editable=False
    )
    claimed_at = models.DateTimeField(_("claimed at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"))  # by the database's clock

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LeaseState.values), name="lease_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["annotator", "comparison"],
                condition=Q(state=LeaseState.LIVE),
                name="one_live_lease_per_annotator",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "expires_at"],
                condition=Q(state=LeaseState.LIVE),
                name="lease_live_expiry",
            ),
            models.Index(
                fields=["annotator", "project"],
                condition=Q(state=LeaseState.LIVE),
                name="lease_live_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} holds {self.comparison} ({self.state})"


class Judgement(PublicModel):
    """One annotator's verdict on one comparison: never edited, only withdrawn."""

    project = models.ForeignKey(
        Project,
        models.PROTECT,
        db_index=False,  # `judgement_by_time` begins with it
        related_name="judgements",
        verbose_name=_("project"),
    )
    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="judgements", verbose_name=_("comparison")
    )
    annotator = models.ForeignKey(
        Annotator,
        models.PROTECT,
        db_index=False,  # `judgement_history` begins with it
        related_name="judgements",
        verbose_name=_("annotator"),
    )
    lease = models.OneToOneField(  # none for votes that were imported
        Lease,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="judgement",
        verbose_name=_("lease"),
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    strength = models.SmallIntegerField(  # 0 even … 3 much better
        _("strength"), null=True, blank=True
    )
    criteria = models.JSONField(  # {"helpfulness": {"first": 4, "second": 2}}
        _("criteria"), default=dict, blank=True
    )
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)
    # Whether each answer is good enough by itself, whichever is better; null where not asked.
    first_acceptable = models.BooleanField(_("first is acceptable"), null=True, blank=True)
    second_acceptable = models.BooleanField(_("second is acceptable"), null=True, blank=True)
    edited_text = models.TextField(_("edited text"), blank=True)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)
    first_was_left = models.BooleanField(  # unknown for imported votes
        _("first was on the left"), null=True, blank=True
    )
    guidelines_version = models.PositiveIntegerField(_("version of the guidelines"), default=1)
    protocol_version = models.PositiveIntegerField(  # null for imported votes
        _("version of the protocol"), null=True, blank=True
    )
    ranking = models.ForeignKey(  # that said it, together with the other pairs of its set
        "annotate.Ranking",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # by an index of those that are of one
        related_name="judgements",
        verbose_name=_("ranking"),
    )
    # Said by a ranking that another of its judgements stands for: whoever counts what people did
    # counts that one.
    is_derived = models.BooleanField(_("derived"), default=False, db_default=False)
    key = models.CharField(  # the client's: the same key again has no new effect
        _("key"), max_length=64
    )
    body_digest = models.CharField(  # the same key, another body: refused
        _("digest of the request"), max_length=64, blank=True
    )
    is_counted = models.BooleanField(  # else surplus: kept, but over what was wanted
        _("counted"), default=True
    )
    judged_at = models.DateTimeField(_("judged at"), db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("model", "judgement")
        verbose_name_plural = _("judgements")
        constraints = [
            models.CheckConstraint(  # choices alone bind forms, not the table
                condition=Q(verdict__in=Verdict.values), name="verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(strength=None) | Q(strength__gte=0, strength__lte=3),
                name="strength_is_0_to_3",
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(withdrawn_at=None),
                name="one_live_judgement_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["annotator", "project", "key"], name="one_judgement_per_key"
            ),
            models.CheckConstraint(
                condition=Q(is_derived=False) | Q(ranking__isnull=False),
                name="derived_judgements_are_of_a_ranking",
            ),
            models.UniqueConstraint(
                fields=["ranking"],
                condition=Q(is_derived=False, ranking__isnull=False),
                name="one_judgement_stands_for_a_ranking",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "judged_at"], name="judgement_by_time"),
            models.Index(
                fields=["ranking"],
                condition=Q(ranking__isnull=False),
                name="judgement_of_ranking",
            ),
            models.Index(fields=["annotator", "project", "judged_at"], name="judgement_history"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator}: {self.verdict}"


class SkipReason(models.TextChoices):
    UNCLEAR = "unclear", _("I cannot tell what is asked")
    KNOWLEDGE = "knowledge", _("I do not know enough about this")
    LANGUAGE = "language", _("Not in a language I read")
    BROKEN = "broken", _("Something is broken or missing")
    UNCOMFORTABLE = "uncomfortable", _("I would rather not read this")
    OTHER = "other", _("Another reason")


class Skip(PublicModel):
    """An annotator passed a comparison by; they are not shown it again, unless they undo that."""

    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="skips", verbose_name=_("comparison")
    )
    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="skips", verbose_name=_("annotator")
    )
    lease = models.ForeignKey(  # it says how the sides lay, should the skip be taken back
        Lease, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lease")
    )
    reason = models.CharField(_("reason"), max_length=13, choices=SkipReason)
    note = models.TextField(_("note"), blank=True)
    skipped_at = models.DateTimeField(_("skipped at"), db_default=Now(), editable=False)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("skip")
        verbose_name_plural = _("skips")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=SkipReason.values), name="skip_reason_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(taken_back_at=None),
                name="one_skip_per_annotator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} skipped {self.comparison}"


class FlagReason(models.TextChoices):
    HARMFUL = "harmful", _("Harmful content")
    PRIVATE = "private", _("Somebody's private data")
    ILLEGAL = "illegal", _("Possibly illegal")
    OTHER = "other", _("Something else")


class Flag(PublicModel):
    """A report that a person must look at, apart from any verdict."""

    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="flags", verbose_name=_("comparison")
    )
    annotator = models.ForeignKey(
        Annotator, models.PROTECT, related_name="flags", verbose_name=_("annotator")
    )
    reason = models.CharField(_("reason"), max_length=8, choices=FlagReason)
    note = models.TextField(_("note"), blank=True)
    flagged_at = models.DateTimeField(_("flagged at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=FlagReason.values), name="flag_reason_is_known"
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator", "reason"],
                condition=Q(closed_at=None),  # what was looked at may be reported anew
                name="one_open_flag_per_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.reason}"


class Exposure(models.Model):
    """Somebody knows others' judgements of a comparison, or its gold: they judge it no more."""

    comparison = models.ForeignKey(
        Comparison, models.CASCADE, related_name="exposures", verbose_name=_("comparison")
    )
    annotator = models.ForeignKey(
        Annotator, models.CASCADE, related_name="exposures", verbose_name=_("annotator")
    )
    is_to_gold = models.BooleanField(  # told what was expected, once they had judged it
        _("to gold"), default=False, db_default=False, editable=False
    )
    seen_at = models.DateTimeField(_("seen at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "annotator"], name="one_exposure_per_annotator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} has seen {self.comparison}"
