"""dataset_info.json, in which LLaMA-Factory says of files how their columns are named; light."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment_core.canonical import digest_of_file, digest_of_json
from alignment_core.errors import Refused
from alignment_core.files import cannot_read, text_of
from alignment_core.formats.checks import FileError
from alignment_core.formats.named_columns import NamedColumns, named_columns

NAME = "dataset_info.json"
FIELD = "dataset_info"


def described_columns(
    path: Path, *, info: Path | None = None, dataset: str | None = None
) -> NamedColumns | None:
    """How a file's columns are named, by the entry that describes it; None if none does.

    Args:
        path: of the file.
        info: the dataset_info.json to read; by default one that lies beside the file.
        dataset: the name of the entry; by default the one whose `file_name` is the file's.
    Raises: Refused if what was asked for is not there, several entries describe the file in
        different ways, or an entry asks for what is not done here.
    """
    given = info if info is not None else path.parent / NAME
    if info is None and dataset is None and not given.is_file():
        return None
    entries = _entries(given)
    if dataset:
        found = _named(entries, dataset, given)
    else:
        found = _of_file(entries, path, given, is_beside=info is None)
    if info is not None and not found:
        raise _wrong_info("{info} describes no file named {name}", given, path.name)
    columns = [_columns(name, entry, given) for name, entry in found.items()]
    if len({digest_of_json(None if one is None else dict(one.entry)) for one in columns}) > 1:
        says = (
            "{info} describes {name} in several ways, {entries}; convert the file with --dataset "
            "and one of them"
        )
        raise _wrong_info(says, given, path.name, entries=", ".join(found))
    return columns[0] if columns else None


def digest_of_data(path: Path) -> str:
    """SHA-256 of a file, and of how its columns are named where that is said beside it."""
    described = described_columns(path)
    digest = digest_of_file(path)
    if described is None:
        return digest
    return digest_of_json({"file": digest, FIELD: dict(described.entry)})


def _entries(info: Path) -> dict[str, Mapping[str, Any]]:
    try:
        value = json.loads(text_of(info, field=FIELD))
    except (ValueError, RecursionError) as error:
        raise cannot_read(info, error, field=FIELD) from error
    if not isinstance(value, dict):
        raise cannot_read(info, ValueError("it is not a JSON object"), field=FIELD)
    return {name: entry for name, entry in value.items() if isinstance(entry, dict)}


def _named(
    entries: Mapping[str, Mapping[str, Any]], dataset: str, info: Path
) -> dict[str, Mapping[str, Any]]:
    if dataset not in entries:
        known = ", ".join(entries) or "–"
        raise _wrong_info("{info} has no entry {name}; it has {known}", info, dataset, known=known)
    return {dataset: entries[dataset]}


def _of_file(
    entries: Mapping[str, Mapping[str, Any]], path: Path, info: Path, *, is_beside: bool
) -> dict[str, Mapping[str, Any]]:
    """The entries whose file, or the folder of whose files, it is."""
    places = (path.resolve(), path.parent.resolve())
    found = {}
    for name, entry in entries.items():
        file_name = entry.get("file_name")
        if isinstance(file_name, str) and file_name:
            there = (info.parent / file_name).resolve()
            if there in places or (not is_beside and there.name == path.name):
                found[name] = entry
    return found


def _columns(name: str, entry: Mapping[str, Any], info: Path) -> NamedColumns | None:
    try:
        return named_columns(name, entry)
    except FileError as error:
        says = "{info}, {name}: {why}"
        raise _wrong_info(says, info, name, value=error.value, why=error.message) from error


def _wrong_info(sentence: str, info: Path, name: str, **parts: object) -> Refused:
    value = parts.pop("value", name)
    return Refused(sentence, field=FIELD, value=value, parts={"info": info, "name": name, **parts})
