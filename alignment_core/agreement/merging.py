"""Joining tables of judgements: new judgements, another shard, another site."""

from __future__ import annotations

import numpy as np

from alignment_core.agreement.table import (
    NEITHER_SIDE,
    JudgementRows,
    JudgementTable,
    Keys,
    encode_keys,
    prompt_of_each,
)


def merge_tables(first: JudgementTable, second: JudgementTable) -> JudgementTable:
    """Both tables' judgements in one.

    Categories are joined by name, comparisons, prompts and annotators by key. The result names
    annotators only if both tables do. An empty table changes nothing.
    Raises: ValueError if an annotator judged a comparison in both, a comparison has another
        prompt in each, or only one table knows its prompts.
    """
    if not len(first.comparisons):
        return second
    if not len(second.comparisons):
        return first
    if (first.prompts is None) != (second.prompts is None):
        raise ValueError("one table knows the prompts and the other does not")
    names = first.categories + tuple(c for c in second.categories if c not in first.categories)
    if first.rows is None or second.rows is None:
        return _merge_counts(first, second, names)
    parts = [_decoded(first, first.rows), _decoded(second, second.rows)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    comparison, annotator, category = (
        columns.pop(name) for name in ("comparison", "annotator", "category")
    )
    return JudgementTable.from_arrays(comparison, annotator, category, categories=names, **columns)


def _decoded(table: JudgementTable, rows: JudgementRows) -> dict[str, Keys]:
    """The arguments of `from_arrays`, as arrays, that give this table."""
    n_rows = len(rows.comparison)
    sides, seconds = rows.left_chosen, rows.seconds
    columns = {
        "comparison": table.comparisons[rows.comparison],
        "annotator": rows.annotators[rows.annotator],
        "category": np.asarray(table.categories)[rows.category],
        "left_chosen": np.full(n_rows, NEITHER_SIDE) if sides is None else sides,
        "seconds": np.full(n_rows, np.nan) if seconds is None else seconds,
    }
    if table.prompts is not None:
        columns["prompt"] = table.prompts[rows.comparison]
    return columns


def _merge_counts(
    first: JudgementTable, second: JudgementTable, names: tuple[str, ...]
) -> JudgementTable:
    keys, index = encode_keys(np.concatenate([first.comparisons, second.comparisons]))
    counts = np.zeros((len(keys), len(names)), dtype=np.int64)
    start = 0
    for table in (first, second):
        rows = index[start : start + len(table.comparisons)]
        columns = [names.index(name) for name in table.categories]
        counts[rows[:, None], columns] += table.counts  # no key comes twice within one table
        start += len(rows)
    prompts = None
    if first.prompts is not None and second.prompts is not None:
        joined = np.concatenate([first.prompts, second.prompts])
        prompts = prompt_of_each(keys, index, joined)
    return JudgementTable(names, keys, counts, prompts, None)
