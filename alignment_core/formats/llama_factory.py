"""LLaMA-Factory's files: alpaca (instruction, input, output) and sharegpt (conversations).

Of a preference both have chosen and rejected: texts in alpaca, messages in sharegpt. `kto_tag` says
of one answer whether it is good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_core.formats import checks, content
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import FIRST, NewComparison, NewCompletion
from alignment_core.formats.turns import completions_of

PAIR_NEEDS = ("instruction", "chosen", "rejected")
NEEDS = ("instruction", "output")
CHAT_PAIR_NEEDS = ("chosen", "rejected")
CHAT_NEEDS = ("conversations",)
MESSAGES_PAIR_NEEDS = ("chosen_messages", "rejected_messages")
ROLES = {"human": "user", "gpt": "assistant"}


def fits_pair(row: Mapping[str, Any]) -> bool:
    return content.is_text(row["chosen"]) and content.is_text(row["rejected"])


def fits_chat_pair(row: Mapping[str, Any]) -> bool:
    has_turns = any(isinstance(row.get(field), list) for field in ("conversations", "messages"))
    return has_turns and all(isinstance(row[field], Mapping) for field in CHAT_PAIR_NEEDS)


def fits(row: Mapping[str, Any]) -> bool:
    return True


def fits_chat(row: Mapping[str, Any]) -> bool:
    return isinstance(row["conversations"], list)


def parse_pair(row: Mapping[str, Any]) -> NewComparison:
    chosen = checks.whole_text("chosen", row["chosen"])
    rejected = checks.whole_text("rejected", row["rejected"])
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        messages=_instruction(row),
        **about(row),
        first_text=chosen,
        second_text=rejected,
        recorded_verdict=FIRST,
    )


def parse_chat_pair(row: Mapping[str, Any]) -> NewComparison:
    field = "messages" if isinstance(row.get("messages"), list) else "conversations"
    messages = checks.conversation(field, _with_system(row, _turns(checks.required(row, field))))
    chosen, rejected = (_answer(row, side) for side in CHAT_PAIR_NEEDS)
    checks.different("rejected", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        recorded_verdict=FIRST,
    )


def fits_messages_pair(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row[field], list) for field in MESSAGES_PAIR_NEEDS)


def parse_messages_pair(row: Mapping[str, Any]) -> NewComparison:
    """Of LLaMA-Factory's next version: two whole conversations, with parts of text in them."""
    (messages, chosen), (others, rejected) = (
        checks.answered(field, row[field]) for field in MESSAGES_PAIR_NEEDS
    )
    checks.same_conversation("rejected_messages", messages, others)
    checks.different("rejected_messages", chosen, rejected)
    return NewComparison(
        messages=messages,
        **about(row),
        first_text=chosen,
        second_text=rejected,
        recorded_verdict=FIRST,
    )


def parse(row: Mapping[str, Any]) -> NewCompletion:
    return NewCompletion(
        messages=_instruction(row),
        text=checks.required_text(row, "output"),
        is_good=checks.label(row, "kto_tag"),
        **about(row),
    )


def parse_prompt(row: Mapping[str, Any]) -> NewCompletion:
    return NewCompletion(messages=_instruction(row), **about(row))


def parse_chat(row: Mapping[str, Any]) -> list[NewCompletion]:
    turns = _with_system(row, _turns(checks.required(row, "conversations")))
    return completions_of(row, "conversations", turns, is_good=checks.label(row, "kto_tag"))


def _instruction(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation so far: earlier turns, then the instruction with its input below it."""
    turns: list[Any] = []
    for place, pair in enumerate(row.get("history") or []):
        if not isinstance(pair, list) or len(pair) != 2:
            raise RowError(f"history[{place}]", pair, "This should be a question and its answer.")
        turns += [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
    text = checks.required_text(row, "instruction")
    if row.get("input"):
        text = f"{text}\n{checks.text('input', row['input'])}"
    turns.append({"role": "user", "content": text})
    return checks.conversation("instruction", _with_system(row, turns))


def _with_system(row: Mapping[str, Any], turns: Any) -> Any:
    if row.get("system") and isinstance(turns, list):
        return [{"role": "system", "content": row["system"]}, *turns]
    return turns


def _turns(value: Any) -> Any:
    """Turns of from and value as messages; what is none is left to be refused."""
    return [_message(turn) for turn in value] if isinstance(value, list) else value


def _message(turn: Any) -> Any:
    if not isinstance(turn, Mapping) or "from" not in turn:
        return turn
    role = turn["from"]
    is_known = isinstance(role, str)
    return {
        "role": ROLES.get(role, role) if is_known else role,
        "content": turn.get("value"),
        "weight": turn.get("weight"),
    }


def _answer(row: Mapping[str, Any], field: str) -> str:
    return checks.answer_text(field, _message(checks.required(row, field)))
