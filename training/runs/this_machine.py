"""This machine: its devices, its versions and how busy it is, without loading torch."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from training.runs.nvidia_cards import cards_here

PACKAGES = ("accord-align", "torch", "transformers", "peft", "Django")
PROC = Path("/proc")  # of Linux; elsewhere less is known, and nothing breaks
MIB = 1024 * 1024


def devices_here() -> list[dict[str, Any]]:
    """The accelerators, and the processor last."""
    processor = {
        "kind": "cpu",
        "name": f"{os.cpu_count()} cores",
        "cores": os.cpu_count(),
        "memory_mib": _memory().get("MemTotal"),
    }
    cards = [
        {"kind": "cuda", "name": card.name, "memory_mib": card.memory_mib, "uuid": card.uuid}
        for card in cards_here()
    ]
    return [*cards, processor]


def versions_here() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


class MachineMeter:
    """How busy this machine is: its processors from one reading to the next, the rest as it is."""

    def __init__(self) -> None:
        self._times = _processor_times()

    def read(self) -> dict[str, Any]:
        """Shares of what there is, but for the load: how many tasks run or wait for a processor.

        The cards are in the order of `devices_here`; what a driver does not tell is None.
        """
        memory = _memory()
        load: dict[str, Any] = {}
        if "MemTotal" in memory and "MemAvailable" in memory:
            load["memory_mib"] = memory["MemTotal"] - memory["MemAvailable"]
        before, self._times = self._times, _processor_times()
        busy, whole = (now - then for now, then in zip(self._times, before, strict=True))
        if whole > 0:
            load["cpu"] = round(min(1.0, max(0.0, busy / whole)), 2)
        with suppress(OSError):
            load["load_average"] = round(os.getloadavg()[0], 1)
        cards = [{"share": card.share, "memory_mib": card.used_mib} for card in cards_here()]
        return {**load, "gpus": cards} if cards else load


class ProcessMeter:
    """How much of the machine one session of processes uses, from one reading to the next."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._seconds, self._at = 0.0, time.monotonic()

    def read(self) -> dict[str, float]:
        """Processors in use since the last reading, memory, and what the accelerators do."""
        seconds, resident = 0.0, 0
        for ticks, pages in self._processes():
            seconds += ticks / os.sysconf("SC_CLK_TCK")
            resident += pages * os.sysconf("SC_PAGE_SIZE")
        now = time.monotonic()
        used = max(0.0, seconds - self._seconds) / max(now - self._at, 1e-6)
        self._seconds, self._at = seconds, now
        values = {"cpu/cores": round(used, 2), "memory/mib": round(resident / MIB, 1)}
        cards = cards_here()
        shares = [card.share for card in cards if card.share is not None]
        if shares:
            values["gpu/share"] = sum(shares) / len(shares)
        used_mib = [card.used_mib for card in cards if card.used_mib is not None]
        if used_mib:
            values["gpu/memory_mib"] = float(sum(used_mib))
        return values

    def _processes(self) -> Iterator[tuple[int, int]]:
        """Ticks of processor time and pages in memory of each process of the session."""
        for stat in PROC.glob("[0-9]*/stat"):
            with suppress(OSError, ValueError, IndexError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self._session:
                    yield int(fields[11]) + int(fields[12]), int(fields[21])


def _memory() -> dict[str, int]:
    """Of /proc/meminfo, in MiB."""
    found: dict[str, int] = {}
    with suppress(OSError, ValueError):
        for line in (PROC / "meminfo").read_text().splitlines():
            name, _colon, rest = line.partition(":")
            found[name] = int(rest.split()[0]) // 1024
    return found


def _processor_times() -> tuple[int, int]:
    """Ticks that all processors together were busy, and ticks in all, since the start."""
    with suppress(OSError, ValueError, IndexError):
        ticks = [int(part) for part in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
        idle = ticks[3] + ticks[4]  # waiting for a disk is no work
        return sum(ticks) - idle, sum(ticks)
    return 0, 0
