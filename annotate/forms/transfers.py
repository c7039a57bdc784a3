"""Files in and out of a project."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.exports.formats import export_choices
from annotate.imports.words import format_choices
from annotate.models import AlikePairs, RecordedUse, WrongRows


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "JSON Lines, a JSON array or CSV, plain or as .gz; "
            "a prompt and two answers in each row."
        ),
    )
    format = forms.ChoiceField(label=_("Format"), choices=format_choices, initial="auto")
    wrong_rows = forms.ChoiceField(
        label=_("If some rows are wrong"),
        choices=WrongRows,
        initial=WrongRows.REFUSE,
        widget=forms.RadioSelect,
    )
    recorded_use = forms.ChoiceField(
        label=_("If the file already says which answer is better"),
        choices=RecordedUse,
        initial=RecordedUse.HOLD,
        widget=forms.RadioSelect,
    )
    alike_pairs = forms.ChoiceField(
        label=_("If two answers look the same"),
        help_text=_("They differ in a blank at the end, or in signs that are not drawn."),
        choices=AlikePairs,
        initial=AlikePairs.KEEP,
        widget=forms.RadioSelect,
    )


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("What to write"), choices=export_choices)
