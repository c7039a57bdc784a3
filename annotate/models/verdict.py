"""What can be said of a comparison. A verdict names completions, never sides of a screen."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    FIRST = "first", _("first is better")
    SECOND = "second", _("second is better")
    TIE = "tie", _("about the same")
    BOTH_BAD = "both_bad", _("both bad")
