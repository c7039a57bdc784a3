"""How far people agree within groups: of prompts, comparisons, models, people and versions.

Each group is measured by itself, with an interval that draws prompts. Groups of one kind may
overlap (a prompt has several tags), and those with fewer comparisons have wider intervals: they are
not compared with one another by eye alone.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement import JudgementTable, krippendorff_alpha, percent_agreement
from alignment_core.agreement.coefficients.headline import headline_figures
from alignment_core.agreement.further.origins import Origins
from alignment_core.agreement.reading import read_alpha, read_percent, with_reading
from annotate.agreement.attributes import Attributes, Groups

MOST_GROUPS = 20  # of a kind, the largest
FEWEST_SHARED = 2  # comparisons that two judged
MOST_LOOKED_AT = 3 * MOST_GROUPS  # that are cut out of the table, to see which are largest
N_RESAMPLES = 500  # there are many groups, and a picture of them
LEVEL = 0.95
TAG, LANGUAGE, IMPORT, COHORT, GUIDELINES, MODELS = (
    "tag",
    "language",
    "import",
    "cohort",
    "guidelines",
    "models",
)
Mask = npt.NDArray[np.bool_]
Named = Iterator[tuple[str, JudgementTable]]


def groups_section(table: JudgementTable, attributes: Attributes) -> dict[str, Any]:
    """Every kind of which there is a group in which two judged the same comparisons."""
    kinds = {
        TAG: _by_prompt(table, attributes.tags),
        LANGUAGE: _by_prompt(table, attributes.languages),
        IMPORT: _by_comparison(table, attributes.imports),
        COHORT: _by_annotator(table, attributes.cohorts),
        GUIDELINES: _by_judgement(table, attributes.guidelines),
    }
    return {"kinds": [kind for of, named in kinds.items() if (kind := _kind(of, named))]}


def model_pairs_section(table: JudgementTable, origins: Origins | None) -> dict[str, Any]:
    """The same by which two models wrote the answers; `undefined` where that is not known."""
    found = None if origins is None else _kind(MODELS, _by_models(table, origins))
    return {"undefined": "models_unknown" if found is None else None, "kind": found}


def measured(table: JudgementTable) -> dict[str, Any]:
    """Figures of a table of counts, ready for JSON."""
    figures = headline_figures(
        table,
        (percent_agreement, krippendorff_alpha),
        level=LEVEL,
        n_resamples=N_RESAMPLES,
        seed=0,
        n_categories=None,
    )
    return {
        "n_comparisons": int((table.counts.sum(axis=1) > 1).sum()),
        "n_judgements": table.n_judgements,
        "percent_agreement": with_reading(figures["percent_agreement"], read_percent),
        "krippendorff_alpha": with_reading(figures["krippendorff_alpha"], read_alpha),
    }


def of_comparisons(table: JudgementTable, chosen: Mask) -> JudgementTable:
    """Counts of these comparisons."""
    return JudgementTable(
        table.categories,
        table.comparisons[chosen],
        table.counts[chosen],
        None if table.prompts is None else table.prompts[chosen],
        None,
    )


def of_judgements(table: JudgementTable, chosen: Mask) -> JudgementTable:
    """Counts of these rows, on the comparisons that they are of."""
    if table.rows is None:
        raise ValueError("judgements of a project have their annotators")
    n_categories = len(table.categories)
    cells = table.rows.comparison[chosen] * n_categories + table.rows.category[chosen]
    counts = np.bincount(cells, minlength=table.counts.size).reshape(table.counts.shape)
    some = counts.any(axis=1)
    prompts = None if table.prompts is None else table.prompts[some]
    return JudgementTable(table.categories, table.comparisons[some], counts[some], prompts, None)


def _kind(of: str, named: Named) -> dict[str, Any] | None:
    """The largest groups of a kind; None where there are none with a pair of judgements."""
    shared = [
        (name, part)
        for name, part in named
        if int((part.counts.sum(axis=1) > 1).sum()) >= FEWEST_SHARED
    ]
    if not shared:
        return None
    largest = sorted(shared, key=lambda group: (-group[1].n_judgements, group[0]))[:MOST_GROUPS]
    return {
        "of": of,
        "n_groups": len(shared),
        "groups": [{"name": name, **measured(part)} for name, part in largest],
    }


def _by_prompt(table: JudgementTable, groups: Groups) -> Named:
    if table.prompts is not None:
        for name, keys in _largest(groups):
            yield name, of_comparisons(table, _among(np.asarray(table.prompts), keys))


def _by_comparison(table: JudgementTable, groups: Groups) -> Named:
    for name, keys in _largest(groups):
        yield name, of_comparisons(table, _among(np.asarray(table.comparisons), keys))


def _by_annotator(table: JudgementTable, groups: Groups) -> Named:
    """Of a cohort: only what its own people said of one comparison."""
    if table.rows is not None:
        of_rows = np.asarray(table.rows.annotators)[table.rows.annotator]
        for name, keys in _largest(groups):
            yield name, of_judgements(table, _among(of_rows, keys))


def _by_judgement(table: JudgementTable, groups: Groups) -> Named:
    if table.rows is not None and table.rows.order is not None:
        for name, keys in _largest(groups):
            yield name, of_judgements(table, _among(table.rows.order, keys))


def _by_models(table: JudgementTable, origins: Origins) -> Named:
    low = np.minimum(origins.first, origins.second)
    high = np.maximum(origins.first, origins.second)
    known = low >= 0
    codes = low * max(len(origins.names), 1) + high
    found, n_each = np.unique(codes[known], return_counts=True)
    for code in found[np.argsort(-n_each, kind="stable")][:MOST_LOOKED_AT].tolist():
        one, other = divmod(code, len(origins.names))
        name = " · ".join(sorted((origins.names[one], origins.names[other])))
        yield name, of_comparisons(table, known & (codes == code))


def _largest(groups: Groups) -> list[tuple[str, npt.NDArray[np.int64]]]:
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:MOST_LOOKED_AT]


def _among(values: npt.NDArray[Any], keys: npt.NDArray[np.int64]) -> Mask:
    found: Mask = np.isin(values, keys)
    return found
