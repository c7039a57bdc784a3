"""The reference tables, read into the library's own table."""

import csv
import json
from pathlib import Path

import numpy as np

from alignment_core.agreement import JudgementTable

_DATA = Path(__file__).parent / "data"
REFERENCE = json.loads((_DATA / "reference.json").read_text(encoding="utf-8"))
TABLES = {table["name"]: table for table in REFERENCE["tables"]}


def reference_table(name: str) -> JudgementTable:
    entry = TABLES[name]
    if entry["kind"].startswith("counts"):
        return JudgementTable.from_counts(entry["data"])
    if entry["kind"].startswith("contingency"):
        return table_of_contingency(entry["data"])
    by_judge = entry["data"]
    if "one row per subject" in entry["kind"]:
        by_judge = list(zip(*by_judge, strict=True))
    return table_of_ratings(by_judge)


def table_of_ratings(by_judge: list[list[object]]) -> JudgementTable:
    """A row for each judge, a column for each comparison, None where not judged."""
    rows = [
        (comparison, judge, rating)
        for judge, ratings in enumerate(by_judge)
        for comparison, rating in enumerate(ratings)
        if rating is not None
    ]
    return JudgementTable.from_arrays(*zip(*rows, strict=True))


def table_of_contingency(cells: list[list[int]]) -> JudgementTable:
    first, second = np.indices(np.shape(cells)).reshape(2, -1)
    size = np.ravel(cells)
    return table_of_ratings([np.repeat(first, size).tolist(), np.repeat(second, size).tolist()])


def pandalm_table() -> JudgementTable:
    with (_DATA / "pandalm_votes.csv").open(encoding="utf-8", newline="") as file:
        tasks = list(csv.DictReader(file))
    rows = [
        (task["task"], annotator, choice)
        for task in tasks
        for annotator, choice in task.items()
        if annotator != "task"
    ]
    return JudgementTable.from_arrays(*zip(*rows, strict=True))


def rte_table() -> tuple[JudgementTable, dict[str, str]]:
    """The votes, and the expert's answer to each task."""
    with (_DATA / "rte_votes.csv").open(encoding="utf-8", newline="") as file:
        tasks = list(csv.DictReader(file))
    rows = [
        (task["task"], f"rte-w{vote[:-1]}", vote[-1])
        for task in tasks
        for vote in task["votes"].split()
    ]
    gold = {task["task"]: task["gold"] for task in tasks}
    return JudgementTable.from_arrays(*zip(*rows, strict=True)), gold
