"""The plan of a stored report in Markdown: how many more judgements its figures need."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotate.agreement.markdown_tables import table
from annotate.agreement.plain_text import coefficient, whole
from annotate.agreement.words import FIGURES, INTERVAL_UNDEFINED, UNDEFINED

Section = Mapping[str, Any]


def plan(section: Section) -> list[str]:
    head = [_("Figure"), _("Width now"), _("Width wanted"), _("Comparisons needed")]
    rows: list[tuple[object, ...]] = []
    for name, entry in ((name, section["figures"].get(name)) for name in FIGURES):
        if entry is None:
            continue
        words = FIGURES[name].name
        if entry["undefined"]:
            why = UNDEFINED.get(entry["undefined"]) or INTERVAL_UNDEFINED[entry["undefined"]]
            rows.append((words, why, *[""] * 4))
        rows += [
            (
                words,
                coefficient(entry["width"]),
                coefficient(needed["width"]),
                whole(needed["n_comparisons"]),
                whole(needed["n_more_judgements"]),
                whole(needed["n_more_prompts"]),
            )
            for needed in entry["needed"]
        ]
    return [
        table([*head, _("Judgements more"), _("Prompts more")], rows),
        "" if section["imagined"] is None else _imagined(section["imagined"]),
    ]


def _imagined(imagined: Section) -> str:
    settings = imagined["settings"]
    return "\n".join(
        _(
            "- Before there are figures: if %(annotators)s people judge each comparison, choose "
            "among %(verdicts)s verdicts and err one time in five, an interval of alpha %(width)s "
            "wide needs about %(n)s comparisons."
        )
        % {
            "annotators": whole(settings["n_annotators"]),
            "verdicts": whole(settings["n_categories"]),
            "width": coefficient(needed["width"]),
            "n": whole(needed["n_comparisons"]),
        }
        for needed in imagined["needed"]
    )
