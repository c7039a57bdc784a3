"""The sections of the page, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.language import say, speaking, told
from alignment_core.reporting.page import (
    counts_in_words,
    figure_row,
    figure_table,
    in_words,
    is_defined,
    page,
    paragraph,
    picture,
    section,
    table,
    why_undefined,
)
from alignment_core.reporting.reward_model import reward_model_section
from alignment_core.reporting.safety import safety_section
from alignment_core.reporting.samples import samples_section, win_rate_section
from alignment_core.reporting.svg import Row, rows_plot

Section = Mapping[str, Any]


def render_report(report: Mapping[str, Any], *, language: str = "en") -> str:
    """The page of an evaluation's evaluation.json, in one of LANGUAGES.

    Raises: ValueError if it is another language.
    """
    with speaking(language):
        return _page(report)


def _page(report: Mapping[str, Any]) -> str:
    sections = report["sections"]
    parts = [_about(report), _pairs(sections["pairs"])]
    if "reward_model" in sections:
        parts.append(reward_model_section(sections["reward_model"]))
    for name, render in (
        ("text", _text),
        ("kl", _kl),
        ("win_rate", win_rate_section),
        ("samples", samples_section),
        ("safety", safety_section),
    ):
        if name in sections:
            parts.append(render(sections[name]))
    if report["kind"] == "reward_model":
        return page(say("Evaluation of a reward model"), parts)
    return page(say("Evaluation of a policy"), parts)


def _about(report: Mapping[str, Any]) -> str:
    models = [
        [told(name.replace("_", " ")), model["name"], model["digest"][:12]]
        for name, model in report["models"].items()
    ]
    data = report["data"]
    parts = {name: data[name] for name in ("n_used", "n_read", "name")}
    if data["dropped"]:
        records = say(
            "{n_used} of {n_read} records of {name}; left out: {dropped}.",
            **parts,
            dropped=counts_in_words(data["dropped"]),
        )
    else:
        records = say("{n_used} of {n_read} records of {name}.", **parts)
    return section(
        say("What was measured"),
        [
            table((say("Model"), say("Name"), say("Digest")), models),
            paragraph(records),
            *_sampling(report["sections"].get("sampling")),
        ],
    )


def _sampling(body: Section | None) -> list[str]:
    if body is None:
        return []
    return [
        paragraph(
            say(
                "{n_prompts} prompts were answered in {n_samples} samples of at most "
                "{max_new_tokens} tokens; {n_cut} samples were cut there, and {n_too_long} prompts "
                "left no room for one.",
                **body,
            )
        )
    ]


def _pairs(body: Section) -> str:
    title = say("Preference accuracy")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    overall = body["overall"]
    rows = [
        figure_row(say("Accuracy"), overall["accuracy"], is_share=True),
        figure_row(say("Always taking the longer"), overall["longer_wins"], is_share=True),
        figure_row(say("One person with the others"), body["human_agreement"], is_share=True),
    ]
    ties = body["ties"]
    return section(
        title,
        [
            paragraph(
                say(
                    "How often the checkpoint prefers what people preferred, by {scored_by}. A tie "
                    "of the checkpoint counts one half; ties of people are left out.",
                    scored_by=told(body["scored_by"]),
                )
            ),
            figure_table(rows),
            *_slices(body),
            paragraph(
                say(
                    "People called {n_people} records a tie; the checkpoint sees no difference in "
                    "{n_scorer} preferences. That a tie lies closer than a preference: {closer}.",
                    n_people=ties["n_people"],
                    n_scorer=ties["n_scorer"],
                    closer=in_words(ties["closer"], is_share=True),
                )
            ),
        ],
    )


def _slices(body: Section) -> list[str]:
    by_length = body["by_length"]
    parts = [
        (say("chosen is longer"), by_length["chosen_longer"]),
        (say("chosen is not longer"), by_length["chosen_not_longer"]),
    ]
    for name, figures in body["by_tag"].items():
        parts.append((say("tag: {name}", name=name), figures))
    for name, figures in body["by_language"].items():
        parts.append((say("language: {name}", name=told(name)), figures))
    for name, figures in body["by_cohort"].items():
        parts.append((say("cohort: {name}", name=name), figures))
    drawn = [
        Row(
            name=name,
            value=figures["accuracy"]["value"],
            low=figures["accuracy"].get("low"),
            high=figures["accuracy"].get("high"),
            beside=figures["longer_wins"].get("value"),
        )
        for name, figures in parts
        if is_defined(figures["accuracy"])
    ]
    behind = table(
        (say("Part"), say("Accuracy"), say("The longer wins"), "n"),
        [
            [
                name,
                in_words(figures["accuracy"], is_share=True),
                in_words(figures["longer_wins"], is_share=True),
                str(figures["accuracy"].get("n", "–")),
            ]
            for name, figures in parts
        ],
    )
    if not drawn:
        return [behind]
    svg = rows_plot(drawn, title=say("Accuracy of parts"), x_label=say("share of pairs"), guide=0.5)
    caption = say("Dots: accuracy. Bars: always taking the longer. Dashed: a coin.")
    return [picture(svg, caption, behind)]


def _text(body: Section) -> str:
    title = say("How surprised it is by the data")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    rows = []
    for side, figures in body.items():
        name = told(side)
        rows.append(figure_row(say("Perplexity of {side}", side=name), figures["perplexity"]))
        rows.append(figure_row(say("Bits a byte, {side}", side=name), figures["bits_per_byte"]))
    return section(
        title,
        [
            figure_table(rows),
            paragraph(
                say(
                    "Perplexity is for a token and depends on the tokenizer; bits for a byte can "
                    "be compared between models."
                )
            ),
        ],
    )


def _kl(body: Section) -> str:
    title = say("Distance from the reference")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    rows = [
        figure_row(say("k1, nats a sequence"), body["k1"]),
        figure_row(say("k3, nats a sequence"), body["k3"]),
        figure_row(say("k3, nats a token"), body["k3_per_token"]),
    ]
    return section(
        title,
        [
            figure_table(rows),
            paragraph(
                say(
                    "KL on {n_samples} samples of the policy's own, at temperature 1. Both "
                    "estimate the same number; k1 can be below 0 by chance, and where they differ "
                    "widely there are too few samples.",
                    n_samples=body["n_samples"],
                )
            ),
        ],
    )
