"""Somebody as the organisation's own sign-in knows them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.people import User


class Identity(models.Model):
    """A person at an OIDC provider: the issuer and its `sub`, which alone never change."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="identities", verbose_name=_("user")
    )
    issuer = models.CharField(_("issuer"), max_length=255)
    subject = models.CharField(_("subject"), max_length=255)
    shown_as = models.CharField(_("shown as"), max_length=254, blank=True)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_of_an_identity"),
            models.UniqueConstraint(fields=["user", "issuer"], name="one_identity_at_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer}: {self.subject}"
