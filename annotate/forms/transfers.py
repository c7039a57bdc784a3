"""Files in and out of a project."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.exports.export_options import DROP, KEEP, ExportOptions
from annotate.exports.formats import export_choices
from annotate.imports.words import format_choices
from annotate.models import AlikePairs, AnnotatorKind, RecordedUse, WrongRows

SEPARATED = _("Separated by commas; empty takes all.")


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


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
    since = forms.DateField(label=_("From"), required=False, widget=_day())
    until = forms.DateField(
        label=_("To"),
        required=False,
        widget=_day(),
        help_text=_("The last day that is in it: of the judgement, or of the decision."),
    )
    tags = forms.CharField(label=_("Tags"), required=False, help_text=SEPARATED)
    cohorts = forms.CharField(label=_("Cohorts"), required=False, help_text=SEPARATED)
    origins = forms.CharField(
        label=_("Origins"),
        required=False,
        help_text=_("Names of models, separated by commas; one of the two answers is enough."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Whose judgements count"),
        choices=AnnotatorKind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "None chosen: all for judgements; people and imported annotators for preferences."
        ),
    )
    min_agreement = forms.FloatField(
        label=_("Least agreement"),
        min_value=0,
        max_value=1,
        initial=0,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Share of the winning verdict, from 0 to 1."),
    )
    eval_share = forms.FloatField(
        label=_("Share held out"),
        min_value=0,
        max_value=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_(
            "Adds the column “split”, train or eval, by the rule that snapshots here follow. "
            "Empty: no such column."
        ),
    )
    repeats = forms.ChoiceField(
        label=_("Rows that say the same"),
        choices=[(KEEP, _("Keep them all")), (DROP, _("Keep the first"))],
        initial=KEEP,
        widget=forms.RadioSelect,
    )

    def options(self) -> ExportOptions:
        """What a valid form asks for."""
        values = self.cleaned_data
        return ExportOptions(
            since=values["since"],
            until=values["until"],
            **{name: _separated(values[name]) for name in ("tags", "cohorts", "origins")},
            kinds=tuple(values["kinds"]),
            min_agreement=values["min_agreement"] or 0.0,
            eval_share=values["eval_share"],
            repeats=values["repeats"],
        )


def _separated(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
