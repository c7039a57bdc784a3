"""Chats as text: what a tokenizer's own template writes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from alignment_core.data.records import message_text
from alignment_core.data.template_date import kept_date, reads_clock, with_fixed_clock
from alignment_core.data.trimming import Messages
from alignment_core.errors import Refused

PROBE = "accord"  # a message that spells nothing
# What Python raises inside a template that was not written for the messages it is given.
FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class ChatTemplate:
    """Writes chats with a tokenizer's template, on one day."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, day: date | None = None) -> None:
        self.tokenizer = tokenizer
        self.day = kept_date(tokenizer) or day or datetime.now(UTC).date()

    def render(self, messages: Messages, *, add_generation_prompt: bool) -> str:
        """The messages as the template writes them. Raises: Refused if it does not take them."""
        # Most templates know strings only: some would write a list's Python form into the prompt.
        chat = [{**message, "content": message_text(message)} for message in messages]
        try:
            text = self.tokenizer.apply_chat_template(
                chat,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                **self._fixed_clock(),
            )
        except FAILURES as error:  # such as for a system message, or two users' in a row
            raise Refused(
                f"the chat template refuses this prompt: {error}",
                field="prompt",
                value=prompt_as_text(messages),
            ) from error
        return str(text)

    def written(self) -> str:
        """All that the template may write beside messages: its source, and a chat."""
        chat = [{"role": role, "content": PROBE} for role in ("user", "assistant")]
        texts = [self.render(chat[:n], add_generation_prompt=n == 1) for n in (1, 2)]
        return "\0".join([str(self.tokenizer.chat_template), *texts])

    def _fixed_clock(self) -> dict[str, Any]:
        if not reads_clock(self.tokenizer):
            return {}
        template = self.tokenizer.get_chat_template()
        with_clock, given = with_fixed_clock(template, self.day)
        return {"chat_template": with_clock, **given}


def prompt_as_text(messages: Messages) -> str:
    """A prompt for people to read: one message a paragraph."""
    return "\n\n".join(f"{message['role']}: {message_text(message)}" for message in messages)
