"""This machine: its devices, its versions and how busy it is, without loading torch."""

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("accord-align", "torch", "transformers", "peft", "Django")
PROC = Path("/proc")  # of Linux; elsewhere less is known, and nothing breaks
PATIENCE_SECONDS = 20
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
        {"kind": "cuda", "name": name, "memory_mib": int(total)}
        for name, total in _asked_of_nvidia("name", "memory.total")
    ]
    return [*cards, processor]


def versions_here() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def load_here() -> dict[str, Any]:
    """What is in use now: memory, the processors over the last minute, each accelerator."""
    memory = _memory()
    load: dict[str, Any] = {}
    if "MemTotal" in memory and "MemAvailable" in memory:
        load["memory_mib"] = memory["MemTotal"] - memory["MemAvailable"]
    with suppress(OSError):
        load["cpu"] = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
    cards = [
        {"share": int(share) / 100, "memory_mib": int(used)}
        for share, used in _asked_of_nvidia("utilization.gpu", "memory.used")
    ]
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
        cards = list(_asked_of_nvidia("utilization.gpu", "memory.used"))
        if cards:
            values["gpu/share"] = sum(int(share) for share, _used in cards) / 100 / len(cards)
            values["gpu/memory_mib"] = float(sum(int(used) for _share, used in cards))
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


def _asked_of_nvidia(*columns: str) -> list[tuple[str, ...]]:
    """One row a card; none where there are no cards, or their driver does not answer."""
    nvidia = shutil.which("nvidia-smi")
    if nvidia is None:
        return []
    try:
        listing = subprocess.run(
            [nvidia, f"--query-gpu={','.join(columns)}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [tuple(part.strip() for part in line.split(",")) for line in listing.splitlines()]
    # A card that shares itself out (MIG) does not say how busy it is.
    return [tuple("0" if part.startswith("[") else part for part in row) for row in rows]
