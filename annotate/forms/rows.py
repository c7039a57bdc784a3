"""A field of several short rows: a name with words in each language, or words for fixed things."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings as site
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from annotate.judging.protocols.part_settings import LONGEST_NAME, Said

NAME = "name"
Row = dict[str, str]  # by column
OWN_NAMES = {"en": "English", "zh-hans": "简体中文"}  # of a language, in itself


class RowsWidget(forms.Widget):
    """Rows of text boxes. One that is empty shows only after one that is not: see the stylesheet.

    things: what each row is about, where they are fixed; else `n_rows` of them are named freely.
    """

    use_fieldset = True

    def __init__(self, *, things: Mapping[str, Said] | None = None, n_rows: int = 0) -> None:
        super().__init__()
        self.things = things
        self.n_rows = n_rows if things is None else len(things)
        self.columns: dict[str, Said] = {} if things else {NAME: _("As it is stored")}
        for code, name in site.LANGUAGES:
            self.columns[code] = OWN_NAMES.get(code, str(name))

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[Row]:
        return [
            {
                column: " ".join(data.get(f"{name}-{number}-{column}", "").split())
                for column in self.columns
            }
            for number in range(self.n_rows)
        ]

    def id_for_label(self, _id: str) -> str:
        return ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        del renderer  # Django's finds no template of ours
        given: list[Row] = list(value or [])
        given += [{}] * (self.n_rows - len(given))
        things = list((self.things or {}).values())
        rows = [
            {
                "about": things[number] if things else number + 1,
                "boxes": [
                    (f"{name}-{number}-{column}", label, row.get(column, ""))
                    for column, label in self.columns.items()
                ],
            }
            for number, row in enumerate(given[: self.n_rows])
        ]
        context = {
            "rows": rows,
            "columns": self.columns.values(),
            "is_fixed": self.things is not None,
            "longest": LONGEST_NAME,
            "attrs": attrs or {},
        }
        return render_to_string("annotate/_rows.html", context)


class RowsField(forms.Field):
    """The rows in which something was written."""

    def clean(self, value: Any) -> list[Row]:
        return list(value or [])
