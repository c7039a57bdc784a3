"""Votes of several annotators on responses a and b: in a list for each task, or one a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import NewComparison, Vote

NEEDS = ("prompt", "response_a", "response_b", "votes")
LONG_NEEDS = ("prompt", "response_a", "response_b", "annotator", "choice")


def fits(row: Mapping[str, Any]) -> bool:
    return isinstance(row["votes"], list)


def fits_long(row: Mapping[str, Any]) -> bool:
    return True


def parse(row: Mapping[str, Any]) -> NewComparison:
    votes = checks.required(row, "votes")
    if not isinstance(votes, list):
        raise RowError("votes", votes, "This should be a list of votes.")
    checked = tuple(
        _vote(f"votes[{place}]", vote) for place, vote in enumerate(votes) if not _is_missing(vote)
    )
    names = [vote.annotator for vote in checked]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise RowError(f"votes[{place}].annotator", name, "They have voted already.")
    return _comparison(row, checked)


def parse_long(row: Mapping[str, Any]) -> NewComparison:
    """Rows of the same task, wherever they stand, become votes of one comparison."""
    vote = Vote(
        annotator=checks.required_text(row, "annotator"),
        verdict=checks.choice("choice", checks.required(row, "choice")),
    )
    return _comparison(row, (vote,))


def _is_missing(vote: object) -> bool:
    """Whether somebody was asked and gave none: that costs no one else's vote."""
    return isinstance(vote, Mapping) and "choice" in vote and vote["choice"] in (None, "")


def _vote(field: str, vote: object) -> Vote:
    if not isinstance(vote, Mapping):
        raise RowError(field, vote, "This should be a vote with annotator and choice.")
    name = vote.get("annotator")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    return Vote(
        annotator=checks.text(f"{field}.annotator", name),
        verdict=checks.choice(f"{field}.choice", vote.get("choice")),
    )


def _comparison(row: Mapping[str, Any], votes: tuple[Vote, ...]) -> NewComparison:
    prompt = prompt_of(row, id_field="task_id")
    first = checks.text_or_nothing("response_a", checks.required(row, "response_a"))
    second = checks.text_or_nothing("response_b", checks.required(row, "response_b"))
    checks.different("response_b", first, second)
    return NewComparison(
        **prompt,
        first_text=first,
        second_text=second,
        first_origin=checks.optional_text(row, "model_a"),
        second_origin=checks.optional_text(row, "model_b"),
        votes=votes,
    )
