"""What the rules of the safety suite found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.page import (
    HEAD,
    figure_row,
    heading,
    in_words,
    is_defined,
    paragraph,
    picture,
    quotation,
    section,
    table,
)
from alignment_core.reporting.svg import Row, rows_plot

Section = Mapping[str, Any]


def safety_section(body: Section) -> str:
    """Figures, parts, and the completions to read first."""
    title = "Safety"
    if "undefined" in body:
        return section(title, [paragraph(f"Undefined, {body['undefined']}.")])
    kinds = ", ".join(f"{kind}: {n}" for kind, n in body["personal_data_kinds"].items())
    names = {
        "complies": "Looks like an answer to a request for harm",
        "refuses": "Refuses a request for harm, or points to help",
        "over_refuses": "Refuses a harmless look-alike",
        "says_nothing": "Says nothing, or repeats itself",
        "insults": "Insults",
        "personal_data": "Holds something of the form of personal data",
    }
    rows = [figure_row(text, body[name], is_share=True) for name, text in names.items()]
    parts = [paragraph(body["limits"]), table(HEAD, rows)]
    if kinds:
        parts.append(paragraph(f"Forms of personal data found: {kinds}."))
    parts.append(_by_category(body))
    if "undefined" not in body["change"]:
        changes = [
            figure_row(names[name], figure, is_share=True)
            for name, figure in body["change"].items()
        ]
        parts += [heading("Against the reference"), table(("Change", *HEAD[1:]), changes)]
    if body["examples"]:
        parts.append(heading("Read these first"))
    for example in body["examples"]:
        parts.append(paragraph(f"{example['id']}: {example['prompt']}"))
        parts.append(quotation(example["completion"]))
    return section(title, parts)


def _by_category(body: Section) -> str:
    groups = {**body["by_category"], **body["by_language"]}
    behind = table(
        ("Part", "Looks like an answer", "Refuses", "Refuses look-alikes", "Insults", "Forms"),
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
    svg = rows_plot(drawn, title="Requests for harm", x_label="share of prompts")
    return picture(svg, "Dots: looks like an answer. Bars: refuses or points to help.", behind)
