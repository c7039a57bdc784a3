"""Prompts and completions to token ids.

The prompt is encoded alone, exactly as generation feeds it, so it is the same for both sides of a
pair. The completion is what the joint encoding adds to it. Where the joint encoding does not begin
with the prompt's ids (a merge across the boundary), the completion is encoded by itself and the
mismatch counted: cutting at the prompt's length would drop or double characters. A completion ends
with its first end-of-turn token, exactly one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from alignment_core.data.records import message_text
from alignment_core.data.trimming import Messages, fit_prompt
from alignment_core.errors import LoadingError, Refused

SENTINEL = "\n"  # no merge rule of the usual tokenizers reaches across a line break


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
    dropped: Counter[str] = field(default_factory=Counter)


class ChatEncoder:
    """Encodes chats with a tokenizer's own template.

    What counts is which ids occur, not how many the tokenizer knows of: Gemma 3 1B ships with one
    more than it has embeddings, which no text without an image needs.

    Raises: LoadingError if the tokenizer has no end-of-turn token to learn; Refused for a text with
        an id that has no embedding.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, n_embeddings: int | None = None
    ) -> None:
        """
        Args:
            n_embeddings: ids that the model has an embedding for, from 0 on; None if any goes.
        """
        self.tokenizer = tokenizer
        self.n_embeddings = n_embeddings
        self.bos_ids: list[int] = _leading_bos(tokenizer)
        self.template_end_id = self._end_id_of_template()
        if self.template_end_id is None and tokenizer.eos_token_id is None:
            raise LoadingError("the tokenizer has no end-of-sequence token, so no completion ends")
        own_end = self.template_end_id
        self.end_id: int = tokenizer.eos_token_id if own_end is None else own_end
        self.end_ids = {self.end_id, tokenizer.eos_token_id} - {None}
        self._check_embedded([*self.bos_ids, self.end_id], "")

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
        ids = list(self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
        self._check_embedded(ids, text)
        return ids

    def _check_embedded(self, ids: list[int], text: str) -> None:
        highest = max(ids, default=0)
        if self.n_embeddings is not None and highest >= self.n_embeddings:
            raise Refused(
                "the token {token} has the id {id}, but the model has embeddings for {n} ids only, "
                "from 0 on",
                field="text",
                value=text,
                parts={
                    "token": repr(self.tokenizer.convert_ids_to_tokens(highest)),
                    "id": highest,
                    "n": self.n_embeddings,
                },
            )

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
    encoded = encode_fitting(encoder, messages, completions, max_length=max_length)
    reason = "over_length" if encoded is None else _reason_to_drop(encoded.completions, encoder)
    if encoded is None or reason is not None:
        counts.dropped[str(reason)] += 1
        return None
    is_cut = encoded.n_messages < len(messages)
    counts.n_prompts_trimmed += is_cut
    counts.n_boundary_mismatches += encoded.n_merged
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
    encoder: ChatEncoder, messages: Messages, completions: Sequence[str], *, max_length: int
) -> EncodedChat | None:
    """Ids of as much of a prompt as fits with each of its completions; None if nothing does."""
    chats = _Chats(encoder, completions)
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

    def __init__(self, encoder: ChatEncoder, completions: Sequence[str]) -> None:
        self.encoder = encoder
        self.completions = completions
        self.by_length: dict[int, EncodedChat] = {}

    def encoded(self, prompt: Messages) -> EncodedChat:
        if len(prompt) not in self.by_length:
            self.by_length[len(prompt)] = self._encode(prompt)
        return self.by_length[len(prompt)]

    def n_tokens_or_nearly(self, prompt: Messages) -> int:
        """A completion hardly depends on its prompt, so its length is not asked for each time."""
        if not self.by_length:
            return self.encoded(prompt).n_tokens
        one = next(iter(self.by_length.values()))
        return len(self.encoder.prompt_ids(prompt)) + one.n_tokens - len(one.prompt_ids)

    def _encode(self, prompt: Messages) -> EncodedChat:
        prompt_ids = self.encoder.prompt_ids(prompt)
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
