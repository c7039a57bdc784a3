"""What a reward model says of a policy's samples."""

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
from alignment_core.reporting.reward_model import length_parts
from alignment_core.reporting.svg import Point, Row, number, points_plot, rows_plot

Section = Mapping[str, Any]


def win_rate_section(body: Section) -> str:
    """Win rate against another policy, raw and at equal length."""
    title = "Win rate"
    if "undefined" in body:
        return section(title, [paragraph(f"Undefined, {body['undefined']}.")])
    figures = {"Raw": body["raw"], "At equal length": body["length_controlled"]}
    rows = [figure_row(name, figure, is_share=True) for name, figure in figures.items()]
    swayed = body["order_disagreement"]
    rows.append(figure_row("Verdicts that turn with the order", swayed, is_share=True))
    behind = table(HEAD, rows)
    drawn = [
        Row(name=name, value=figure["value"], low=figure["low"], high=figure["high"])
        for name, figure in figures.items()
        if is_defined(figure)
    ]
    parts = [
        paragraph(
            f"Judged by a {body['judge']}: {body['n_wins']} wins, {body['n_ties']} ties, "
            f"{body['n_losses']} losses"
            + (f", {body['n_unjudged']} not judged" if body["n_unjudged"] else "")
            + ". A tie counts one half. A reward model that the policy was trained on is not an "
            "impartial judge of it."
        )
    ]
    if not drawn:
        return section(title, [*parts, behind])
    svg = rows_plot(drawn, title=title, x_label="share of prompts won", guide=0.5)
    characters = body["characters"]
    caption = (
        f"Mean length: {number(characters['a'])} characters against {number(characters['b'])}."
    )
    return section(title, [*parts, picture(svg, caption, behind)])


def samples_section(body: Section) -> str:
    """Reward of samples, best-of-n and length."""
    title = "Rewards of its samples"
    if "undefined" in body:
        return section(title, [paragraph(f"Undefined, {body['undefined']}.")])
    return section(
        title,
        [
            table(HEAD, [figure_row("Mean reward of a sample", body["reward"])]),
            *_best_of_n(body["best_of_n"]),
            *length_parts(body["length"], "among samples of one prompt"),
        ],
    )


def _best_of_n(body: Section) -> list[str]:
    title = "Best of n"
    if "undefined" in body:
        return [heading(title), paragraph(f"Undefined, {body['undefined']}.")]
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
        ("n", "Reward", "Gain over one", "KL at most, nats"),
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
        y_label="expected reward",
        is_joined=True,
        x_is_log=True,
    )
    caption = (
        "What choosing the best of n samples would gain, by the same reward model that chooses. "
        "A policy trained further from its start than the KL beside n should gain more than this."
    )
    return [heading(title), picture(svg, caption, behind)]
