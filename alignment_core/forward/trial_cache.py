"""What trials found out, on disk: a small file for each, named by all that its answer rests on.

A file holds what it was asked, the answer, and a digest of both. One that cannot be read, or whose
content is not what its name and digest say, counts as none: the trial is made again and the file
written anew. A file appears whole or not at all, so any number of processes may read and write at
once; and whatever goes wrong here costs a trial, never a run.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from alignment_core.canonical import canonical_json, digest_of_json

PLACE = "ACCORD_TRIAL_CACHE"  # in the environment: a directory; empty keeps nothing on disk
SCHEMA = 1
MOST_FILES = 1024  # of a kilobyte or so each
LARGEST_BYTES = 1 << 16  # of one file; whatever is larger is none of ours
ABANDONED_SECONDS = 3600.0  # what nobody has finished writing by then, nobody will
FILE = re.compile(r"trial-[0-9a-f]{64}\.json")  # nothing else is ever removed
PARTIAL = re.compile(r"\.trial-[0-9a-f]{64}\.[0-9a-f]{32}\.partial")

Facts = Mapping[str, Any]


def trial_cache(environment: Mapping[str, str] = os.environ) -> TrialCache | None:
    """The cache that the environment names, else that of this user; None where it is turned off."""
    place = environment.get(PLACE)
    if place == "":
        return None
    if place is not None:
        return TrialCache(Path(place).expanduser())
    with suppress(RuntimeError):  # a user without a home keeps nothing
        return TrialCache(_of_user(environment) / "accord" / "trials")
    return None


def _of_user(environment: Mapping[str, str]) -> Path:
    """Where this system keeps what programs can make again."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"])
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"


class TrialCache:
    """Answers by what they rest on; both are plain JSON."""

    def __init__(self, directory: Path, *, most_files: int = MOST_FILES) -> None:
        self.directory = directory
        self.most_files = most_files

    def read(self, about: Facts) -> dict[str, Any] | None:
        """What was found under exactly these facts; None where nothing can be believed."""
        path = self.path(about)
        if not _is_ours(self.directory):
            return None
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
            entry = json.loads(content) if len(content) <= LARGEST_BYTES else None
        except (OSError, ValueError, RecursionError):
            return None
        found = entry.get("found") if isinstance(entry, dict) else None
        if not isinstance(found, dict) or entry != _entry(about, found):
            return None
        with suppress(OSError):
            os.utime(path)  # the file used longest ago goes first
        return found

    def write(self, about: Facts, found: Facts) -> None:
        """Keep an answer, and let the oldest beyond the limit go."""
        path = self.path(about)
        scratch = self.directory / f".{path.stem}.{uuid.uuid4().hex}.partial"
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_ours(self.directory):
                return
            scratch.write_text(canonical_json(_entry(about, found)), encoding="utf-8")
            scratch.replace(path)  # not synced: half a file is found out by its digest
            self._prune()
        except OSError:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)

    def path(self, about: Facts) -> Path:
        """Where the answer lies, if it does."""
        return self.directory / f"trial-{digest_of_json(about)}.json"

    def _prune(self) -> None:
        kept, abandoned_before = [], time.time() - ABANDONED_SECONDS
        for path in self.directory.iterdir():
            with suppress(OSError):  # another process may have removed it
                written_at = path.stat().st_mtime
                if FILE.fullmatch(path.name):
                    kept.append((written_at, path))
                elif PARTIAL.fullmatch(path.name) and written_at < abandoned_before:
                    path.unlink(missing_ok=True)
        for _, path in sorted(kept, reverse=True)[self.most_files :]:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _is_ours(directory: Path) -> bool:
    """Whether what lies there can be believed: anybody can work out the digests of a forged answer,
    so the directory must be this user's or root's, and not open to everybody for writing.
    """
    if sys.platform == "win32":
        return True
    try:
        about = directory.stat()
    except OSError:
        return False
    return about.st_uid in (0, os.geteuid()) and not about.st_mode & stat.S_IWOTH


def _entry(about: Facts, found: Facts) -> dict[str, Any]:
    entry = {"schema": SCHEMA, "about": dict(about), "found": dict(found)}
    return {**entry, "sha256": digest_of_json(entry)}
