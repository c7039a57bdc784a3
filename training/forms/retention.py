"""What is kept of trained weights."""

from django import forms

from training.models import Retention


class RetentionForm(forms.ModelForm):
    class Meta:
        model = Retention
        fields = ("keep_newest", "keep_best", "most_gib", "is_automatic")
