"""One comparison, with all that the rows of a batch say of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from alignment_core.formats.rows import NewComparison
from annotate.imports.given_votes import GivenVote
from annotate.imports.texts import Stored


class SetKey(NamedTuple):
    """A set of a file: its id there, its size, and the prompt's primary key here."""

    id: UUID
    size: int
    prompt: int


@dataclass
class SpokenOf:
    """A comparison that rows of this batch speak of: new, or there already with its `pk`."""

    row: NewComparison
    prompt: int  # its primary key
    first: Stored
    second: Stored
    recorded_verdict: str
    is_turned: bool  # the row that made it names the completions the other way
    is_swapped: bool  # the row's voters knew `second` as its first answer
    pk: int | None = None
    takes_votes: bool = True
    votes: dict[int, GivenVote] = field(default_factory=dict)  # by the annotator's pk
    voted_before: dict[int, str] = field(default_factory=dict)
    recorded: Counter[str] = field(default_factory=Counter)  # verdicts that rows have on record

    @property
    def said_first(self) -> str:
        """The verdict of the first row that had one on record."""
        return next(iter(self.recorded), "")

    @property
    def is_repeated(self) -> bool:
        """Whether more than one row of this import has a verdict on record."""
        return self.takes_votes and self.recorded.total() > 1

    @property
    def set_key(self) -> SetKey | None:
        """Which set its row says that it is of."""
        of_set = self.row.of_set
        return None if of_set is None else SetKey(of_set.id, of_set.size, self.prompt)

    def verdict_of(self, annotator: int) -> str | None:
        """What somebody has said of the pair; None if nothing."""
        if annotator in self.votes:
            return self.votes[annotator].verdict
        return self.voted_before.get(annotator)

    @property
    def counted(self) -> list[str]:
        """The verdicts that count."""
        return [vote.verdict for vote in self.votes.values() if vote.is_counted]
