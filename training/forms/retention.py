"""What is kept of trained weights."""

from django import forms
from django.utils.translation import gettext_lazy as _

from training.forms.seen import OverWhatStands
from training.models import Retention


class RetentionForm(OverWhatStands, forms.ModelForm):
    class Meta:
        model = Retention
        fields = (
            "keep_newest",
            "keep_best",
            "resumable_days",
            "keep_sweeps",
            "most_gib",
            "is_automatic",
        )
        help_texts = {
            "resumable_days": _("Empty: for ever."),
            "most_gib": _("Empty: no limit. Else nothing goes while all takes less."),
        }
