"""Calibration of a reward model, and what it pays for length."""

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
    section,
    table,
)
from alignment_core.reporting.svg import Point, number, points_plot

Section = Mapping[str, Any]


def reward_model_section(body: Section) -> str:
    """The reward model on the data."""
    title = "The reward model"
    if "undefined" in body:
        return section(title, [paragraph(f"Undefined, {body['undefined']}.")])
    calibration = body["calibration"]
    longer = body["prefers_longer"]
    return section(
        title,
        [
            table(
                HEAD,
                [
                    figure_row("Accuracy on the pairs", body["accuracy"], is_share=True),
                    figure_row("Best temperature", calibration["temperature"]),
                    figure_row("It prefers the longer", longer["scorer"], is_share=True),
                    figure_row("People prefer the longer", longer["people"], is_share=True),
                    figure_row("Excess", longer["excess"], is_share=True),
                ],
            ),
            paragraph(
                "A temperature above 1 means that the scores are too sure. An excess above 0 means "
                "that it prefers the longer more often than the people it learnt from."
            ),
            *_calibration("Against outcomes", calibration["outcomes"]),
            *_calibration("Against shares of votes", calibration["vote_shares"]),
            *_heads(body),
            *length_parts(body["length"], "within pairs"),
        ],
    )


def length_parts(body: Section, within: str) -> list[str]:
    """Reward against length, drawn."""
    if "undefined" in body:
        return [heading("Reward against length"), paragraph(f"Undefined, {body['undefined']}.")]
    figures = table(
        HEAD,
        [
            figure_row(f"Correlation {within}", body["correlation"]),
            figure_row("Reward for 100 characters more", body["slope"]),
        ],
    )
    parts = [heading("Reward against length"), figures]
    if len(body["points"]) > 1:
        svg = points_plot(
            [Point(x=x, y=y) for x, y in body["points"]],
            title="Reward against length",
            x_label="characters",
            y_label="reward",
        )
        caption = "Each dot is one completion, as measured."
        behind = table(
            ("Characters", "Reward"), [[str(x), number(y)] for x, y in body["points"][:100]]
        )
        parts.append(picture(svg, caption, behind))
    return parts


def _heads(body: Section) -> list[str]:
    parts = []
    if body.get("cohort_heads"):
        rows = [
            [
                cohort,
                in_words(figures["accuracy"], is_share=True),
                in_words(figures["accuracy_of_score"], is_share=True),
                in_words(figures["gain"], is_share=True),
                str(figures["accuracy"].get("n", "–")),
            ]
            for cohort, figures in body["cohort_heads"].items()
        ]
        head = ("Cohort", "Its own head", "The common score", "Gain", "n")
        parts += [heading("Heads of cohorts"), table(head, rows)]
    doubt = body.get("uncertainty")
    if doubt is not None and "undefined" not in doubt:
        names = {
            "sure": "Surer half (spread over margin)",
            "doubtful": "More doubtful half",
            "sure_by_spread": "Half with less spread",
            "doubtful_by_spread": "Half with more spread",
        }
        rows = [figure_row(text, doubt[name], is_share=True) for name, text in names.items()]
        parts += [heading("Accuracy where its heads agree, and where not"), table(HEAD, rows)]
    return parts


def _calibration(title: str, body: Section) -> list[str]:
    if not is_defined(body["ece"]):
        return [heading(title), paragraph(f"ECE: {in_words(body['ece'])}.")]
    by_chance = body["ece_by_chance"]
    rows = [
        figure_row("Expected calibration error", body["ece"]),
        [
            "What chance alone would give",
            f"{number(by_chance['mean'])} (below {number(by_chance['high'])} in 95 %)",
            str(body["n"]),
        ],
        figure_row("Brier score", body["brier"]),
        figure_row("Log loss, nats", body["log_loss"]),
    ]
    bins = body["bins"]
    points = [
        Point(
            x=entry["predicted"],
            y=entry["observed"]["mean"],
            low=entry["observed"].get("low"),
            high=entry["observed"].get("high"),
        )
        for entry in bins
    ]
    svg = points_plot(
        points,
        title=f"Reliability: {title.lower()}",
        x_label="how sure it is",
        y_label="how often people agree",
        guide=((0.5, 0.5), (1.0, 1.0)),
        x_range=(0.5, 1.0),
        y_range=(0.0, 1.0),
    )
    behind = table(
        ("From", "To", "Pairs", "Sure", "People agree"),
        [
            [
                f"{entry['low']:.2f}",
                f"{entry['high']:.2f}",
                str(entry["n"]),
                f"{entry['predicted']:.3f}",
                f"{entry['observed']['mean']:.3f}; {in_words(entry['observed'])}",
            ]
            for entry in bins
        ],
    )
    caption = "On the dashed line its probabilities come true. Below it, it is too sure."
    return [heading(title), table(HEAD, rows), picture(svg, caption, behind)]
