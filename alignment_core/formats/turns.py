"""Whole conversations, and which of the assistant's turns are learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import NewCompletion


def completions_of(
    row: Mapping[str, Any], field: str, turns: object, *, is_good: bool | None
) -> list[NewCompletion]:
    """The answers of a conversation that are to be learnt, each with the turns before it.

    That is the last turn; where messages have OpenAI's weights, all turns of the assistant but
    those with a weight of 0, which may be none. A label is of the last turn alone.

    Raises: RowError.
    """
    more = about(row)
    places = _weighted(field, turns) if isinstance(turns, list) else None
    if places is None or not isinstance(turns, list):
        messages, answer = checks.answered(field, turns)
        return [NewCompletion(messages=messages, text=answer, is_good=is_good, **more)]
    if is_good is not None and places not in ([], [len(turns) - 1]):
        raise RowError(field, len(places), "A label is of the last answer alone.")
    found = []
    for place in places:
        messages, answer = checks.answered(field, turns[: place + 1])
        turn = place if len(places) > 1 else None
        found.append(
            NewCompletion(messages=messages, text=answer, is_good=is_good, turn=turn, **more)
        )
    return found


def _weighted(field: str, turns: Sequence[object]) -> list[int] | None:
    """Places of the assistant's turns that are learnt by their weights; None if none has any."""
    checked = checks.message_list(field, turns)
    learnt = [checks.is_learnt(f"{field}[{place}]", turn) for place, turn in enumerate(turns)]
    if all(one is None for one in learnt):
        return None
    found = []
    for place, (message, one) in enumerate(zip(checked, learnt, strict=True)):
        if message["role"] == "assistant":
            found += [place] * (one is not False)
        elif one:
            says = "Only what the assistant says can have weight 1."
            raise RowError(f"{field}[{place}].weight", 1, says)
    return found
