"""Chats as text: what a tokenizer's own template writes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from alignment_core.data.records import message_text
from alignment_core.data.template_date import kept_date, reads_clock, with_fixed_clock
from alignment_core.data.trimming import Messages
from alignment_core.errors import RecordRefused

PROBE = "accord"  # a message that spells nothing
FOLDS_AS = "fold_system"  # in tokenizer_config.json
# What Python raises inside a template that was not written for the messages it is given.
FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class ChatTemplate:
    """Writes chats with a tokenizer's template, on one day.

    Args:
        day: where none is kept with the tokenizer; by default that on which this is made.
        folds_system: whether a system message for which the template has no place goes in front of
            the next words of the user; also where that is kept with the tokenizer.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        day: date | None = None,
        folds_system: bool = False,
    ) -> None:
        self.tokenizer = tokenizer
        self.day = kept_date(tokenizer) or day or datetime.now(UTC).date()
        self.folds_system = folds_system or tokenizer.init_kwargs.get(FOLDS_AS) is True

    def render(self, messages: Messages, *, add_generation_prompt: bool) -> str:
        """The messages as the template writes them. Raises: RecordRefused if it does not."""
        # Most templates know strings only: some would write a list's Python form into the prompt.
        chat = [{**message, "content": message_text(message)} for message in messages]
        is_out_of_place = self._lacks_place_for(chat)
        if is_out_of_place and self.folds_system:
            chat, is_out_of_place = with_system_folded(chat), False
        try:
            text = self._write(chat, add_generation_prompt=add_generation_prompt)
            if is_out_of_place:
                raise TemplateError("it leaves the system message out")
        except FAILURES as error:  # such as for two messages of the user in a row
            raise RecordRefused(
                "no_place_for_system" if is_out_of_place else _reason(chat),
                f"the chat template refuses this prompt: {error}",
                field="prompt",
                value=prompt_as_text(messages),
            ) from error
        return text

    def _lacks_place_for(self, chat: Messages) -> bool:
        has_system = any(message["role"] == "system" for message in chat)
        return has_system and not self.has_place_for_system

    @cached_property
    def has_place_for_system(self) -> bool:
        """Whether the template writes a system message; some refuse it, some leave it out."""
        chat = [{"role": role, "content": f"{PROBE} {role}"} for role in ("system", "user")]
        try:
            return f"{PROBE} system" in self._write(chat, add_generation_prompt=True)
        except FAILURES:
            return False

    def written(self) -> str:
        """All that the template may write beside messages: its source, and a chat."""
        chat = [{"role": role, "content": PROBE} for role in ("user", "assistant")]
        texts = [self.render(chat[:n], add_generation_prompt=n == 1) for n in (1, 2)]
        return "\0".join([str(self.tokenizer.chat_template), *texts])

    def _write(self, chat: list[dict[str, Any]], *, add_generation_prompt: bool) -> str:
        text = self.tokenizer.apply_chat_template(
            chat,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            **self._fixed_clock(),
        )
        return str(text)

    def _fixed_clock(self) -> dict[str, Any]:
        if not reads_clock(self.tokenizer):
            return {}
        template = self.tokenizer.get_chat_template()
        with_clock, given = with_fixed_clock(template, self.day)
        return {"chat_template": with_clock, **given}


def with_system_folded(messages: Messages) -> list[dict[str, Any]]:
    """The messages with the words of each system message before the user's next ones.

    An empty line parts the two. Where the user says nothing more, the system message stays.
    """
    folded: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for message in map(dict, messages):
        if message["role"] == "system":
            waiting.append(message)
        elif message["role"] == "user" and waiting:
            texts = [message_text(one) for one in (*waiting, message)]
            folded.append({**message, "content": "\n\n".join(texts)})
            waiting = []
        else:
            folded.append(message)
    return folded + waiting


def keep_folding(tokenizer: PreTrainedTokenizerBase) -> None:
    """Keep with a tokenizer, wherever it is saved to, that system messages are folded."""
    tokenizer.init_kwargs[FOLDS_AS] = True


def prompt_as_text(messages: Messages) -> str:
    """A prompt for people to read: one message a paragraph."""
    return "\n\n".join(f"{message['role']}: {message_text(message)}" for message in messages)


def _reason(messages: Messages) -> str:
    """Why a template may refuse; user and assistant take turns, after any system messages."""
    roles = [message["role"] for message in messages]
    while roles[:1] == ["system"]:
        del roles[0]
    takes_turns = all(
        role == ("assistant" if place % 2 else "user") for place, role in enumerate(roles)
    )
    return "refused_by_template" if takes_turns else "roles_out_of_turn"
