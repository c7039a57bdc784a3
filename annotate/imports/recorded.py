"""What becomes of a preference, or of votes, that a row brings along."""

from collections import Counter
from dataclasses import replace

from alignment_core.formats.checks import refuse_empty
from alignment_core.formats.rows import Exported, NewComparison, Vote
from annotate.imports.given_votes import ruling_of
from annotate.models import RecordedUse, Verdict

RECORDED = "recorded"  # the annotator of a preference whose annotators are not named


def as_recorded(row: NewComparison, use: str) -> NewComparison:
    """Held aside, votes become the verdict on record; counted, a recorded verdict is one vote.

    Raises: RowError for an empty completion that people here would be asked about.
    """
    if use == RecordedUse.COUNT:
        if row.votes or not row.recorded_verdict or ruling_of(row) is not None:
            return row
        return replace(row, votes=(Vote(annotator=RECORDED, verdict=row.recorded_verdict),))
    if not row.votes:
        return row
    refuse_empty(row)
    return replace(
        row,
        votes=(),
        recorded_verdict=row.recorded_verdict
        or most_said(Counter(vote.verdict for vote in row.votes)),
        exported=_before_votes(row.exported),
    )


def _before_votes(exported: Exported | None) -> Exported | None:
    """A comparison of ours as people here will judge it afresh: without a ruling."""
    return None if exported is None else replace(exported, ruling=None, is_swapped=False)


def is_unnamed(row: NewComparison) -> bool:
    """Whether the one vote of a row is the preference on record, of nobody who is named."""
    return bool(row.recorded_verdict) and [vote.annotator for vote in row.votes] == [RECORDED]


def unnamed_voter(number: int) -> str:
    """What the voter of the first, second, … row is called that prefers without a name."""
    return RECORDED if number == 1 else f"{RECORDED}\0{number}"  # which no file can name


def most_said(verdicts: Counter[str]) -> str:
    """The verdict that is there most often; two that are there equally often are a tie."""
    ranked = verdicts.most_common(2)
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return Verdict.TIE
    return ranked[0][0]
