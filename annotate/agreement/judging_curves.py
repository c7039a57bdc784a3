"""How judging goes: seconds against words, length and haste as curves, and how verdicts divide."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.figures.shares import clustered_share
from alignment_core.agreement.reading import read_length, read_position, with_reading
from alignment_core.agreement.tables.table import JudgementRows
from annotate.agreement.by_group import LEVEL

N_BINS, FEWEST_IN_BIN = 8, 20  # of a curve, each with as many judgements as the others
MOST_PEOPLE = 20  # whose verdicts are split, those with most judgements
FEWEST_SHARED, FEWEST_ABLE, ABLE_SHARE = 20, 3, 1 / 3
MOST_AGAINST = 10
Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[Any]


def curves_section(
    table: JudgementTable, annotators: Mapping[int, tuple[str, str]]
) -> dict[str, Any]:
    """Args: annotators, pseudonym and kind by key."""
    rows = table.rows
    if rows is None:
        raise ValueError("judgements of a project have their annotators")
    return {
        "seconds_by_words": _seconds_by_words(rows),
        "longer_by_difference": _longer_by_difference(table, rows),
        "left_by_seconds": _left_by_seconds(table, rows),
        "verdicts_by_annotator": _verdicts(table, rows, annotators),
        "unity_by_depth": _unity(table),
    }


def _seconds_by_words(rows: JudgementRows) -> list[dict[str, Any]]:
    if rows.seconds is None or rows.words is None:
        return []
    known = np.isfinite(rows.seconds) & np.isfinite(rows.words)
    words, seconds = rows.words[known], rows.seconds[known]
    found = []
    for chosen in _bins(words):
        low, middle, high = np.percentile(seconds[chosen], [25, 50, 75]).tolist()
        found.append(
            {
                "words": float(np.median(words[chosen])),
                "n_judgements": int(chosen.sum()),
                "seconds": middle,
                "quarter": low,
                "three_quarters": high,
            }
        )
    return found


def _longer_by_difference(table: JudgementTable, rows: JudgementRows) -> list[dict[str, Any]]:
    """How often the longer answer was chosen, by by how many characters it was longer."""
    if rows.length_difference is None:
        return []
    chosen = np.isfinite(rows.length_difference) & (rows.length_difference != 0)
    apart = np.abs(rows.length_difference[chosen])
    hits = rows.length_difference[chosen] > 0
    return _shares(
        table, rows.comparison[chosen], apart, hits, "characters", "lengths_unknown", read_length
    )


def _left_by_seconds(table: JudgementTable, rows: JudgementRows) -> list[dict[str, Any]]:
    """How often the left answer was chosen, by how long it took."""
    if rows.left_chosen is None or rows.seconds is None:
        return []
    chosen = (rows.left_chosen >= 0) & np.isfinite(rows.seconds)
    seconds, hits = rows.seconds[chosen], rows.left_chosen[chosen] == 1
    return _shares(
        table, rows.comparison[chosen], seconds, hits, "seconds", "sides_unknown", read_position
    )


def _shares(
    table: JudgementTable,
    comparison: npt.NDArray[np.int64],
    along: Values,
    hits: Mask,
    name: str,
    reason: str,
    read: Callable[..., Any],
) -> list[dict[str, Any]]:
    prompts = comparison if table.prompts is None else np.asarray(table.prompts)[comparison]
    return [
        {
            name: float(np.median(along[part])),
            "share": with_reading(
                clustered_share(
                    hits[part], prompts[part], comparison[part], level=LEVEL, reason=reason
                ),
                read,
            ),
        }
        for part in _bins(along)
    ]


def _bins(values: Values) -> list[Mask]:
    """Which values are in each of up to eight parts of nearly one size; equal ones together."""
    n_bins = min(N_BINS, len(values) // FEWEST_IN_BIN)
    if not n_bins:
        return []
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
    place = np.searchsorted(edges, values, side="left")
    return [place == number for number in np.unique(place)]


def _verdicts(
    table: JudgementTable, rows: JudgementRows, annotators: Mapping[int, tuple[str, str]]
) -> list[dict[str, Any]]:
    """What each said, by side: left, right, neither better, both bad, and of sides unknown."""
    names = list(table.categories)
    sides = np.full(len(rows), -1) if rows.left_chosen is None else rows.left_chosen
    decided = np.isin(rows.category, [names.index("first"), names.index("second")])
    kinds = {
        "left": sides == 1,
        "right": sides == 0,
        "tie": rows.category == names.index("tie"),
        "both_bad": rows.category == names.index("both_bad"),
        "side_unknown": decided & (sides < 0),
    }
    n_each = np.bincount(rows.annotator, minlength=len(rows.annotators))
    counts = {
        kind: np.bincount(rows.annotator[chosen], minlength=len(n_each))
        for kind, chosen in kinds.items()
    }
    found = []
    for place in np.argsort(-n_each, kind="stable")[:MOST_PEOPLE].tolist():
        pseudonym, kind = annotators[int(rows.annotators[place])]
        told = {name: int(of_each[place]) for name, of_each in counts.items()}
        found.append({"annotator": pseudonym, "kind": kind, "n": int(n_each[place]), **told})
    return found


def _unity(table: JudgementTable) -> list[dict[str, Any]]:
    """By how many judged a comparison: on how many all are alike, most are, or no majority is."""
    depth, most = table.counts.sum(axis=1), table.counts.max(axis=1, initial=0)
    found = []
    for n in np.unique(depth[depth > 1]).tolist():
        of_most = most[depth == n]
        alike, majority = of_most == n, (of_most < n) & (2 * of_most > n)
        found.append(
            {
                "n_judgements": n,
                "alike": int(alike.sum()),
                "majority": int(majority.sum()),
                "none": int((~alike & ~majority).sum()),
            }
        )
    return found


def able_against(
    table: JudgementTable, report: Mapping[str, Any], keys: Mapping[str, int]
) -> list[tuple[int, int, int]]:
    """Comparisons on which the most informative people are of one mind, and it is not the others':
    number, how many of them, and how many others there were; those with most others first.

    Able is the third whose verdicts tell most (by the model of Dawid and Skene), of those with
    twenty shared judgements; nobody where fewer than three are left. The others have a majority.

    Args: report, of the same judgements, by pseudonym; keys, of annotators by pseudonym.
    """
    rows = table.rows
    known = [
        (entry["informativeness"], keys[entry["annotator"]])
        for entry in report["annotators"]
        if entry["n_shared"] >= FEWEST_SHARED and entry["informativeness"] is not None
    ]
    n_able = int(len(known) * ABLE_SHARE)
    if rows is None or n_able < FEWEST_ABLE:
        return []
    able = [key for _told, key in sorted(known, reverse=True)[:n_able]]
    is_able = np.isin(np.asarray(rows.annotators)[rows.annotator], able)
    of_able, of_rest = _counts(table, rows, is_able), _counts(table, rows, ~is_able)
    n_of_able, n_of_rest = of_able.sum(axis=1), of_rest.sum(axis=1)
    differs = (
        (n_of_able > 0)
        & (of_able.max(axis=1) == n_of_able)
        & (n_of_rest > 1)
        & (2 * of_rest.max(axis=1) > n_of_rest)
        & (of_able.argmax(axis=1) != of_rest.argmax(axis=1))
    )
    places = np.flatnonzero(differs)
    order = np.lexsort((places, -n_of_able[places], -n_of_rest[places]))[:MOST_AGAINST]
    return [
        (int(table.comparisons[place]), int(n_of_able[place]), int(n_of_rest[place]))
        for place in places[order].tolist()
    ]


def _counts(table: JudgementTable, rows: JudgementRows, chosen: Mask) -> npt.NDArray[np.int64]:
    cells = rows.comparison[chosen] * len(table.categories) + rows.category[chosen]
    counts: npt.NDArray[np.int64] = np.bincount(cells, minlength=table.counts.size)
    return counts.reshape(table.counts.shape)
