"""Prompts and completions to token ids.

The prompt is encoded alone, exactly as generation feeds it, so it is the same for both sides of a
pair. The completion is what the joint encoding adds to it. Where the joint encoding does not begin
with the prompt's ids (a merge across the boundary), the completion is encoded by itself and the
mismatch counted: cutting at the prompt's length would drop or double characters. A completion ends
with its first end-of-turn token, exactly one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from alignment_core.data.records import message_text
from alignment_core.errors import LoadingError, Refused

Messages = Sequence[Mapping[str, Any]]
SENTINEL = "\n"  # no merge rule of the usual tokenizers reaches across a line break


@dataclass(frozen=True, slots=True)
class TokenizedExample:
    """One prompt with the completions that a method reads: one for SFT, chosen and rejected
    for pairs. Each completion ends with its end-of-turn token."""

    id: str
    prompt_ids: list[int]
    completions: tuple[list[int], ...]

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
    dropped: Counter[str] = field(default_factory=Counter)


class ChatEncoder:
    """Encodes chats with a tokenizer's own template.

    Raises: LoadingError if the tokenizer has no end-of-turn token to learn.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self.bos_ids: list[int] = _leading_bos(tokenizer)
        self.template_end_id = self._end_id_of_template()
        if self.template_end_id is None and tokenizer.eos_token_id is None:
            raise LoadingError("the tokenizer has no end-of-sequence token, so no completion ends")
        own_end = self.template_end_id
        self.end_id: int = tokenizer.eos_token_id if own_end is None else own_end
        self.end_ids = {self.end_id, tokenizer.eos_token_id} - {None}

    def prompt_text(self, messages: Messages) -> str:
        """The prompt as the template writes it, up to where the assistant begins."""
        return self._render(messages, add_generation_prompt=True)

    def joint_text(self, messages: Messages, completion: str) -> str:
        """Prompt and completion as the template writes them."""
        turn = {"role": "assistant", "content": completion}
        return self._render([*messages, turn], add_generation_prompt=False)

    def prompt_ids(self, messages: Messages) -> list[int]:
        """What generation is fed: the prompt encoded alone."""
        return self._with_bos(self._encode(self.prompt_text(messages)))

    def completion_ids(
        self, messages: Messages, completion: str, *, prompt_ids: list[int]
    ) -> tuple[list[int], bool]:
        """The completion's ids through its end of turn, and whether the boundary merged."""
        joint_text = self.joint_text(messages, completion)
        joint_ids = self._with_bos(self._encode(joint_text))
        merged = joint_ids[: len(prompt_ids)] != prompt_ids
        if not merged:
            ids = joint_ids[len(prompt_ids) :]
        else:
            prompt_text = self.prompt_text(messages)
            starts_alike = joint_text.startswith(prompt_text)
            ids = self._encode_alone(joint_text[len(prompt_text) :] if starts_alike else completion)
        return self._through_end_of_turn(ids), merged

    def decode(self, ids: list[int], *, keep_special: bool = False) -> str:
        """Ids as text, without special tokens unless they are asked for."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=not keep_special))

    def _render(self, messages: Messages, *, add_generation_prompt: bool) -> str:
        # Most templates know strings only: some would write a list's Python form into the prompt.
        chat = [{**message, "content": message_text(message)} for message in messages]
        try:
            text = self.tokenizer.apply_chat_template(
                chat, tokenize=False, add_generation_prompt=add_generation_prompt
            )
        except TemplateError as error:  # such as for a system message, or two users' in a row
            raise Refused(
                f"the chat template refuses this prompt: {error}",
                field="prompt",
                value=prompt_as_text(messages),
            ) from error
        return str(text)

    def _encode(self, text: str) -> list[int]:
        # The template has written every special token it wants; verbose=False leaves out the
        # warning about length, as over-length sequences are counted and dropped by name.
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return list(ids)

    def _encode_alone(self, text: str) -> list[int]:
        """Encode a continuation without the space that SentencePiece puts before a text."""
        with_sentinel = self._encode(SENTINEL + text)
        sentinel = self._encode(SENTINEL)
        if with_sentinel[: len(sentinel)] == sentinel:
            return with_sentinel[len(sentinel) :]
        return self._encode(text)

    def _with_bos(self, ids: list[int]) -> list[int]:
        if self.bos_ids and ids[:1] != self.bos_ids:
            return self.bos_ids + ids
        return ids

    def _through_end_of_turn(self, ids: list[int]) -> list[int]:
        for place, token in enumerate(ids):
            if token in self.end_ids:
                return ids[: place + 1]
        return [*ids, self.end_id]

    def _end_id_of_template(self) -> int | None:
        """The first special token that the template writes after the assistant's words."""
        mark = "accord"
        text = self.joint_text([{"role": "user", "content": mark}], mark)
        after = text[text.rindex(mark) + len(mark) :]
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.added_tokens_decoder)
        return next((token for token in self._encode(after) if token in special), None)


def tokenize_example(
    encoder: ChatEncoder,
    counts: TokenizationCounts,
    *,
    id: str,
    messages: Messages,
    completions: Sequence[str],
    max_length: int,
) -> TokenizedExample | None:
    """Ids of one prompt and its completions, or None with the reason counted.

    A sequence that is too long loses its oldest turns, at message boundaries, never a token of a
    completion. Both sides of a pair keep the same prompt.
    """
    for shortened in shorter_prompts(messages):
        prompt_ids = encoder.prompt_ids(shortened)
        encoded = [
            encoder.completion_ids(shortened, text, prompt_ids=prompt_ids) for text in completions
        ]
        sides = tuple(ids for ids, _ in encoded)
        reason = _reason_to_drop(sides, encoder)
        if reason is not None:
            counts.dropped[reason] += 1
            return None
        example = TokenizedExample(id, prompt_ids, sides)
        if example.n_tokens <= max_length:
            counts.n_prompts_trimmed += len(shortened) < len(messages)
            counts.n_boundary_mismatches += sum(merged for _, merged in encoded)
            return example
    counts.dropped["over_length"] += 1
    return None


def shorter_prompts(messages: Messages) -> Iterator[Messages]:
    """The prompt, then the same with ever more of its oldest turns left out.

    Leading system messages stay, and every shortened prompt begins with a user's turn.
    """
    yield messages
    n_system = 0
    while n_system < len(messages) and messages[n_system]["role"] == "system":
        n_system += 1
    for place in range(n_system + 1, len(messages)):
        if messages[place]["role"] == "user":
            yield [*messages[:n_system], *messages[place:]]


def prompt_as_text(messages: Messages) -> str:
    """A prompt for people to read: one message a paragraph."""
    return "\n\n".join(f"{message['role']}: {message_text(message)}" for message in messages)


def _reason_to_drop(sides: Sequence[list[int]], encoder: ChatEncoder) -> str | None:
    if any(len(ids) == 0 or ids[0] in encoder.end_ids for ids in sides):
        return "empty_completion"
    if len(sides) == 2 and sides[0] == sides[1]:
        return "equal_completions"
    return None


def _leading_bos(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The beginning-of-sequence id if this tokenizer puts one before a text, else nothing."""
    if tokenizer.bos_token_id is None:
        return []
    ids = list(tokenizer("a", add_special_tokens=True)["input_ids"])
    return [tokenizer.bos_token_id] if ids[:1] == [tokenizer.bos_token_id] else []
