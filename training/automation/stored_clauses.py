"""Judged clauses as they are kept in a check: each with its own words, as conditions may change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from training.automation.conditions import COMPARISONS, Clause
from training.automation.evaluating import JudgedClause, Measured

MEASURED = ("value", "lower", "upper", "n")


def clause_as_json(judged: JudgedClause) -> dict[str, Any]:
    clause = judged.clause
    stored = {
        "path": judged.path,
        "fact": f"{clause.fact}.{clause.bound}" if clause.bound else clause.fact,
        clause.comparison: clause.wanted,
        **{name: getattr(judged.measured, name) for name in MEASURED},
        "holds": judged.truth,
    }
    if clause.for_hours:
        stored["for_hours"] = clause.for_hours
        stored["since"] = judged.since.isoformat() if judged.since else None
    return stored


def clause_from_json(stored: Mapping[str, Any]) -> JudgedClause:
    name, _dot, bound = stored["fact"].partition(".")
    comparison = next(word for word in COMPARISONS if word in stored)
    since = stored.get("since")
    return JudgedClause(
        path=stored["path"],
        clause=Clause(name, bound, comparison, stored[comparison], stored.get("for_hours", 0.0)),
        measured=Measured(**{name: stored[name] for name in MEASURED}),
        truth=stored["holds"],
        since=datetime.fromisoformat(since) if since else None,
    )
