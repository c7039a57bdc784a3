"""Silent repeats, each with the first judgement of the same person, out of the database."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from alignment_core.agreement import JudgementTable, repeated_verdicts
from annotate.agreement.judgement_columns import (
    CATEGORIES,
    CHUNK,
    COLUMNS,
    category_of,
    first_left_of,
    time_of_judging,
)
from annotate.agreement.taking_part import ANSWERS_TURNED, REPEATS, SAME_ANSWERS
from annotate.models import Judgement, Project

READ = ("comparison", "prompt", "annotator", "category", "first_left", "time", "order")
TYPES = [(name, kind) for name, kind in COLUMNS if name in READ]
# Where those who voted on the original call the repeat's second completion the first.
IS_TURNED = (ANSWERS_TURNED & Q(comparison__repeat_of__is_swapped=False)) | (
    SAME_ANSWERS & Q(comparison__repeat_of__is_swapped=True)
)


def read_repeats(project: Project, rows: npt.NDArray[np.void]) -> JudgementTable:
    """Repeats as judgements of the comparison that they repeat, with the first ones among `rows`.

    Args: rows, of `read_rows`.
    """
    found = Judgement.objects.filter(REPEATS, project=project).order_by()
    again = np.fromiter(
        found.values_list(
            "comparison__repeat_of",
            "comparison__repeat_of__prompt",
            "annotator_id",
            category_of(IS_TURNED),
            first_left_of(IS_TURNED),
            time_of_judging(),
            "pk",
        ).iterator(chunk_size=CHUNK),
        dtype=TYPES,
    )
    first = rows[_is_among(rows, again)][list(READ)].astype(TYPES)
    both = np.concatenate([first, again])
    table = JudgementTable.from_arrays(
        both["comparison"],
        both["annotator"],
        both["category"],
        categories=range(len(CATEGORIES)),
        prompt=both["prompt"],
        is_repeat=np.arange(len(both)) >= len(first),
        first_left=both["first_left"],
        time=np.where(both["time"] < 0, np.nan, both["time"]),
        order=both["order"],
    )
    return replace(table, categories=CATEGORIES)


def _is_among(rows: npt.NDArray[np.void], again: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Which rows are of a comparison, and by an annotator, that some of `again` is of."""
    most = max(int(each["annotator"].max(initial=0)) for each in (rows, again)) + 1
    places = [each["comparison"] * most + each["annotator"] for each in (rows, again)]
    return np.isin(*places)


def repeats_section(
    repeated: JudgementTable | None,
    among: JudgementTable,
    annotators: Mapping[int, tuple[str, str]],
) -> dict[str, Any]:
    """Args: among, the judgements of those whose repeats are wanted; annotators, pseudonym and
    kind by key.
    """
    table = among if repeated is None else repeated
    wanted = [] if among.annotators is None else among.annotators.tolist()
    section = repeated_verdicts(table, annotators=wanted)
    for entry in section["annotators"]:
        entry["annotator"], entry["kind"] = annotators[entry["annotator"]]
    return section
