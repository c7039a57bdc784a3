"""How many more judgements an interval of a wanted width needs, by what is known so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.agreement.coefficients.coefficients import krippendorff_alpha
from alignment_core.agreement.coefficients.headline import measure_agreement
from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.when_to_stop import comparisons_needed, plan_agreement

WIDTHS = (0.05, 0.1, 0.2)  # of the whole interval
IMAGINED_ERROR = 0.2  # a verdict at random one time in five
IMAGINED_COMPARISONS = 200


def planned(
    report: Mapping[str, Any], imagined: Mapping[str, Any], *, widths: Sequence[float] = WIDTHS
) -> dict[str, Any]:
    """For each headline figure what intervals of these widths need, and what is still wanting.

    Args: report of `agreement_report`, whose figures are the pilot; imagined, of
        `imagined_pilot`, which stands in where the pilot has no interval for alpha; widths, each
        above 0.
    Returns: ready for JSON; docs/statistics/further.md lists its keys.
    Raises: ValueError if a width is not above 0.
    """
    n_prompts = report["counts"]["n_prompts"] / max(report["counts"]["n_comparisons"], 1)
    figures = {}
    for name, entry in report["figures"].items():
        pilot = Figure.from_dict(entry)
        figures[name] = {
            "undefined": pilot.undefined or pilot.interval_undefined,
            "width": None if pilot.low is None or pilot.high is None else pilot.high - pilot.low,
            "n_comparisons": pilot.n_comparisons,
            "needed": _needed(pilot, widths, prompts_per_comparison=n_prompts),
        }
    stand_in = None
    if figures["krippendorff_alpha"]["undefined"]:
        alpha = Figure.from_dict(imagined["krippendorff_alpha"])
        stand_in = {
            "settings": imagined["settings"],
            "needed": [
                {"width": width, "n_comparisons": comparisons_needed(alpha, width=width)}
                for width in widths
            ],
        }
    return {"figures": figures, "imagined": stand_in}


def imagined_pilot(*, n_categories: int, n_annotators: int) -> dict[str, Any]:
    """Alpha of a project nobody has judged: equally frequent verdicts, one in five at random.

    Args: n_categories, verdicts that may be given, from 2; n_annotators of each comparison, from 2.
    """
    table = plan_agreement(
        prevalence=[1 / n_categories] * n_categories,
        error=IMAGINED_ERROR,
        n_annotators=n_annotators,
        n_comparisons=IMAGINED_COMPARISONS,
    )
    return {
        "settings": {
            "n_categories": n_categories,
            "n_annotators": n_annotators,
            "error": IMAGINED_ERROR,
        },
        "krippendorff_alpha": measure_agreement(table, [krippendorff_alpha])[
            "krippendorff_alpha"
        ].to_dict(),
    }


def _needed(
    pilot: Figure, widths: Sequence[float], *, prompts_per_comparison: float
) -> list[dict[str, Any]]:
    if pilot.low is None:
        return []
    by_comparison = pilot.n_judgements / pilot.n_comparisons
    found = []
    for width in widths:
        n = comparisons_needed(pilot, width=width)
        more = max(n - pilot.n_comparisons, 0)
        found.append(
            {
                "width": width,
                "n_comparisons": n,
                "n_more_comparisons": more,
                "n_more_judgements": math.ceil(more * by_comparison),
                "n_more_prompts": math.ceil(more * prompts_per_comparison),
            }
        )
    return found
