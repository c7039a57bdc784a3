"""What of a completion goes on from its prompt, where the template does not simply write it.

An answer is sampled after the prompt without passing through the template, so what is learnt is the
completion as it stands, after what the template writes before any answer.
"""

from __future__ import annotations

import re

from alignment_core.data.chat_rendering import PROBE
from alignment_core.errors import RecordRefused

OPENED = re.compile(r"([<\[])(\w+[>\]])\s*$")  # such as <think>, at the end of a prompt
CHANGED, NO_CONTINUATION = "changed_by_template", "not_a_continuation"
OF_CONTINUATION = (CHANGED, NO_CONTINUATION)  # reasons for which a record is refused here
BREAKS = re.compile(r"\n*([<\[]/?\w+[>\]])\n*")  # around tags


def whole(completion: str, written: str, prompt_text: str, beside: str) -> str:
    """What the template wrote of a completion; the completion where that is not all of it.

    Some templates drop what was thought, cut a text, or write it in small letters. Spaces at its
    ends and line breaks around tags, such as those of a thought, are the template's.

    Args:
        written: after the prompt.
        prompt_text: what the prompt is written as.
        beside: what the prompt is written as with `PROBE` for an answer.
    Raises: RecordRefused if the template writes something else before this answer, or no answer.
    """
    if _but_for_breaks(completion) in _but_for_breaks(written):
        return written
    lead, probe, _ = beside.removeprefix(prompt_text).rpartition(PROBE)
    if not (probe and beside.startswith(prompt_text) and written.startswith(lead)):
        raise RecordRefused(
            CHANGED,
            "the chat template writes {written} where the completion is to stand",
            field="completion",
            value=completion,
            parts={"written": repr(written[:80])},
        )
    return lead + completion


def after_opening(completion: str, prompt_text: str, beside: str) -> str:
    """What of a completion goes on from a prompt that begins the assistant's words itself.

    Args: as of `whole`.
    Raises: RecordRefused if the prompt opens a thought that the completion does not close.
    """
    head = beside[: beside.rindex(PROBE)] if PROBE in beside else beside
    opening = prompt_text[len(head) :] if prompt_text.startswith(head) else ""
    for shared in (opening, opening.strip()):
        if shared.strip() and completion.startswith(shared):
            return completion[len(shared) :]
    tag = OPENED.search(opening)
    if opening.strip() and (tag is None or f"{tag[1]}/{tag[2]}" not in completion):
        raise RecordRefused(
            NO_CONTINUATION,
            "the chat template's prompt begins the answer with {opening}, and the completion "
            "does not go on from there",
            field="completion",
            value=completion,
            parts={"opening": repr(opening)},
        )
    return completion


def _but_for_breaks(text: str) -> str:
    """A text without spaces at its ends and line breaks around tags."""
    return BREAKS.sub(r"\1", text).strip()
