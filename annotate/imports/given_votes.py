"""Votes of a file as rows of judgements, with all that our own exports say of them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from alignment_core.formats.rows import NewComparison, Ruling, VoteDetails
from annotate.database.bulk_insert import insert
from annotate.models import Adjudication, Judgement, Project

SWAPPED = {"first": "second", "second": "first"}


@dataclass(frozen=True, slots=True)
class GivenVote:
    """A vote as it will be stored; `is_swapped`: its file names the completions the other way."""

    verdict: str
    details: VoteDetails | None = None
    is_swapped: bool = False

    @property
    def is_counted(self) -> bool:
        return self.details is None or self.details.is_counted


def as_stored(verdict: str, is_swapped: bool) -> str:
    return SWAPPED.get(verdict, verdict) if is_swapped else verdict


def turned(first_was_left: bool | None, is_swapped: bool) -> bool | None:
    """On which side the first answer was, where the file calls the second one so."""
    return None if first_was_left is None else first_was_left != is_swapped


def derived_id(project: Project, exported: UUID | None, *content: object) -> UUID:
    """An id of this project for a row that had another where it was exported.

    Its first half stays, so rows and sides keep their order; the second is drawn from what the row
    is, so that no file can take the id of something else.
    """
    if exported is None:
        return uuid4()
    drawn = hashlib.sha256(repr((project.public_id, exported, *content)).encode()).digest()
    return UUID(bytes=exported.bytes[:8] + drawn[:8])


def insert_votes(project: Project, votes: Mapping[int, Mapping[int, GivenVote]]) -> int:
    """Store judgements: those of a comparison's id by the annotator's; how many there are."""
    plain: list[dict[str, Any]] = []
    detailed: list[dict[str, Any]] = []
    timed: list[dict[str, Any]] = []
    for comparison, of_pair in votes.items():
        for annotator, vote in of_pair.items():
            row = {
                "project_id": project.pk,
                "comparison_id": comparison,
                "annotator_id": annotator,
                "verdict": vote.verdict,
                "guidelines_version": 0,  # judged elsewhere, by other guidelines
                "key": f"import:{comparison}",
            }
            if vote.details is None:
                plain.append(row)
                continue
            row |= _details(project, vote, vote.details, comparison, annotator)
            (timed if "judged_at" in row else detailed).append(row)
    return sum(len(insert(Judgement, rows)) for rows in (plain, detailed, timed))


def _details(
    project: Project, vote: GivenVote, details: VoteDetails, comparison: int, annotator: int
) -> dict[str, Any]:
    acceptable = details.first_acceptable, details.second_acceptable
    if vote.is_swapped:
        acceptable = acceptable[::-1]
    row = {
        "public_id": derived_id(project, details.id, comparison, annotator),
        "strength": details.strength,
        "criteria": {
            name: _turned(rating) if vote.is_swapped else rating
            for name, rating in details.criteria.items()
        },
        "reasons": details.reasons,
        "note": details.note,
        "edited_text": details.edited_text,
        "first_acceptable": acceptable[0],
        "second_acceptable": acceptable[1],
        "seconds": details.seconds,
        "first_was_left": turned(details.first_was_left, vote.is_swapped),
        "guidelines_version": details.guidelines_version,
        "is_counted": details.is_counted,
    }
    return row if details.judged_at is None else {**row, "judged_at": details.judged_at}


def _turned(rating: Any) -> Any:
    """What is said of the first completion of a file, said of the one stored as second."""
    if not isinstance(rating, dict) or not set(rating) <= {"first", "second"}:
        return rating
    other = {"first": "second", "second": "first"}
    return {other[side]: value for side, value in rating.items()}


def insert_rulings(rulings: Iterable[tuple[int, int, Ruling, bool]]) -> None:
    """Store rulings: of a comparison, by a reviewer, and whether the file turns it round."""
    timed, untimed = [], []
    for comparison, reviewer, ruling, is_swapped in rulings:
        row = {
            "comparison_id": comparison,
            "reviewer_id": reviewer,
            "verdict": as_stored(ruling.verdict, is_swapped),
            "note": ruling.note,
            "first_was_left": turned(ruling.first_was_left, is_swapped),
        }
        if ruling.ruled_at is None:
            untimed.append(row)
        else:
            timed.append({**row, "ruled_at": ruling.ruled_at})
    insert(Adjudication, untimed)
    insert(Adjudication, timed)


def ruling_of(row: NewComparison) -> Ruling | None:
    return None if row.exported is None else row.exported.ruling
