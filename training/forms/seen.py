"""Forms over what stands: nobody overwrites unawares what somebody else has kept meanwhile."""

import hashlib
import json
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

SEEN = "seen"
DIGITS = 12


class OverWhatStands(forms.BaseForm):
    """To be named before the form that it is mixed into, whose first values are what stands.

    What was shown is sent along. Where something else stands by then, the form is refused once,
    names it, and keeps what was typed: sent again, it holds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stands = {
            name: _digest(str(self.get_initial_for_field(field, name)))
            for name, field in self.fields.items()
        }
        self.fields[SEEN] = forms.CharField(
            required=False, widget=forms.HiddenInput, initial=json.dumps(self._stands)
        )

    def clean(self) -> Any:
        super().clean()
        given = self.cleaned_data
        seen = _read(given.pop(SEEN, ""))
        changed = [
            name
            for name, now in self._stands.items()
            if name in self.fields and seen.get(name, now) != now
        ]
        if changed:
            labels = (str(self.fields[name].label) for name in changed)
            self.add_error(
                None,
                _(
                    "Somebody else has changed this since you opened it: %(fields)s. Your values "
                    "are still here; send them again, and they hold."
                )
                % {"fields": pgettext("between items", "; ").join(labels)},
            )
            data: Any = copy(self.data)  # with every value of those that have several
            data[self.add_prefix(SEEN)] = json.dumps(self._stands)
            self.data = data
        return given


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _read(text: str) -> dict[str, Any]:
    """Nothing where a form was sent by something that was shown none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
