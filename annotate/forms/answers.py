"""Who answers which prompts, how, and for how much."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.endpoints.endpoints import endpoints_for
from annotate.endpoints.money import amount_of
from annotate.forms.endpoints import money_field
from annotate.generation.chosen_prompts import Selection, imports_with_waiting
from annotate.generation.completion_sources import MOST_TOKENS, Source
from annotate.models import CutCompletions, Endpoint, Project


class FillForm(forms.Form):
    source_1 = forms.ChoiceField(label=_("The first answer is written by"))
    source_2 = forms.ChoiceField(
        label=_("The second answer is written by"),
        help_text=_("The same model twice is fine: chance, or two seeds, make two answers."),
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        min_value=0,
        max_value=2,
        initial=1.0,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Empty: as the server has it. Some models take no other."),
    )
    top_p = forms.FloatField(
        label=_("Top p"),
        min_value=0,
        max_value=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    max_tokens = forms.IntegerField(
        label=_("Greatest length of an answer, in tokens"),
        min_value=1,
        max_value=MOST_TOKENS,
        initial=1024,
    )
    seed_1 = forms.IntegerField(
        label=_("Seed of the first"), min_value=0, max_value=2**31 - 1, required=False
    )
    seed_2 = forms.IntegerField(
        label=_("Seed of the second"), min_value=0, max_value=2**31 - 1, required=False
    )
    cut_completions = forms.ChoiceField(
        label=_("If an answer is cut at its greatest length"),
        choices=CutCompletions,
        initial=CutCompletions.LEAVE_OUT,
        widget=forms.RadioSelect,
    )
    of_import = forms.ChoiceField(label=_("Prompts of"), required=False)
    tag = forms.CharField(label=_("With the tag"), required=False, max_length=200)
    most = forms.IntegerField(
        label=_("At most so many prompts"), min_value=1, max_value=2**31 - 1, required=False
    )
    spend_limit = money_field(
        label=_("Most it may cost"),
        places=2,
        required=False,
        help_text=_("The call that might exceed it is not made."),
    )

    def __init__(self, given: Any, *, project: Project) -> None:
        super().__init__(given)
        self.endpoints = {str(one.public_id): one for one in endpoints_for(project)}
        choices = [
            (f"{key}:{name}", f"{endpoint.name} · {name}")
            for key, endpoint in self.endpoints.items()
            for name in endpoint.model_names
        ]
        for name in ("source_1", "source_2"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        imports = [(str(row.public_id), row.file_name) for row in imports_with_waiting(project)]
        self.fields["of_import"].choices = [("", _("all imports")), *imports]  # type: ignore[attr-defined]

    def sources(self) -> list[Source]:
        """What a valid form asks to write."""
        return [self._source("1"), self._source("2")]

    def _source(self, place: str) -> Source:
        given = self.cleaned_data
        key, _colon, model = given[f"source_{place}"].partition(":")
        endpoint: Endpoint = self.endpoints[key]
        return Source(
            endpoint=endpoint,
            model=model,
            max_tokens=given["max_tokens"],
            temperature=given["temperature"],
            top_p=given["top_p"],
            seed=given[f"seed_{place}"],
        )

    def selection(self) -> Selection:
        given = self.cleaned_data
        import_id = given["of_import"]
        return Selection(
            import_id=UUID(import_id) if import_id else None,
            tag=given["tag"].strip(),
            most=given["most"],
        )

    def spend_limit_given(self) -> int | None:
        limit: Decimal | None = self.cleaned_data["spend_limit"]
        return None if limit is None else amount_of(limit)


class ResumeForm(forms.Form):
    spend_limit = money_field(label=_("Most it may cost"), places=2, required=False)

    def limit(self) -> int | None:
        given: Decimal | None = self.cleaned_data["spend_limit"]
        return None if given is None else amount_of(given)
