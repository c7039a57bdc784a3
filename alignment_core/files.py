"""Files read, or refused in a sentence; files that are on the disk whole, or not there at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from alignment_core.errors import Refused


@contextmanager
def opened(path: Path, *, field: str) -> Iterator[IO[bytes]]:
    """A file that somebody named. Raises: Refused if there is none, or it cannot be read."""
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise Refused(f"no file at {path}", field=field, value=str(path)) from error
    except (OSError, ValueError) as error:
        raise cannot_read(path, error, field=field) from error


def text_of(path: Path, *, field: str) -> str:
    """The text of a file that somebody named. Raises: Refused if it is not UTF-8 either."""
    with opened(path, field=field) as file:
        return file.read().decode()


def make_empty(directory: Path, *, field: str) -> None:
    """Make a directory to fill. Raises: Refused if something is in it, or it cannot be made."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        is_empty = not any(directory.iterdir())
    except OSError as error:
        raise cannot_write(directory, error, field=field) from error
    if not is_empty:
        raise Refused(
            f"{directory} holds something already; give a directory that is empty or new",
            field=field,
            value=str(directory),
        )


def cannot_write(path: Path, error: OSError, *, field: str) -> Refused:
    """The refusal to write to a path, for what went wrong there."""
    return Refused(
        "{path} cannot be written: {why}",
        field=field,
        value=str(path),
        parts={"path": path, "why": error.strerror or error},
    )


def cannot_read(path: Path, error: Exception, *, field: str) -> Refused:
    """The refusal of a file, for what went wrong with it."""
    why = getattr(error, "strerror", None) or str(error)
    if isinstance(error, UnicodeDecodeError):
        why = f"byte {error.start + 1} is not UTF-8"
    return Refused(
        "cannot read {path}: {why}",
        field=field,
        value=str(path),
        parts={"path": path, "why": why},
    )


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
