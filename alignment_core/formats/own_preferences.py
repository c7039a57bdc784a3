"""Our own exports of preferences: an outcome with the votes behind it, but not who gave which.

The votes come back as those of numbered annotators of each cohort. A table (CSV, Parquet) counts
them in columns of their own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from alignment_core.formats import checks, own_values
from alignment_core.formats.checks import RowError
from alignment_core.formats.own_judgements import GREATEST_STRENGTH, cohort_of
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import (
    BOTH_BAD,
    FIRST,
    SECOND,
    TIE,
    Exported,
    NewComparison,
    Ruling,
    Vote,
    VoteDetails,
)

NEEDS = ("prompt", "chosen", "rejected", "outcome", "verdicts")
COUNTS = {"chosen": FIRST, "rejected": SECOND, "tie": TIE, "both_bad": BOTH_BAD}
COUNT_COLUMNS = tuple(f"n_{name}" for name in COUNTS)
TABLE_NEEDS = ("prompt", "chosen", "rejected", "outcome", *COUNT_COLUMNS)
OUTCOMES = {"preference": FIRST, "tie": TIE, "both_bad": BOTH_BAD}
BY_SHARES = ("triage", "cohorts")  # the outcome is not what most votes say, nor a ruling
RESOLVED_BY = ("votes", "posterior", "adjudication", *BY_SHARES)
MOST_VOTES = 1000  # of one comparison
VOTER, REVIEWER = "preferences", "preferences: reviewer"  # names of those whom a file does not name
TOLERANCE = 1e-9


def fits(row: Mapping[str, Any]) -> bool:
    return isinstance(row["verdicts"], Mapping) and isinstance(row["outcome"], str)


def fits_table(row: Mapping[str, Any]) -> bool:
    return isinstance(row["outcome"], str)


def parse_table(row: Mapping[str, Any]) -> NewComparison:
    if isinstance(row["n_chosen"], str):  # of CSV; Parquet knows numbers
        row = own_values.unguarded_row(row)
    counts = {
        name: own_values.whole(row, f"n_{name}", low=0, high=MOST_VOTES) or 0 for name in COUNTS
    }
    by_cohort = own_values.structure(row, "verdicts_by_cohort")
    return parse({**row, "verdicts": counts, "verdicts_by_cohort": by_cohort})


def parse(row: Mapping[str, Any]) -> NewComparison:
    chosen, rejected = (checks.required_text(row, side) for side in ("chosen", "rejected"))
    checks.different("rejected", chosen, rejected)
    outcome = OUTCOMES.get(str(row.get("outcome")))
    if outcome is None:
        raise RowError("outcome", row.get("outcome"), "This should be preference, tie or both_bad.")
    counts = _counts("verdicts", checks.required(row, "verdicts"))
    votes = _votes(row, counts)
    prompt = prompt_of({**row, "id": None, "tags": own_values.structure(row, "tags")})
    return NewComparison(
        **prompt,
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=outcome,
        votes=votes,
        exported=Exported(keeps_order=outcome != FIRST, ruling=_ruling(row, outcome, votes)),
    )


def _ruling(row: Mapping[str, Any], outcome: str, votes: tuple[Vote, ...]) -> Ruling | None:
    """The ruling that made the outcome, if one did; else the votes must say it themselves."""
    resolved_by = row.get("resolved_by") or "votes"
    if resolved_by == "edit":
        raise RowError(
            "resolved_by",
            resolved_by,
            "An edited answer belongs to somebody's judgement: export the judgements, or the "
            "preferences without edits.",
        )
    if resolved_by not in RESOLVED_BY:
        raise RowError(
            "resolved_by",
            resolved_by,
            "This should be votes, posterior, adjudication, triage or cohorts.",
        )
    if resolved_by == "adjudication":
        return Ruling(verdict=outcome, reviewer=REVIEWER)
    if resolved_by in BY_SHARES:
        return None
    ranked = Counter(vote.verdict for vote in votes).most_common()
    most = [verdict for verdict, n in ranked if n == ranked[0][1]]
    if votes and most != [outcome]:
        raise RowError("outcome", row.get("outcome"), "This is not what most of the votes say.")
    return None


def _counts(field: str, value: object) -> dict[str, int]:
    """How many votes of each verdict, by verdict."""
    if not isinstance(value, Mapping):
        raise RowError(field, value, "This should be an object.")
    for name in value:
        if name not in COUNTS:
            raise RowError(f"{field}.{name}", value[name], "This verdict is not known.")
    try:
        return {
            verdict: own_values.whole(value, name, low=0, high=MOST_VOTES) or 0
            for name, verdict in COUNTS.items()
        }
    except RowError as error:
        error.field = f"{field}.{error.field}"
        raise


def _votes(row: Mapping[str, Any], counts: dict[str, int]) -> tuple[Vote, ...]:
    _check_share(row, counts)
    given = own_values.number(row, "strength", low=-GREATEST_STRENGTH, high=GREATEST_STRENGTH)
    strengths = strengths_with_mean(given, counts)
    if strengths is None:
        raise RowError("strength", given, "No strengths of these votes have this mean.")
    cohorts = _by_cohort(row, counts)
    return tuple(
        Vote(
            annotator=f"{VOTER}: {cohort}: {number}" if cohort else f"{VOTER}: {number}",
            verdict=verdict,
            details=VoteDetails(cohort=cohort, strength=next(strengths[verdict], None)),
        )
        for cohort, of_cohort in cohorts
        for number, verdict in enumerate(_one_by_one(of_cohort), start=1)
    )


def _one_by_one(counts: Mapping[str, int]) -> Iterator[str]:
    for verdict, n in counts.items():
        yield from [verdict] * n


def _by_cohort(row: Mapping[str, Any], counts: dict[str, int]) -> list[tuple[str, dict[str, int]]]:
    """Each cohort's votes; those that no cohort has are of none. They must not be more than all."""
    value = row.get("verdicts_by_cohort") or {}
    if not isinstance(value, Mapping):
        raise RowError("verdicts_by_cohort", value, "This should be an object.")
    left = dict(counts)
    found = []
    for name, of_name in sorted(value.items()):
        cohort = cohort_of({"cohort": name}, "cohort")
        of_cohort = _counts(f"verdicts_by_cohort.{name}", of_name)
        found.append((cohort, of_cohort))
        left = {verdict: n - of_cohort[verdict] for verdict, n in left.items()}
    if min(left.values()) < 0:
        raise RowError("verdicts_by_cohort", value, "These are more votes than there are in all.")
    of_none = next((of_cohort for cohort, of_cohort in found if not cohort), None)
    if of_none is None:
        return [("", left), *found]
    of_none.update({verdict: n + left[verdict] for verdict, n in of_none.items()})
    return found


def _check_share(row: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    share = own_values.number(row, "p_chosen", low=0, high=1)
    n_relative = counts[FIRST] + counts[SECOND] + counts[TIE]
    is_so = share is None or (
        n_relative > 0
        and math.isclose(share, (counts[FIRST] + counts[TIE] / 2) / n_relative, abs_tol=TOLERANCE)
    )
    if not is_so:
        raise RowError("p_chosen", share, "The votes do not give this share.")


def strengths_with_mean(
    mean: float | None, counts: Mapping[str, int]
) -> dict[str, Iterator[int]] | None:
    """Strengths of votes by verdict whose signed mean, where a tie counts as 0, is exactly this.

    A mean over few whole numbers has more than one origin; any gives the mean back. None: none
    gives it.
    """
    nothing: dict[str, Iterator[int]] = {verdict: iter(()) for verdict in counts}
    if mean is None:
        return nothing
    for n_given in range(1, counts[FIRST] + counts[SECOND] + 1):
        n = counts[TIE] + n_given
        total = round(mean * n)
        if total / n != mean:
            continue
        towards, against = (FIRST, SECOND) if total >= 0 else (SECOND, FIRST)
        n_towards = min(counts[towards], n_given)
        if abs(total) > GREATEST_STRENGTH * n_towards:
            continue
        return nothing | {
            towards: iter(_spread(abs(total), n_towards)),
            against: iter([0] * (n_given - n_towards)),
        }
    return None


def _spread(total: int, n: int) -> list[int]:
    """A sum over n strengths, as evenly as whole numbers go."""
    return [total // n + (place < total % n) for place in range(n)] if n else []
