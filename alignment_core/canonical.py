"""Canonical JSON, and the digests that name texts, snapshots and checkpoints."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

READ_SIZE = 1 << 20


def canonical_json(value: Any) -> str:
    """One line with sorted keys and no spaces, so that equal values have equal bytes.

    Raises: ValueError for NaN and infinity, which JSON does not have.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of_json(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, without reading it into memory at once."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_SIZE):
            digest.update(block)
    return digest.hexdigest()


def directory_manifest(directory: Path) -> list[dict[str, Any]]:
    """`path`, `size` and `sha256` of every file below a directory, sorted by path."""
    files = sorted(
        (path.relative_to(directory).as_posix(), path)
        for path in directory.rglob("*")
        if path.is_file()
    )
    return [
        {"path": name, "size": path.stat().st_size, "sha256": digest_of_file(path)}
        for name, path in files
    ]


def digest_of_directory(directory: Path) -> str:
    """The digest that names a checkpoint: SHA-256 of its canonical manifest."""
    return digest_of_json(directory_manifest(directory))
