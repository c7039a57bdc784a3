"""TRL's conversational preference formats: chosen and rejected are lists of messages.

Explicit: the prompt stands apart. Implicit: chosen and rejected both begin with it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotate.imports import checks
from annotate.imports.checks import RowError
from annotate.imports.formats.prompts import about
from annotate.imports.rows import NewComparison
from annotate.models import Verdict

EXPLICIT_NEEDS = ("prompt", "chosen", "rejected")
IMPLICIT_NEEDS = ("chosen", "rejected")


def fits_explicit(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in ("prompt", "chosen", "rejected"))


def fits_implicit(row: Mapping[str, Any]) -> bool:
    """A prompt given as text besides (UltraFeedback) is the first user turn once more."""
    has_lists = isinstance(row["chosen"], list) and isinstance(row["rejected"], list)
    return has_lists and not isinstance(row.get("prompt"), list)


def parse_explicit(row: Mapping[str, Any]) -> NewComparison:
    messages = checks.conversation("prompt", checks.required(row, "prompt"))
    chosen, rejected = (
        _only_answer(field, checks.required(row, field)) for field in ("chosen", "rejected")
    )
    return _comparison(row, messages, chosen, rejected)


def parse_implicit(row: Mapping[str, Any]) -> NewComparison:
    (chosen_messages, chosen), (rejected_messages, rejected) = (
        _split(field, checks.required(row, field)) for field in ("chosen", "rejected")
    )
    if chosen_messages != rejected_messages:
        raise RowError(
            "rejected", rejected_messages, _("Chosen and rejected answer different conversations.")
        )
    return _comparison(row, chosen_messages, chosen, rejected)


def _only_answer(field: str, value: object) -> str:
    """The text of a list that holds one message of the assistant."""
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], Mapping):
        raise RowError(field, value, _("This should be a list of one message."))
    return _answer(f"{field}[0]", value[0])


def _answer(field: str, message: Mapping[str, Any]) -> str:
    if message.get("role") != "assistant":
        raise RowError(
            f"{field}.role", message.get("role"), _("The completion must be the assistant's.")
        )
    return checks.text(f"{field}.content", message.get("content"))


def _split(field: str, value: object) -> tuple[list[dict[str, Any]], str]:
    messages = checks.message_list(field, value)
    answer = _answer(f"{field}[{len(messages) - 1}]", messages[-1])
    return checks.conversation(field, messages[:-1]), answer


def _comparison(
    row: Mapping[str, Any], messages: list[dict[str, Any]], chosen: str, rejected: str
) -> NewComparison:
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        first_origin=checks.optional_text(row, "origin_chosen"),
        second_origin=checks.optional_text(row, "origin_rejected"),
        recorded_verdict=Verdict.FIRST,
    )
