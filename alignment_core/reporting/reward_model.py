"""Calibration of a reward model, and what it pays for length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.drawing import number
from alignment_core.reporting.language import say
from alignment_core.reporting.page import (
    figure_row,
    figure_table,
    heading,
    in_words,
    is_defined,
    paragraph,
    picture,
    section,
    table,
    why_undefined,
)
from alignment_core.reporting.svg import Point, points_plot

Section = Mapping[str, Any]


def reward_model_section(body: Section) -> str:
    """The reward model on the data."""
    title = say("The reward model")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    calibration = body["calibration"]
    longer = body["prefers_longer"]
    return section(
        title,
        [
            figure_table(
                [
                    figure_row(say("Accuracy on the pairs"), body["accuracy"], is_share=True),
                    figure_row(say("Best temperature"), calibration["temperature"]),
                    figure_row(say("It prefers the longer"), longer["scorer"], is_share=True),
                    figure_row(say("People prefer the longer"), longer["people"], is_share=True),
                    figure_row(say("Excess"), longer["excess"], is_share=True),
                ]
            ),
            paragraph(
                say(
                    "A temperature above 1 means that the scores are too sure. An excess above 0 "
                    "means that it prefers the longer more often than the people it learnt from."
                )
            ),
            *_calibration(
                say("Against outcomes"),
                calibration["outcomes"],
                drawn_as=say("Reliability against outcomes"),
            ),
            *_calibration(
                say("Against shares of votes"),
                calibration["vote_shares"],
                drawn_as=say("Reliability against shares of votes"),
            ),
            *_heads(body),
            *length_parts(body["length"], correlation=say("Correlation within pairs")),
        ],
    )


def length_parts(body: Section, *, correlation: str) -> list[str]:
    """Reward against length, drawn; `correlation` says among what it is measured."""
    title = say("Reward against length")
    if "undefined" in body:
        return [heading(title), why_undefined(body)]
    figures = figure_table(
        [
            figure_row(correlation, body["correlation"]),
            figure_row(say("Reward for 100 characters more"), body["slope"]),
        ]
    )
    parts = [heading(title), figures]
    if len(body["points"]) > 1:
        svg = points_plot(
            [Point(x=x, y=y) for x, y in body["points"]],
            title=title,
            x_label=say("characters"),
            y_label=say("reward"),
        )
        caption = say("Each dot is one completion, as measured.")
        behind = table(
            (say("Characters"), say("Reward")),
            [[str(x), number(y)] for x, y in body["points"][:100]],
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
        head = (say("Cohort"), say("Its own head"), say("The common score"), say("Gain"), "n")
        parts += [heading(say("Heads of cohorts")), table(head, rows)]
    doubt = body.get("uncertainty")
    if doubt is not None and "undefined" not in doubt:
        names = {
            "sure": say("Surer half (spread over margin)"),
            "doubtful": say("More doubtful half"),
            "sure_by_spread": say("Half with less spread"),
            "doubtful_by_spread": say("Half with more spread"),
        }
        rows = [figure_row(text, doubt[name], is_share=True) for name, text in names.items()]
        title = say("Accuracy where its heads agree, and where not")
        parts += [heading(title), figure_table(rows)]
    return parts


def _calibration(title: str, body: Section, *, drawn_as: str) -> list[str]:
    if not is_defined(body["ece"]):
        return [heading(title), paragraph(say("ECE: {ece}.", ece=in_words(body["ece"])))]
    by_chance = body["ece_by_chance"]
    rows = [
        figure_row(say("Expected calibration error"), body["ece"]),
        [
            say("What chance alone would give"),
            say(
                "{mean} (below {high} in 95 %)",
                mean=number(by_chance["mean"]),
                high=number(by_chance["high"]),
            ),
            str(body["n"]),
        ],
        figure_row(say("Brier score"), body["brier"]),
        figure_row(say("Log loss, nats"), body["log_loss"]),
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
        title=drawn_as,
        x_label=say("how sure it is"),
        y_label=say("how often people agree"),
        guide=((0.5, 0.5), (1.0, 1.0)),
        x_range=(0.5, 1.0),
        y_range=(0.0, 1.0),
    )
    behind = table(
        (say("From"), say("To"), say("Pairs"), say("Sure"), say("People agree")),
        [
            [
                f"{entry['low']:.2f}",
                f"{entry['high']:.2f}",
                str(entry["n"]),
                f"{entry['predicted']:.3f}",
                say(
                    "{mean}; {interval}",
                    mean=f"{entry['observed']['mean']:.3f}",
                    interval=in_words(entry["observed"]),
                ),
            ]
            for entry in bins
        ],
    )
    caption = say("On the dashed line its probabilities come true. Below it, it is too sure.")
    return [heading(title), figure_table(rows), picture(svg, caption, behind)]
