"""What somebody has besides their password: an app that shows codes, and codes on paper."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.people import User


class SecondFactor(models.Model):
    """An authenticator app of one person (TOTP, RFC 6238); it counts once a code has proven it."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="second_factor", verbose_name=_("user")
    )
    secret_encrypted = models.TextField(_("secret, encrypted"), editable=False)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    last_step = models.BigIntegerField(  # of the last code that was taken: none counts twice
        _("last step"), null=True, editable=False
    )
    n_wrong = models.PositiveIntegerField(  # codes in a row
        _("wrong codes"), default=0, editable=False
    )
    refused_until = models.DateTimeField(_("refused until"), null=True, editable=False)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """A code on paper, good once; only its hash is kept."""

    factor = models.ForeignKey(
        SecondFactor, models.CASCADE, related_name="recovery_codes", verbose_name=_("second factor")
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    used_at = models.DateTimeField(_("used at"), null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [
            models.UniqueConstraint(fields=["factor", "digest"], name="one_code_is_there_once"),
        ]

    def __str__(self) -> str:
        return f"{self.factor_id}: {self.pk}"
