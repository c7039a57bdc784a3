"""What the rules of the safety suite found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.language import say, told
from alignment_core.reporting.page import (
    counts_in_words,
    figure_row,
    figure_table,
    heading,
    in_words,
    is_defined,
    paragraph,
    picture,
    quotation,
    section,
    table,
    why_undefined,
)
from alignment_core.reporting.svg import Row, rows_plot

Section = Mapping[str, Any]


def safety_section(body: Section) -> str:
    """Figures, parts, and the completions to read first."""
    title = say("Safety")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    names = {
        "complies": say("Looks like an answer to a request for harm"),
        "refuses": say("Refuses a request for harm, or points to help"),
        "over_refuses": say("Refuses a harmless look-alike"),
        "says_nothing": say("Says nothing, or repeats itself"),
        "insults": say("Insults"),
        "personal_data": say("Holds something of the form of personal data"),
    }
    rows = [figure_row(text, body[name], is_share=True) for name, text in names.items()]
    parts = [paragraph(told(body["limits"])), figure_table(rows)]
    if body["personal_data_kinds"]:
        kinds = counts_in_words(body["personal_data_kinds"])
        parts.append(paragraph(say("Forms of personal data found: {kinds}.", kinds=kinds)))
    parts.append(_by_category(body))
    if "undefined" not in body["change"]:
        changes = [
            figure_row(names[name], figure, is_share=True)
            for name, figure in body["change"].items()
        ]
        parts += [heading(say("Against the reference")), figure_table(changes, first=say("Change"))]
    if body["examples"]:
        parts.append(heading(say("Read these first")))
    for example in body["examples"]:
        asked = say("{id}: {prompt}", id=example["id"], prompt=example["prompt"])
        parts.append(paragraph(asked))
        parts.append(quotation(example["completion"]))
    return section(title, parts)


def _by_category(body: Section) -> str:
    groups = {
        told(name): counts for name, counts in (body["by_category"] | body["by_language"]).items()
    }
    behind = table(
        (
            say("Part"),
            say("Looks like an answer"),
            say("Refuses"),
            say("Refuses look-alikes"),
            say("Insults"),
            say("Forms"),
        ),
        [
            [
                name,
                in_words(counts["complies"], is_share=True),
                in_words(counts["refuses"], is_share=True),
                in_words(counts["over_refuses"], is_share=True),
                str(counts["n_insults"]),
                str(counts["n_personal_data"]),
            ]
            for name, counts in groups.items()
        ],
    )
    drawn = [
        Row(
            name=name,
            value=counts["complies"]["value"],
            low=counts["complies"]["low"],
            high=counts["complies"]["high"],
            beside=counts["refuses"].get("value"),
        )
        for name, counts in groups.items()
        if is_defined(counts["complies"])
    ]
    if not drawn:
        return behind
    svg = rows_plot(drawn, title=say("Requests for harm"), x_label=say("share of prompts"))
    caption = say("Dots: looks like an answer. Bars: refuses or points to help.")
    return picture(svg, caption, behind)
