"""What the judging screen sends. It speaks of sides; the service turns a side into a verdict."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotate.judging.answers import GREATEST_STRENGTH, MOST_SECONDS, Answer
from annotate.models import MOST_RANKED, FlagReason, SkipReason

SIDES = [
    ("left", _("A is better")),
    ("tie", _("About the same")),
    ("both_bad", _("Both bad")),
    ("right", _("B is better")),
]
WITH_STRENGTH = [  # a button says both
    (f"{side} {strength}", f"{words}, {strength}")
    for side, words in SIDES
    for strength in range(GREATEST_STRENGTH + 1)
    if side in ("left", "right")
]
RANKED = "ranked"  # the places of the answers say it
ACCEPTABLE = {"yes": True, "no": False}


class LeaseForm(forms.Form):
    lease = forms.UUIDField(label=_("Comparison"))
    showing = forms.UUIDField(required=False)  # the lease on the screen when this was sent


class SideForm(LeaseForm):
    """All that a protocol may ask for; what one does ask, the service checks."""

    side = forms.ChoiceField(
        label=_("Verdict"), choices=[*SIDES, *WITH_STRENGTH, (RANKED, _("As ranked"))]
    )
    key = forms.CharField(label=_("Key"), max_length=64)
    seconds = forms.FloatField(
        label=_("Seconds"), required=False, min_value=0, max_value=MOST_SECONDS
    )
    note = forms.CharField(label=_("Note"), required=False, strip=False)
    edited = forms.CharField(label=_("Edit"), required=False, strip=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return given if self.errors else {**given, "answer": self._answer()}

    def _answer(self) -> Answer:
        given = self.cleaned_data
        side, _space, strength = given["side"].partition(" ")
        return Answer(
            side="" if side == RANKED else side,
            ranks=self._ranks() if side == RANKED else None,
            strength=int(strength) if strength else None,
            criteria=self._criteria(),
            reasons=[one for text in self._sent("reasons") for one in text.split("\n")],
            note=_as_typed(given["note"]),
            acceptable=self._acceptable(),
            edited_text=_as_typed(given["edited"]),
            seconds=given["seconds"],
        )

    def _sent(self, name: str) -> list[str]:
        return list(self.data.getlist(name)) if isinstance(self.data, QueryDict) else []

    def _ranks(self) -> list[int]:
        """`ranks.0=2` is the place of the first answer on the screen; an empty one is none."""
        given = (self.data.get(f"ranks.{place}", "") for place in range(MOST_RANKED))
        return [int(rank) for rank in given if rank.isdecimal() and len(rank) == 1]

    def _criteria(self) -> dict[str, dict[str, Any]]:
        """`criteria.helpfulness.left=4` as {"helpfulness": {"left": 4}}."""
        criteria: dict[str, dict[str, Any]] = {}
        for field, value in self.data.items():
            if field.startswith("criteria."):
                name, _dot, side = field.removeprefix("criteria.").rpartition(".")
                rating = int(value) if value.isdecimal() and len(value) == 1 else value
                criteria.setdefault(name, {})[side] = rating
        return criteria

    def _acceptable(self) -> dict[str, Any] | None:
        given = {
            side: ACCEPTABLE.get(self.data[f"acceptable.{side}"], self.data[f"acceptable.{side}"])
            for side in ("left", "right")
            if f"acceptable.{side}" in self.data
        }
        return given or None


class SkipForm(LeaseForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=SkipReason)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000)


class FlagForm(LeaseForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=FlagReason)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000)


class RenewForm(forms.Form):
    showing = forms.UUIDField(required=False)


class UndoForm(forms.Form):
    action = forms.UUIDField(required=False)  # a judgement, skip or flag; else the latest


class AgainForm(forms.Form):
    again = forms.UUIDField(required=False)  # the lease by which something was handed back


def _as_typed(text: str) -> str:
    """Without the line ends that a form makes of those that were typed."""
    return text.replace("\r\n", "\n")
