"""The sections of the page, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.page import (
    HEAD,
    figure_row,
    in_words,
    is_defined,
    page,
    paragraph,
    picture,
    section,
    table,
)
from alignment_core.reporting.reward_model import reward_model_section
from alignment_core.reporting.safety import safety_section
from alignment_core.reporting.samples import samples_section, win_rate_section
from alignment_core.reporting.svg import Row, rows_plot

Section = Mapping[str, Any]


def render_report(report: Mapping[str, Any]) -> str:
    """The page of an evaluation's evaluation.json."""
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
    title = "Evaluation of a " + ("reward model" if report["kind"] == "reward_model" else "policy")
    return page(title, parts)


def undefined_section(title: str, body: Section) -> str:
    """A section without figures says why."""
    return section(title, [paragraph(f"Undefined, {body['undefined']}.")])


def _about(report: Mapping[str, Any]) -> str:
    models = [
        [name.replace("_", " "), model["name"], model["digest"][:12]]
        for name, model in report["models"].items()
    ]
    data = report["data"]
    dropped = ", ".join(f"{reason}: {n}" for reason, n in sorted(data["dropped"].items()))
    return section(
        "What was measured",
        [
            table(("Model", "Name", "Digest"), models),
            paragraph(
                f"{data['n_used']} of {data['n_read']} records of {data['name']}"
                + (f"; left out: {dropped}." if dropped else ".")
            ),
            *_sampling(report["sections"].get("sampling")),
        ],
    )


def _sampling(body: Section | None) -> list[str]:
    if body is None:
        return []
    return [
        paragraph(
            f"{body['n_prompts']} prompts were answered in {body['n_samples']} samples of at most "
            f"{body['max_new_tokens']} tokens; {body['n_cut']} samples were cut there, and "
            f"{body['n_too_long']} prompts left no room for one."
        )
    ]


def _pairs(body: Section) -> str:
    title = "Preference accuracy"
    if "undefined" in body:
        return undefined_section(title, body)
    overall = body["overall"]
    rows = [
        figure_row("Accuracy", overall["accuracy"], is_share=True),
        figure_row("Always taking the longer", overall["longer_wins"], is_share=True),
        figure_row("One person with the others", body["human_agreement"], is_share=True),
    ]
    ties = body["ties"]
    return section(
        title,
        [
            paragraph(
                f"How often the checkpoint prefers what people preferred, by {body['scored_by']}. "
                "A tie of the checkpoint counts one half; ties of people are left out."
            ),
            table(HEAD, rows),
            *_slices(body),
            paragraph(
                f"People called {ties['n_people']} records a tie; the checkpoint sees no "
                f"difference in {ties['n_scorer']} preferences. That a tie lies closer than a "
                f"preference: {in_words(ties['closer'], is_share=True)}."
            ),
        ],
    )


def _slices(body: Section) -> list[str]:
    names = {"chosen_longer": "chosen is longer", "chosen_not_longer": "chosen is not longer"}
    parts = [
        (f"{prefix}{names.get(name, name)}", figures)
        for prefix, group in (
            ("", body["by_length"]),
            ("tag: ", body["by_tag"]),
            ("language: ", body["by_language"]),
            ("cohort: ", body["by_cohort"]),
        )
        for name, figures in group.items()
    ]
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
        ("Part", "Accuracy", "The longer wins", "n"),
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
    svg = rows_plot(drawn, title="Accuracy of parts", x_label="share of pairs", guide=0.5)
    caption = "Dots: accuracy. Bars: always taking the longer. Dashed: a coin."
    return [picture(svg, caption, behind)]


def _text(body: Section) -> str:
    title = "How surprised it is by the data"
    if "undefined" in body:
        return undefined_section(title, body)
    rows = []
    for side, figures in body.items():
        rows.append(figure_row(f"Perplexity of {side}", figures["perplexity"]))
        rows.append(figure_row(f"Bits a byte, {side}", figures["bits_per_byte"]))
    return section(
        title,
        [
            table(HEAD, rows),
            paragraph(
                "Perplexity is for a token and depends on the tokenizer; bits for a byte can be "
                "compared between models."
            ),
        ],
    )


def _kl(body: Section) -> str:
    title = "Distance from the reference"
    if "undefined" in body:
        return undefined_section(title, body)
    rows = [
        figure_row("k1, nats a sequence", body["k1"]),
        figure_row("k3, nats a sequence", body["k3"]),
        figure_row("k3, nats a token", body["k3_per_token"]),
    ]
    return section(
        title,
        [
            table(HEAD, rows),
            paragraph(
                f"KL on {body['n_samples']} samples of the policy's own, at temperature 1. Both "
                "estimate the same number; k1 can be below 0 by chance, and where they differ "
                "widely there are too few samples."
            ),
        ],
    )
