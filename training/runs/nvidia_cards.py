"""The NVIDIA cards that a process with this environment may use, as `nvidia-smi` tells of them.

`CUDA_VISIBLE_DEVICES` is read as CUDA reads it: what comes after a name that is none does not
count, so an empty value, or -1, leaves no card. Of a card that is shared out (MIG) a process sees
one part. Loads no torch.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

PATIENCE_SECONDS = 20
COLUMNS = ("uuid", "name", "memory.total", "memory.used", "utilization.gpu")
OF_CARD = re.compile(r"GPU \d+: .*\(UUID: (?P<uuid>GPU-[\w-]+)\)")
OF_PART = re.compile(r"\s+MIG (?P<profile>\S+)\s+Device\s+\d+: \(UUID: (?P<uuid>MIG-[^)]+)\)")
GIB_OF_PROFILE = re.compile(r"\.(\d+)gb")
MIB_IN_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Card:
    """None is not told: some drivers do not, and of a part of a card none does."""

    uuid: str
    name: str
    memory_mib: int | None
    used_mib: int | None = None
    share: float | None = None  # of its time in use

    @property
    def is_part(self) -> bool:
        return self.uuid.startswith("MIG-")


def cards_here(environ: Mapping[str, str] = os.environ) -> list[Card]:
    """Those that a training process would see, in its order."""
    rows = _answer(f"--query-gpu={','.join(COLUMNS)}", "--format=csv,noheader,nounits")
    cards = cards_told(rows, _answer("-L") if rows else [])
    return visible(cards, environ.get("CUDA_VISIBLE_DEVICES"))


def cards_told(rows: Sequence[str], listing: Sequence[str]) -> list[list[Card]]:
    """Each card, as a list of its parts where it is shared out, else of itself alone."""
    parts = _parts(listing)
    found = []
    for row in rows:
        values = [value.strip() for value in row.split(",")]
        if len(values) != len(COLUMNS):
            continue
        uuid, name, total, used, share = values
        card = Card(
            uuid=uuid,
            name=name,
            memory_mib=_whole(total),
            used_mib=_whole(used),
            share=None if (percent := _whole(share)) is None else percent / 100,
        )
        found.append([replace(part, name=f"{name} {part.name}") for part in parts.get(uuid, [])])
        found[-1] = found[-1] or [card]
    return found


def visible(cards: Sequence[Sequence[Card]], wanted: str | None) -> list[Card]:
    """Those of them that `CUDA_VISIBLE_DEVICES` leaves; None where it is not set."""
    seen = [of_it[0] for of_it in cards] if wanted is None else _named(cards, wanted)
    if seen and seen[0].is_part:
        return seen[:1]  # one process, one part
    return [card for card in seen if not card.is_part]


def _named(cards: Sequence[Sequence[Card]], wanted: str) -> list[Card]:
    found: list[Card] = []
    for name in wanted.split(","):
        card = _card(cards, name.strip())
        if card is None or card in found:
            break
        found.append(card)
    return found


def _card(cards: Sequence[Sequence[Card]], name: str) -> Card | None:
    """By its number, or by the beginning of its UUID, if that is of one alone."""
    if name.isdecimal():
        return cards[int(name)][0] if int(name) < len(cards) else None
    if not name.startswith(("GPU-", "MIG-")):
        return None
    alike = [card for of_it in cards for card in of_it if card.uuid.startswith(name)]
    return alike[0] if len(alike) == 1 else None


def _parts(listing: Sequence[str]) -> dict[str, list[Card]]:
    """By the UUID of their card."""
    found: dict[str, list[Card]] = {}
    card = ""
    for line in listing:
        if of_card := OF_CARD.match(line):
            card = of_card["uuid"]
        elif of_part := OF_PART.match(line):
            gib = GIB_OF_PROFILE.search(of_part["profile"])
            part = Card(
                uuid=of_part["uuid"],
                name=f"MIG {of_part['profile']}",
                memory_mib=int(gib[1]) * MIB_IN_GIB if gib else None,
            )
            found.setdefault(card, []).append(part)
    return found


def _whole(value: str) -> int | None:
    """None for [N/A], [Not Supported], [Unknown Error] and whatever else is no number."""
    return int(value) if value.isdecimal() else None


def _answer(*arguments: str) -> list[str]:
    """Lines; none where there are no cards, or their driver does not answer."""
    nvidia = shutil.which("nvidia-smi")
    if nvidia is None:
        return []
    try:
        answer = subprocess.run(
            [nvidia, *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.stdout.splitlines()
