"""Judged clauses as they are kept in a check: each with its own words, as conditions may change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from training.automation.conditions import COMPARISONS, Clause
from training.automation.evaluating import JudgedClause, Measured

MEASURED = ("value", "lower", "upper", "n")
OF_MODEL = ("checkpoint", "called", "beside")


def clause_as_json(judged: JudgedClause) -> dict[str, Any]:
    clause = judged.clause
    stored = {
        "path": judged.path,
        "fact": f"{clause.fact}.{clause.bound}" if clause.bound else clause.fact,
        clause.comparison: clause.wanted,
        **{name: getattr(judged.measured, name) for name in MEASURED},
        "holds": judged.truth,
    }
    if clause.of:
        stored["of"] = clause.of
        stored |= {name: getattr(judged.measured, name) for name in OF_MODEL}
    if judged.measured.is_hidden:
        stored["is_hidden"] = True
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
        clause=Clause(
            name,
            bound,
            comparison,
            stored[comparison],
            stored.get("for_hours", 0.0),
            stored.get("of", ""),
        ),
        measured=Measured(
            **{name: stored.get(name) for name in (*MEASURED, *OF_MODEL)},
            is_hidden=stored.get("is_hidden", False),
        ),
        truth=stored["holds"],
        since=datetime.fromisoformat(since) if since else None,
    )
