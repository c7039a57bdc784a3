"""What every format is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FIRST, SECOND, TIE, BOTH_BAD = "first", "second", "tie", "both_bad"


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What somebody elsewhere said of a pair: `verdict` names the completions as the row does."""

    annotator: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class NewComparison:
    """Two completions of a prompt, as they came. Texts are kept byte for byte."""

    messages: list[dict[str, Any]]
    first_text: str
    second_text: str
    first_origin: str = ""
    second_origin: str = ""
    sampling: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    language: str = ""
    external_id: str = ""
    recorded_verdict: str = ""
    votes: tuple[Vote, ...] = ()

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
    is_good: bool | None = None  # None where nobody said
    tags: list[str] = field(default_factory=list)
    language: str = ""
    external_id: str = ""
