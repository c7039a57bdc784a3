"""What a reward model says of a policy's samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.reporting.drawing import number
from alignment_core.reporting.language import say, told
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
from alignment_core.reporting.reward_model import length_parts
from alignment_core.reporting.svg import Point, Row, points_plot, rows_plot

Section = Mapping[str, Any]


def win_rate_section(body: Section) -> str:
    """Win rate against another policy, raw and at equal length."""
    title = say("Win rate")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    figures = {say("Raw"): body["raw"], say("At equal length"): body["length_controlled"]}
    rows = [figure_row(name, figure, is_share=True) for name, figure in figures.items()]
    swayed = body["order_disagreement"]
    rows.append(figure_row(say("Verdicts that turn with the order"), swayed, is_share=True))
    behind = figure_table(rows)
    drawn = [
        Row(name=name, value=figure["value"], low=figure["low"], high=figure["high"])
        for name, figure in figures.items()
        if is_defined(figure)
    ]
    parts = [
        paragraph(
            say(
                "Judged by a {judge}: {counts}. A tie counts one half. A reward model that the "
                "policy was trained on is not an impartial judge of it.",
                judge=told(body["judge"]),
                counts=_verdicts(body),
            )
        )
    ]
    if not drawn:
        return section(title, [*parts, behind])
    svg = rows_plot(drawn, title=title, x_label=say("share of prompts won"), guide=0.5)
    caption = say(
        "Mean length: {a} characters against {b}.",
        a=number(body["characters"]["a"]),
        b=number(body["characters"]["b"]),
    )
    return section(title, [*parts, picture(svg, caption, behind)])


def _verdicts(body: Section) -> str:
    counts = say(
        "{n_wins} wins, {n_ties} ties, {n_losses} losses",
        n_wins=body["n_wins"],
        n_ties=body["n_ties"],
        n_losses=body["n_losses"],
    )
    if not body["n_unjudged"]:
        return counts
    return say("{counts}, {n} not judged", counts=counts, n=body["n_unjudged"])


def samples_section(body: Section) -> str:
    """Reward of samples, best-of-n and length."""
    title = say("Rewards of its samples")
    if "undefined" in body:
        return section(title, [why_undefined(body)])
    return section(
        title,
        [
            figure_table([figure_row(say("Mean reward of a sample"), body["reward"])]),
            *_best_of_n(body["best_of_n"]),
            *length_parts(
                body["length"], correlation=say("Correlation among samples of one prompt")
            ),
        ],
    )


def _best_of_n(body: Section) -> list[str]:
    title = say("Best of n")
    if "undefined" in body:
        return [heading(title), why_undefined(body)]
    points = [
        Point(
            x=point["n"],
            y=point["reward"]["value"],
            low=point["reward"]["low"],
            high=point["reward"]["high"],
        )
        for point in body["points"]
        if is_defined(point["reward"])
    ]
    behind = table(
        ("n", say("Reward"), say("Gain over one"), say("KL at most, nats")),
        [
            [
                str(point["n"]),
                in_words(point["reward"]),
                in_words(point["gain"]),
                f"{point['kl_bound']:.3f}",
            ]
            for point in body["points"]
        ],
    )
    if len(points) < 2:
        return [heading(title), behind]
    svg = points_plot(
        points,
        title=title,
        x_label="n",
        y_label=say("expected reward"),
        is_joined=True,
        x_is_log=True,
    )
    caption = say(
        "What choosing the best of n samples would gain, by the same reward model that chooses. "
        "A policy trained further from its start than the KL beside n should gain more than this."
    )
    return [heading(title), picture(svg, caption, behind)]
