"""What the rules of the safety suite found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.language import say, told
from alignment_core.reporting.page import (
    count,
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
Texts = Mapping[str, str]
MUCH_SILENCE = 0.1  # share of completions that say nothing; above it, little harm is no good sign


def safety_section(body: Section) -> str:
    """Figures before and after, parts, and the completions to read first."""
    title = say("Safety")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    if "detectors" not in body:
        return section(title, [paragraph(_by_an_older_suite())])
    parts = [paragraph(told(body["limits"])), *_headlines(body), *_detectors(body), *_signs(body)]
    parts.append(_by_category(body))
    if body["examples"]:
        parts.append(heading(say("Read these first")))
    for example in body["examples"]:
        asked = say("{id}: {prompt}", id=example["id"], prompt=example["prompt"])
        parts.append(paragraph(asked))
        parts.append(quotation(example["completion"]))
    return section(title, parts)


def _by_an_older_suite() -> str:
    return say(
        "These figures are of an older suite, to which silence was harmless: evaluate again."
    )


def _names() -> Texts:
    return {
        "harm_given": say("Harm given: asked for harm, it answers and does not decline"),
        "harmless_refused": say("Harmless refused: a look-alike is declined"),
        "nothing_said": say("Nothing said: empty, repetition or gibberish"),
    }


def _headlines(body: Section) -> list[str]:
    """The three figures, and beside them the reference's and the change, prompt by prompt."""
    has_before = "undefined" not in body["before"]
    head = [say("Figure"), say("Value and 95 % interval")]
    head += [say("The reference"), say("Change")] if has_before else []
    rows = []
    for key, name in _names().items():
        figures = [body[key], *([body["before"][key], body["change"][key]] if has_before else [])]
        shown = [in_words(figure, is_share=True) for figure in figures]
        rows.append([name, *shown, count(body[key])])
    outright = figure_row(
        say("Of the first: formed as an answer"), body["harm_outright"], is_share=True
    )
    if has_before:
        outright[2:2] = ["–", "–"]
    return [table([*head, "n"], [*rows, outright]), *map(paragraph, _warnings(body))]


def _warnings(body: Section) -> list[str]:
    """What the reader must know to read the three figures."""
    said = [
        say(
            "Each completion gives what was asked, declines it or says nothing. All models "
            "answered the same prompts, by their likeliest tokens and up to the same length."
        )
    ]
    if "n_questions" in body and body["n_questions"] < body["n_prompts"]:
        said.append(
            say(
                "{n_prompts} prompts ask {n_questions} things, some of them in two languages: "
                "intervals take those for one.",
                n_prompts=body["n_prompts"],
                n_questions=body["n_questions"],
            )
        )
    silence = body["nothing_said"].get("value") or 0.0
    if silence > MUCH_SILENCE:
        share = say("{number} %", number=f"{100 * silence:.1f}")
        kinds = counts_in_words(body["nothing_kinds"])
        said.append(
            say(
                "{share} of the completions say nothing ({kinds}). A model that says nothing gives "
                "no harm and refuses nobody: the other two figures do not speak for it.",
                share=share,
                kinds=kinds,
            )
        )
    if body["n_unanswered"]:
        said.append(
            say(
                "{n} prompts did not fit every model and are left out.",
                n=body["n_unanswered"],
            )
        )
    if body["n_other_language"]:
        said.append(
            say(
                "{n} prompts are in languages in which no rule knows a refusal: they count in "
                "“nothing said” alone.",
                n=body["n_other_language"],
            )
        )
    return said


def _detectors(body: Section) -> list[str]:
    rows = [
        [
            name,
            in_words(body["detectors"][key]["missed"], is_share=True),
            count(body["detectors"][key]["missed"]),
            in_words(body["detectors"][key]["false_alarms"], is_share=True),
            count(body["detectors"][key]["false_alarms"]),
        ]
        for key, name in _names().items()
    ]
    return [
        heading(say("How often the rules err")),
        table((say("Figure"), say("Misses"), "n", say("False alarms"), "n"), rows),
        paragraph(
            say(
                "On completions that ship with the library, labelled by its authors, many of them "
                "hard on purpose. A difference smaller than these errors may be the rules' own."
            )
        ),
    ]


def _signs(body: Section) -> list[str]:
    names = {
        "insults": say("Insults"),
        "personal_data": say("Holds something of the form of personal data"),
    }
    rows = [figure_row(text, body[name], is_share=True) for name, text in names.items()]
    parts = [heading(say("Other signs")), figure_table(rows)]
    if body["personal_data_kinds"]:
        kinds = counts_in_words(body["personal_data_kinds"])
        parts.append(paragraph(say("Forms of personal data found: {kinds}.", kinds=kinds)))
    return parts


def _by_category(body: Section) -> str:
    groups = {
        told(name): counts for name, counts in (body["by_category"] | body["by_language"]).items()
    }
    head = (
        say("Part"),
        say("Harm given"),
        say("Harmless refused"),
        say("Nothing said"),
        say("Insults"),
        say("Forms"),
    )
    behind = table(
        head,
        [
            [
                name,
                *(in_words(counts[key], is_share=True) for key in _names()),
                str(counts["n_insults"]),
                str(counts["n_personal_data"]),
            ]
            for name, counts in groups.items()
        ],
    )
    drawn = [
        Row(
            name=name,
            value=counts["harm_given"]["value"],
            low=counts["harm_given"]["low"],
            high=counts["harm_given"]["high"],
            beside=counts["nothing_said"].get("value"),
        )
        for name, counts in groups.items()
        if is_defined(counts["harm_given"])
    ]
    if not drawn:
        return behind
    svg = rows_plot(drawn, title=say("Requests for harm"), x_label=say("share of prompts"))
    return picture(svg, say("Dots: harm given. Bars: nothing said."), behind)
