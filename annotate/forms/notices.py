"""How one person hears of what, and what a project tells of."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import NoticeChoice, NoticeKind
from annotate.notices.notice_rules.known_rules import OF_PROJECTS, RULES, InForce

BOUNDS = {
    NoticeKind.ALPHA_LOW: _("told where the upper end of alpha is below"),
    NoticeKind.PERSON_LOW: _("told where the upper end is so far below chance"),
    NoticeKind.POSITION: _("told where the share of left is surely further from one half than"),
    NoticeKind.HASTE: _("told where surely a larger share than this is judged too fast"),
    NoticeKind.QUEUE: _("told where the queue is empty within so many hours"),
}


class ChoicesForm(forms.Form):
    on_page = forms.MultipleChoiceField(
        label=_("On the page, and in the bell’s count"),
        choices=NoticeKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    by_email = forms.MultipleChoiceField(
        label=_("By e-mail"),
        choices=NoticeKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, given: Any = None, *, choices: Mapping[str, NoticeChoice]) -> None:
        initial = {
            "on_page": [kind for kind, one in choices.items() if one.on_page],
            "by_email": [kind for kind, one in choices.items() if one.by_email],
        }
        super().__init__(given, initial=initial)


class RulesForm(forms.Form):
    """A switch for each kind, and a number where it has a bound."""

    def __init__(self, given: Any = None, *, in_force: Mapping[str, InForce]) -> None:
        super().__init__(given)
        for kind in OF_PROJECTS:
            now, rule = in_force[kind], RULES.get(kind)
            self.fields[f"{kind}-is_on"] = forms.BooleanField(
                label=kind.label, required=False, initial=now.is_on
            )
            if rule is not None:
                self.fields[f"{kind}-bound"] = forms.FloatField(
                    label=BOUNDS[kind],
                    min_value=rule.low,
                    max_value=rule.high,
                    initial=now.bound,
                    widget=forms.NumberInput(attrs={"step": rule.step}),
                )

    def values(self) -> dict[str, tuple[bool, float | None]]:
        """By kind: whether it is told, and its bound."""
        given = self.cleaned_data
        return {
            str(kind): (given[f"{kind}-is_on"], given.get(f"{kind}-bound")) for kind in OF_PROJECTS
        }
