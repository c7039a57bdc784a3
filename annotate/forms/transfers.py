"""Files in and out of a project."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.exports.export_options import DROP, EDITS, KEEP, USUAL, ExportOptions
from annotate.exports.formats import export_choices
from annotate.imports.words import COLUMN_WORDS, ENCODINGS, format_choices, wrong_with
from annotate.models import AlikePairs, AnnotatorKind, RecordedUse, WrongRows

SEPARATED = _("Separated by commas; empty takes all.")


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ImportForm(forms.Form):
    token = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)  # of this page
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "JSON Lines, JSON, CSV, Excel or Parquet, plain or as .gz or .zip; "
            "a prompt and two answers in each row, or prompts alone."
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


class HubForm(forms.Form):
    dataset = forms.CharField(
        label=_("Data set"),
        max_length=200,
        help_text=_("Its id, such as owner/name, or its address."),
    )
    revision = forms.CharField(
        label=_("Revision"),
        max_length=100,
        required=False,
        help_text=_("A branch, a tag or a commit; else the newest."),
    )


DELIMITERS = [("", _("Find out by itself")), (",", ","), (";", ";"), ("\t", "TAB"), ("|", "|")]
QUOTES = [("", _("Find out by itself")), ("csv", _("enclose cells")), ("plain", _("are text"))]


class UploadForm(ImportForm):
    """How a file that is there already is to be read: as an import, and what its columns are."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("Find out by itself")), *((name, name) for name in ENCODINGS)],
    )
    delimiter = forms.ChoiceField(
        label=_("Columns are divided by"), required=False, choices=DELIMITERS
    )
    quotes = forms.ChoiceField(label=_("Quotes"), required=False, choices=QUOTES)
    keep_as = forms.CharField(
        label=_("Keep these columns for the next file as"), required=False, max_length=100
    )

    def __init__(self, *given: Any, names: Sequence[str], **named: Any) -> None:
        super().__init__(*given, **named)
        del self.fields["file"], self.fields["token"]
        of_file = [("", "–"), *((name, name) for name in names)]
        for meaning in COLUMN_WORDS:
            self.fields[f"is_{meaning}"] = forms.ChoiceField(
                label=COLUMN_WORDS[meaning], required=False, choices=of_file
            )

    def clean(self) -> dict[str, Any]:
        super().clean()
        columns = self.columns()
        if columns and (said := wrong_with(columns)):
            self.add_error(None, said)
        return self.cleaned_data

    def columns(self) -> dict[str, str]:
        """What the columns are, as far as that was chosen."""
        chosen = {meaning: self.cleaned_data.get(f"is_{meaning}") for meaning in COLUMN_WORDS}
        return {meaning: name for meaning, name in chosen.items() if name}

    def how(self) -> list[forms.BoundField]:
        """How the file is written and what becomes of it."""
        return [bound for bound in self if not bound.name.startswith("is_")]

    def of_columns(self) -> list[forms.BoundField]:
        """What each column is."""
        return [bound for bound in self if bound.name.startswith("is_")]


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
    include_arenas = forms.BooleanField(
        label=_("Take pairs of arenas along"),
        required=False,
        help_text=_(
            "Arenas measure models on prompts that no training may see: files of preferences have "
            "their pairs only on the side “eval”, and only if it is asked for."
        ),
    )
    edits = forms.ChoiceField(
        label=_("Pairs of edited answers"),
        choices=EDITS,
        initial=USUAL.edits,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "In files of preferences, with the columns “is_edit” and “editor” where there is room. "
            "Files of judgements hold each edit beside its vote."
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
            edits=values["edits"] or USUAL.edits,
            repeats=values["repeats"],
            include_arenas=values["include_arenas"],
        )


def _separated(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
