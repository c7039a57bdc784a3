"""What every format is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

FIRST, SECOND, TIE, BOTH_BAD = "first", "second", "tie", "both_bad"


@dataclass(frozen=True, kw_only=True, slots=True)
class VoteDetails:
    """What our own exports say of a vote besides its verdict."""

    id: UUID | None = None
    kind: str = ""  # of its annotator; "" where the file does not say
    cohort: str = ""
    strength: int | None = None
    criteria: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    note: str = ""
    edited_text: str = ""
    first_acceptable: bool | None = None
    second_acceptable: bool | None = None
    seconds: float | None = None
    first_was_left: bool | None = None
    guidelines_version: int = 0
    is_counted: bool = True
    judged_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What somebody elsewhere said of a pair: `verdict` names the completions as the row does."""

    annotator: str
    verdict: str
    details: VoteDetails | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it took one of the places that were wanted."""
        return self.details is None or self.details.is_counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A reviewer's verdict, which stands whatever the votes say."""

    verdict: str
    reviewer: str
    kind: str = ""
    note: str = ""
    first_was_left: bool | None = None
    ruled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What our own exports say of a comparison besides its texts and votes.

    `keeps_order`: the first answer had the lower id, and is to have it again.
    """

    id: UUID | None = None
    first_id: UUID | None = None
    second_id: UUID | None = None
    first_sampling: dict[str, Any] | None = None
    second_sampling: dict[str, Any] | None = None
    gold_verdict: str = ""
    gold_also: str = ""  # where either is right
    wanted: int | None = None
    is_swapped: bool = False
    keeps_order: bool = False
    ruling: Ruling | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OfSet:
    """The set of completions that a comparison is one pair of: as many are ranked together."""

    id: UUID
    size: int


@dataclass(frozen=True, kw_only=True)
class NewComparison:
    """Two completions of a prompt, as they came. Texts are kept byte for byte."""

    messages: list[dict[str, Any]]
    first_text: str
    second_text: str
    first_origin: str = ""
    second_origin: str = ""
    samplings: tuple[dict[str, Any] | None, dict[str, Any] | None] = (None, None)
    tags: list[str] = field(default_factory=list)
    language: str = ""
    external_id: str = ""
    recorded_verdict: str = ""
    votes: tuple[Vote, ...] = ()
    exported: Exported | None = None
    of_set: OfSet | None = None

    @property
    def has_named_answers(self) -> bool:
        """Whether people voted on a first and a second answer under these very names.

        Chosen and rejected are named by the verdict, so their order says nothing else.
        """
        return bool(self.votes) and not self.recorded_verdict

    @property
    def n_characters(self) -> int:
        return len(self.first_text) + len(self.second_text) + len(str(self.messages))


@dataclass(frozen=True, kw_only=True)
class NewCompletion:
    """One completion of a prompt, or the prompt alone: to imitate, or good or bad by itself."""

    messages: list[dict[str, Any]]
    text: str | None = None
    turn: int | None = None  # place of the message, where a row holds several to learn
    is_good: bool | None = None  # None where nobody said
    score: float | None = None  # higher is better; None where nobody said
    tags: list[str] = field(default_factory=list)
    language: str = ""
    external_id: str = ""
