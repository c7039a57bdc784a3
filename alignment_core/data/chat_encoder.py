"""A chat and its answers to token ids, by a tokenizer's own template.

The prompt is encoded alone, exactly as generation feeds it, so it is the same for both sides of a
pair. The completion is what the joint encoding adds to it. Where the joint encoding does not begin
with the prompt's ids (a merge across the boundary), the completion is encoded by itself and the
mismatch counted: cutting at the prompt's length would drop or double characters. A completion ends
with its first end-of-turn token, exactly one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from alignment_core.data.chat_rendering import PROBE, ChatTemplate
from alignment_core.data.continuation import OF_CONTINUATION, after_opening, whole
from alignment_core.data.control_tokens import ControlTokens
from alignment_core.data.encoding import Encoding
from alignment_core.data.records import message_text
from alignment_core.data.section_encoding import Sections
from alignment_core.data.trimming import Messages
from alignment_core.errors import LoadingError, RecordRefused

SENTINEL = "\n"  # no merge rule of the usual tokenizers reaches across a line break


class _Way(NamedTuple):
    """How a message's text goes into the template, and what that wrote becomes ids."""

    text: Callable[[str], str]
    ids: Callable[[str], list[int]]


class ChatEncoder:
    """Encodes chats with a tokenizer's own template, which is told one day as today's.

    Control tokens are what the template writes: a message or a completion that spells one is read
    as text.

    What counts is which ids occur, not how many the tokenizer knows of: Gemma 3 1B ships with one
    more than it has embeddings, which no text without an image needs.

    Raises: LoadingError if the tokenizer has no end-of-turn token to learn; Refused for a text with
        an id that has no embedding.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        n_embeddings: int | None = None,
        day: date | None = None,
        folds_system: bool = False,
    ) -> None:
        """
        Args:
            n_embeddings: ids that the model has an embedding for, from 0 on; None if any goes.
            day, folds_system: as of `ChatTemplate`.
        """
        self.tokenizer = tokenizer
        self.n_embeddings = n_embeddings
        self.template = ChatTemplate(tokenizer, day=day, folds_system=folds_system)
        self.bos_ids: list[int] = _leading_bos(tokenizer)
        probes = self._probes()
        self._encoding = Encoding(tokenizer, probes=probes)
        self._sections = Sections(tokenizer, self._encode_each, probes=probes)
        self.template_end_id = self._end_id_of_template()
        if self.template_end_id is None and tokenizer.eos_token_id is None:
            raise LoadingError("the tokenizer has no end-of-sequence token, so no completion ends")
        own_end = self.template_end_id
        self.end_id: int = tokenizer.eos_token_id if own_end is None else own_end
        self.end_ids = {self.end_id, tokenizer.eos_token_id} - {None}
        self._check_embedded([*self.bos_ids, self.end_id], "")
        self.control = ControlTokens(tokenizer, written=self.template.written())
        self._turn_mark = self._turn_mark_in_words()
        lead = self._text_before_answer()
        self._answer_mark = self._encode(lead) if self.control.are_spelt_in(lead) else []
        self._answer_space = lead if lead.isspace() else ""
        self._after_answer = self._text_after_answer()
        self._plainly = _Way(str, self._encode)
        self._apart = _Way(self.control.hidden, self._encode_apart)

    @property
    def day(self) -> date:
        """What a template that reads the clock is told."""
        return self.template.day

    @property
    def folds_system(self) -> bool:
        """Whether a system message without a place in the template goes to the user's words."""
        return self.template.folds_system

    def prompt_text(self, messages: Messages) -> str:
        """The prompt as the template writes it, up to where the assistant begins."""
        return self.template.render(messages, add_generation_prompt=True)

    def joint_text(self, messages: Messages, completion: str) -> str:
        """Prompt and completion as the template writes them."""
        turn = {"role": "assistant", "content": completion}
        return self.template.render([*messages, turn], add_generation_prompt=False)

    def prompt_ids(self, messages: Messages) -> list[int]:
        """What generation is fed: the prompt encoded alone."""
        way = self._way(messages)
        return self._with_bos(way.ids(self.prompt_text(_written(messages, way))))

    def completion_ids(
        self, messages: Messages, completion: str, *, prompt_ids: list[int]
    ) -> tuple[list[int], bool]:
        """The completion's ids through its end of turn, and whether the boundary merged."""
        way = self._way(messages, completion)
        messages, completion = _written(messages, way), way.text(completion)
        joint_text = self.joint_text(messages, completion)
        joint_ids = self._with_bos(way.ids(joint_text))
        goes_on = joint_ids[: len(prompt_ids)] == prompt_ids
        is_whole = joint_text.endswith(completion.strip() + self._after_answer)
        if not (goes_on and is_whole):
            prompt_text = self.prompt_text(messages)
            if not joint_text.startswith(prompt_text):
                rest = after_opening(completion, prompt_text, self.joint_text(messages, PROBE))
                return self._through_end_of_turn(_ids_of_continuation(rest, way)), False
            written = joint_text[len(prompt_text) :]
            rest = whole(completion, written, prompt_text, self.joint_text(messages, PROBE))
            if not goes_on or rest != written:
                return self._through_end_of_turn(_ids_of_continuation(rest, way)), not goes_on
        return self._through_end_of_turn(joint_ids[len(prompt_ids) :]), False

    def sampled_ids(self, messages: Messages, answer: str, *, prompt_ids: list[int]) -> list[int]:
        """Ids of an answer that was sampled: as `completion_ids`, or as it stands.

        A sample goes on from the prompt whatever a template makes of it in a record: one may leave
        a thought open that the prompt began, or say what the template would drop.
        """
        try:
            return self.completion_ids(messages, answer, prompt_ids=prompt_ids)[0]
        except RecordRefused as error:
            if error.reason not in OF_CONTINUATION:
                raise
        way = self._way(messages, answer)
        return self._through_end_of_turn(_ids_of_continuation(way.text(answer), way))

    def spells_turn_mark(self, text: str) -> bool:
        """Whether a text holds what the template writes before the assistant's words, in words.

        Nobody can tell the two apart then, the model included.
        """
        return self._turn_mark is not None and self._turn_mark in text

    def decode(self, ids: list[int], *, keep_special: bool = False) -> str:
        """Ids as text, to the last space; without special tokens unless they are asked for."""
        text = self.tokenizer.decode(
            ids, skip_special_tokens=not keep_special, clean_up_tokenization_spaces=False
        )
        return str(text)

    def answer(self, ids: list[int]) -> str:
        """A sampled answer as text, without the marks that the template writes before one.

        Those of gpt-oss name a channel: a word that only skipping control tokens would leave.
        After `Assistant:` it is a space, which would be written twice where the answer is read.
        """
        mark = self._answer_mark
        for place in range(len(ids) - len(mark), -1, -1) if mark else ():
            if ids[place : place + len(mark)] == mark:
                return self.decode(ids[place + len(mark) :])
        return self.decode(ids).removeprefix(self._answer_space)

    def _way(self, messages: Messages, *completions: str) -> _Way:
        texts = (*map(message_text, messages), *completions)
        return self._apart if any(map(self.control.are_spelt_in, texts)) else self._plainly

    def _encode(self, text: str) -> list[int]:
        ids = self._sections.ids(text)
        self._check_embedded(ids, text)
        return ids

    def _encode_each(self, texts: list[str]) -> list[list[int]]:
        # The template has written every special token it wants.
        return self._encoding(texts)

    def _probes(self) -> list[str]:
        """Chats with spaces and line breaks where they may be lost."""
        says = ("a b", " a\n\nb ", "\n", "  A ", "\t1")
        texts = [self.joint_text([{"role": "user", "content": one}], one) for one in says]
        return [*texts, "".join(texts)]

    def _encode_apart(self, written: str) -> list[int]:
        ids = self.control.ids(written)
        self._check_embedded(ids, written)
        return ids

    def _check_embedded(self, ids: list[int], text: str) -> None:
        highest = max(ids, default=0)
        if self.n_embeddings is not None and highest >= self.n_embeddings:
            raise RecordRefused(
                "no_embedding",
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

    def _with_bos(self, ids: list[int]) -> list[int]:
        if self.bos_ids and ids[:1] != self.bos_ids:
            return self.bos_ids + ids
        return ids

    def _through_end_of_turn(self, ids: list[int]) -> list[int]:
        for place, token in enumerate(ids):
            if token in self.end_ids:
                return ids[: place + 1]
        return [*ids, self.end_id]

    def _turn_mark_in_words(self) -> str | None:
        user, assistant = (
            {"role": "user", "content": PROBE},
            {"role": "assistant", "content": PROBE},
        )
        _, between, *_ = self.template.render([user, assistant], add_generation_prompt=False).split(
            PROBE
        )
        mark = between.strip(" ")
        return None if not mark.strip() or self.control.are_spelt_in(mark) else mark

    def _text_before_answer(self) -> str:
        """What the template writes between prompt and answer; empty where that is not known."""
        ask = [{"role": "user", "content": PROBE}]
        prompt_text, joint_text = self.prompt_text(ask), self.joint_text(ask, PROBE)
        if not joint_text.startswith(prompt_text):
            return ""
        return joint_text[len(prompt_text) : joint_text.rindex(PROBE)]

    def _text_after_answer(self) -> str:
        """What the template writes after the assistant's words."""
        text = self.joint_text([{"role": "user", "content": PROBE}], PROBE)
        return text[text.rindex(PROBE) + len(PROBE) :]

    def _end_id_of_template(self) -> int | None:
        """The first special token that the template writes after the assistant's words."""
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.added_tokens_decoder)
        ids = self._encode(self._text_after_answer())
        return next((token for token in ids if token in special), None)


def _written(messages: Messages, way: _Way) -> Messages:
    return [{**message, "content": way.text(message_text(message))} for message in messages]


def _ids_of_continuation(text: str, way: _Way) -> list[int]:
    """Ids of a text that goes on, without the space that SentencePiece puts before a text."""
    with_sentinel, sentinel = way.ids(SENTINEL + text), way.ids(SENTINEL)
    if with_sentinel[: len(sentinel)] == sentinel:
        return with_sentinel[len(sentinel) :]
    return way.ids(text)


def _leading_bos(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The beginning-of-sequence id if this tokenizer puts one before a text, else nothing."""
    if tokenizer.bos_token_id is None:
        return []
    ids = list(tokenizer("a", add_special_tokens=True)["input_ids"])
    return [tokenizer.bos_token_id] if ids[:1] == [tokenizer.bos_token_id] else []
