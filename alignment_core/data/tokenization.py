"""Records' prompts and completions as examples of token ids, with what happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from alignment_core.data.chat_encoder import ChatEncoder
from alignment_core.data.given_file import Record
from alignment_core.data.left_out import LeftOut
from alignment_core.data.records import PreferenceRecord, message_text
from alignment_core.data.trimming import Messages, fit_prompt
from alignment_core.errors import RecordError, RecordRefused

__all__ = [
    "ChatEncoder",
    "EncodedChat",
    "TokenizationCounts",
    "TokenizedExample",
    "encode_fitting",
    "tokenize_example",
]


WHY = {
    "empty_completion": "nothing is left of a completion",
    "equal_completions": "both completions have the same tokens",
}


@dataclass(frozen=True, slots=True)
class TokenizedExample:
    """One prompt with the completions that a method reads: one for SFT, chosen and rejected
    for pairs. Each completion ends with its end-of-turn token. Of a prompt that lost its oldest
    turns, `cut_from` is the whole."""

    id: str
    prompt_ids: list[int]
    completions: tuple[list[int], ...]
    cut_from: Messages | None = None

    @property
    def n_tokens(self) -> int:
        """Tokens of the longest sequence of this example."""
        return len(self.prompt_ids) + max(map(len, self.completions), default=0)

    @property
    def n_packed_tokens(self) -> int:
        """Tokens where all completions share their prompt."""
        return len(self.prompt_ids) + sum(len(completion) for completion in self.completions)


@dataclass(slots=True)
class TokenizationCounts:
    """What happened on the way to token ids."""

    n_boundary_mismatches: int = 0
    n_prompts_trimmed: int = 0
    n_control_tokens_spelt: int = 0  # records that hold what would be a control token
    n_turn_marks_spelt: int = 0  # records that hold what begins a turn in words
    dropped: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)  # of these, what cannot be used at all

    n_unreadable: int = 0  # rows that hold no record

    def readable(self, rows: Iterable[Record]) -> Iterator[tuple[int, PreferenceRecord]]:
        """The records of these rows; one that cannot be read is left out and counted."""
        for row, id, record in rows:
            if isinstance(record, RecordError):
                self.n_unreadable += 1
                self.leave_out(record.reason, row=row, id=id, why=record.message)
            else:
                yield row, record

    @contextmanager
    def leaving_out(self, row: int, id: str) -> Iterator[None]:
        """Leave out a record that a template or a tokenizer refuses within."""
        try:
            yield
        except RecordRefused as error:
            self.leave_out(error.reason, row=row, id=id, why=error.message)

    def leave_out(self, reason: str, *, row: int, id: str | None, why: str) -> None:
        """Count a record that cannot be used."""
        self.dropped[reason] += 1
        self.left_out.append(LeftOut(reason, row, id, why))

    def count_spelt(
        self, encoder: ChatEncoder, messages: Messages, completions: Sequence[str] = ()
    ) -> None:
        """Count a record by what its texts spell of the template's own marks."""
        texts = (*map(message_text, messages), *completions)
        self.n_control_tokens_spelt += any(map(encoder.control.are_spelt_in, texts))
        self.n_turn_marks_spelt += any(map(encoder.spells_turn_mark, texts))


def tokenize_example(
    encoder: ChatEncoder,
    counts: TokenizationCounts,
    *,
    id: str,
    messages: Messages,
    completions: Sequence[str],
    max_length: int,
    row: int = 0,
) -> TokenizedExample | None:
    """Ids of one prompt and its completions, or None with the reason counted.

    Args: id, row: of the record. messages: its prompt. completions: to encode with it.

    A sequence that is too long loses its oldest turns, at message boundaries, never a token of a
    completion. Both sides of a pair keep the same prompt.
    """
    encoded = encode_fitting(encoder, messages, completions, max_length=max_length)
    reason = "over_length" if encoded is None else _reason_to_drop(encoded.completions, encoder)
    if not all(text.strip() for text in completions):  # a template may write more than nothing
        reason = "empty_completion"
    if reason is not None and reason != "over_length":
        counts.leave_out(reason, row=row, id=id, why=WHY[reason])
        return None
    if encoded is None:
        counts.dropped["over_length"] += 1
        return None
    is_cut = encoded.n_messages < len(messages)
    counts.n_prompts_trimmed += is_cut
    counts.n_boundary_mismatches += encoded.n_merged
    counts.count_spelt(encoder, messages, completions)
    cut_from = messages if is_cut else None
    return TokenizedExample(id, encoded.prompt_ids, encoded.completions, cut_from)


@dataclass(frozen=True, slots=True)
class EncodedChat:
    """Ids of a prompt, of how many messages, and of completions, so many of them merged with it."""

    prompt_ids: list[int]
    n_messages: int
    completions: tuple[list[int], ...]
    n_merged: int

    @property
    def n_tokens(self) -> int:
        """Tokens with the longest completion."""
        return len(self.prompt_ids) + max(map(len, self.completions), default=0)


def encode_fitting(
    encoder: ChatEncoder,
    messages: Messages,
    completions: Sequence[str],
    *,
    max_length: int,
    are_samples: bool = False,
) -> EncodedChat | None:
    """Ids of as much of a prompt as fits with each of its completions; None if nothing does.

    Args: are_samples: the completions were sampled, as of `ChatEncoder.sampled_ids`.
    """
    chats = _Chats(encoder, completions, are_samples=are_samples)
    for n_tokens in (chats.n_tokens_or_nearly, lambda prompt: chats.encoded(prompt).n_tokens):
        fitting = fit_prompt(messages, limit=max_length, n_tokens=n_tokens)
        if fitting is None:
            return None
        encoded = chats.encoded(fitting)
        if encoded.n_tokens <= max_length:
            return encoded
    return None


class _Chats:
    """Prompts of several lengths with the same completions, each encoded once."""

    def __init__(
        self, encoder: ChatEncoder, completions: Sequence[str], *, are_samples: bool
    ) -> None:
        self.encoder = encoder
        self.completions = completions
        self.are_samples = are_samples
        self.by_length: dict[int, EncodedChat] = {}
        self.prompts: dict[int, list[int]] = {}

    def encoded(self, prompt: Messages) -> EncodedChat:
        if len(prompt) not in self.by_length:
            self.by_length[len(prompt)] = self._encode(prompt)
        return self.by_length[len(prompt)]

    def n_tokens_or_nearly(self, prompt: Messages) -> int:
        """A completion hardly depends on its prompt, so its length is not asked for each time."""
        if not self.by_length:
            return self.encoded(prompt).n_tokens
        one = next(iter(self.by_length.values()))
        return len(self._prompt_ids(prompt)) + one.n_tokens - len(one.prompt_ids)

    def _prompt_ids(self, prompt: Messages) -> list[int]:
        if len(prompt) not in self.prompts:
            self.prompts[len(prompt)] = self.encoder.prompt_ids(prompt)
        return self.prompts[len(prompt)]

    def _encode(self, prompt: Messages) -> EncodedChat:
        prompt_ids = self._prompt_ids(prompt)
        if self.are_samples:
            sides = [
                (self.encoder.sampled_ids(prompt, text, prompt_ids=prompt_ids), False)
                for text in self.completions
            ]
        else:
            sides = [
                self.encoder.completion_ids(prompt, text, prompt_ids=prompt_ids)
                for text in self.completions
            ]
        return EncodedChat(
            prompt_ids=prompt_ids,
            n_messages=len(prompt),
            completions=tuple(ids for ids, _ in sides),
            n_merged=sum(merged for _, merged in sides),
        )


def _reason_to_drop(sides: Sequence[list[int]], encoder: ChatEncoder) -> str | None:
    if any(len(ids) == 0 or ids[0] in encoder.end_ids for ids in sides):
        return "empty_completion"
    if len(sides) == 2 and sides[0] == sides[1]:
        return "equal_completions"
    return None
