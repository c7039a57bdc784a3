"""Files that are on the disk whole, or not there at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    scratch = path.with_name(f".{path.name}.partial")
    scratch.write_text(text, encoding="utf-8")
    sync_path(scratch)
    scratch.rename(path)


def sync_directory(directory: Path) -> None:
    """Bring every file below a directory to the disk."""
    for path in directory.rglob("*"):
        sync_path(path)
    sync_path(directory)


def sync_path(path: Path) -> None:
    """Bring one file or directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
