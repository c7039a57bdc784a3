"""Records that cannot be used are left out and counted, up to a share that a run allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from alignment_core.errors import Refused

ALLOWED = 0.01  # share of the records, unless a run says otherwise
N_SHOWN = 20  # of each reason


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that cannot be used: where it stands, and why. Rows count from 1."""

    reason: str
    row: int
    id: str | None
    why: str


def shown(left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """The first of each reason, as JSON can hold them."""
    n_of: Counter[str] = Counter()
    some = []
    for one in left_out:
        n_of[one.reason] += 1
        if n_of[one.reason] <= N_SHOWN:
            some.append(asdict(one))
    return some


def refuse_if_many(left_out: Sequence[LeftOut], *, n_read: int, allowed: float, field: str) -> None:
    """Refuse a file of which more than a share cannot be used.

    Args: n_read: rows of the file. allowed: share of them. field: that names the file.
    Raises: Refused with the reasons, and the first row of each.
    """
    if len(left_out) <= allowed * n_read:
        return
    reasons: dict[str, list[LeftOut]] = {}
    for one in left_out:
        reasons.setdefault(one.reason, []).append(one)
    raise Refused(
        "{n} of {n_records} records cannot be used, and max_unusable allows a share of {allowed}: "
        "{reasons}",
        field=field,
        value=len(left_out),
        parts={
            "n": len(left_out),
            "n_records": n_read,
            "allowed": f"{allowed:g}",
            "reasons": "; ".join(_in_words(reason, of_it) for reason, of_it in reasons.items()),
        },
    )


def _in_words(reason: str, left_out: Sequence[LeftOut]) -> str:
    first = left_out[0]
    name = "" if first.id is None else f", id {first.id}"
    return f"{reason} {len(left_out)}, first row {first.row}{name}: {first.why}"
