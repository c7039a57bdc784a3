"""Joining tables of judgements: new judgements, another shard, another site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from alignment_core.agreement.tables.columns import (
    NEITHER_SIDE,
    RECORDED,
    SIDES,
    Keys,
    encode_keys,
    prompt_of_each,
)
from alignment_core.agreement.tables.keys import join_keys
from alignment_core.agreement.tables.table import JudgementRows, JudgementTable

_KEYS = ("comparison", "annotator", "prompt")


def merge_tables(first: JudgementTable, second: JudgementTable) -> JudgementTable:
    """Both tables' judgements in one.

    Of `first` and `second`, categories are joined by name, comparisons, prompts and annotators by
    key. The result names annotators only if both tables do. An empty table changes nothing.
    Raises: ValueError if an annotator judged a comparison in both, a comparison has another
        prompt in each, only one table knows its prompts, or keys are numbers in one and text in
        the other.
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
    parts = [
        _decoded(table, rows, names, is_repeat=rows is table.repeats)
        for table in (first, second)
        for rows in (table.rows, table.repeats)
        if rows is not None
    ]
    columns = {name: _joined([part[name] for part in parts], name) for name in parts[0]}
    for name in RECORDED:
        if all(getattr(table.rows, name) is None for table in (first, second)):
            del columns[name]
    comparison, annotator, category = (
        columns.pop(name) for name in ("comparison", "annotator", "category")
    )
    whole = JudgementTable.from_arrays(
        comparison, annotator, category, categories=range(len(names)), **columns
    )
    return replace(whole, categories=names)


def _joined(parts: Sequence[Keys], name: str) -> Keys:
    return join_keys(parts, name) if name in _KEYS else np.concatenate(parts)


def _decoded(
    table: JudgementTable, rows: JudgementRows, names: tuple[str, ...], *, is_repeat: bool
) -> dict[str, Keys]:
    """The arguments of `from_arrays` that give these rows, categories by their place in `names`."""
    places = np.array([names.index(name) for name in table.categories], dtype=np.int64)
    columns = {
        "comparison": table.comparisons[rows.comparison],
        "annotator": rows.annotators[rows.annotator],
        "category": places[rows.category],
        "is_repeat": np.full(len(rows), is_repeat),
    }
    for name in RECORDED:
        unknown = NEITHER_SIDE if name in SIDES else np.nan
        column = getattr(rows, name)
        columns[name] = np.full(len(rows), unknown) if column is None else column
    if table.prompts is not None:
        columns["prompt"] = table.prompts[rows.comparison]
    return columns


def _merge_counts(
    first: JudgementTable, second: JudgementTable, names: tuple[str, ...]
) -> JudgementTable:
    keys, index = encode_keys(join_keys([first.comparisons, second.comparisons], "comparison"))
    counts = np.zeros((len(keys), len(names)), dtype=np.int64)
    start = 0
    for table in (first, second):
        rows = index[start : start + len(table.comparisons)]
        columns = [names.index(name) for name in table.categories]
        counts[rows[:, None], columns] += table.counts  # no key comes twice within one table
        start += len(rows)
    prompts = None
    if first.prompts is not None and second.prompts is not None:
        joined = join_keys([first.prompts, second.prompts], "prompt")
        prompts = prompt_of_each(keys, index, encode_keys(joined))
    return JudgementTable(names, keys, counts, prompts, None)
