"""Files in the artifact store: model directories and snapshots, named by their digests.

Whatever the storage behind it, a name is only ever given to one content, so that storing the same
thing twice, or by two workers at once, ends in the same bytes.
"""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from alignment_core.canonical import READ_SIZE, digest_of_file, digest_of_json, directory_manifest

Manifest = list[dict[str, Any]]
TAR_END = b"\0" * (2 * tarfile.BLOCKSIZE)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredDirectory:
    """A directory as it lies in the artifact store."""

    folder: str
    digest: str
    manifest: Manifest

    @property
    def size_bytes(self) -> int:
        return sum(entry["size"] for entry in self.manifest)


def artifact_store() -> Storage:
    return storages["artifacts"]


def store_directory(directory: Path) -> StoredDirectory:
    """Copy a model directory into the store; done again, it only fills in what is missing.

    Raises: OSError, also where a file vanishes meanwhile.
    """
    manifest = directory_manifest(directory)
    digest = digest_of_json(manifest)
    folder = f"checkpoints/{digest}"
    for entry in manifest:
        store_file(
            directory / entry["path"], name=f"{folder}/{entry['path']}", sha256=entry["sha256"]
        )
    return StoredDirectory(folder=folder, digest=digest, manifest=manifest)


def is_whole(stored: StoredDirectory) -> bool:
    """Whether every file of it is in the store, in its size."""
    store = artifact_store()
    try:
        return all(
            store.size(f"{stored.folder}/{entry['path']}") == entry["size"]
            for entry in stored.manifest
        )
    except FileNotFoundError:
        return False


def store_file(path: Path, *, name: str, sha256: str) -> None:
    store = artifact_store()
    if store.exists(name):
        if _stored_sha256(name) == sha256:
            return
        store.delete(name)  # cut short when whoever wrote it died
    with path.open("rb") as file:
        stored_as = store.save(name, File(file))
    if stored_as != name:  # somebody else stored the same content in the meantime
        store.delete(stored_as)


def store_report(path: Path) -> str:
    """Its name in the store; empty where there is no such file."""
    if not path.is_file():
        return ""
    sha256 = digest_of_file(path)
    name = f"reports/{sha256}{path.suffix}"
    store_file(path, name=name, sha256=sha256)
    return name


def store_json(value: Any, *, name: str) -> None:
    store = artifact_store()
    if store.exists(name):
        store.delete(name)
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    store.save(name, ContentFile(text.encode()))


def fetch_directory(folder: str, manifest: Manifest) -> Path:
    """A directory on this machine with these files: the store's own where it is one, else a copy.

    Nobody may write into it.
    """
    store = artifact_store()
    try:
        return Path(store.path(folder))
    except NotImplementedError:
        return _fetched_copy(folder, manifest)


def _fetched_copy(folder: str, manifest: Manifest) -> Path:
    copy: Path = settings.ACCORD_DATA_DIR / "fetched" / PurePosixPath(folder).name
    for entry in manifest:
        target = copy / entry["path"]
        if target.is_file() and target.stat().st_size == entry["size"]:
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.part")
        with artifact_store().open(f"{folder}/{entry['path']}") as source, draft.open("wb") as file:
            shutil.copyfileobj(source, file, READ_SIZE)
        draft.replace(target)
    return copy


def remove_directory(folder: str, manifest: Manifest) -> None:
    store = artifact_store()
    for entry in manifest:
        store.delete(f"{folder}/{entry['path']}")
    with suppress(NotImplementedError, OSError):
        shutil.rmtree(store.path(folder))  # the empty folders that a file system leaves behind
    shutil.rmtree(
        settings.ACCORD_DATA_DIR / "fetched" / PurePosixPath(folder).name, ignore_errors=True
    )


def tar_stream(
    folder: str, manifest: Manifest, *, top: str, is_local: bool = False
) -> Iterator[bytes]:
    """A tar archive of a model directory, block by block, with everything below the folder `top`.

    Args:
        is_local: `folder` is a path of this machine and not a name in the store.
    """
    for entry in manifest:
        name = f"{folder}/{entry['path']}"
        with Path(name).open("rb") if is_local else artifact_store().open(name) as file:
            yield from tar_member(f"{top}/{entry['path']}", file, size=entry["size"])
    yield TAR_END


def tar_member(path: str, file: Readable, *, size: int) -> Iterator[bytes]:
    """One file of a tar archive, block by block; behind the last belongs TAR_END."""
    header = tarfile.TarInfo(path)
    header.size, header.mode = size, 0o644
    yield header.tobuf(tarfile.PAX_FORMAT)
    while block := file.read(READ_SIZE):
        yield block
    yield b"\0" * (-size % tarfile.BLOCKSIZE)


def tar_size(manifest: Manifest, *, top: str) -> int:
    """How many bytes `tar_stream` yields, for the Content-Length."""
    size = len(TAR_END)
    for entry in manifest:
        header = tarfile.TarInfo(f"{top}/{entry['path']}")
        header.size, header.mode = entry["size"], 0o644
        size += len(header.tobuf(tarfile.PAX_FORMAT))
        size += entry["size"] + -entry["size"] % tarfile.BLOCKSIZE
    return size


def lines_of(name: str) -> Iterator[bytes]:
    """The lines of a stored text file, one at a time."""
    with artifact_store().open(name) as file:
        yield from file


def _stored_sha256(name: str) -> str:
    digest = hashlib.sha256()
    with artifact_store().open(name) as file:
        while block := file.read(READ_SIZE):
            digest.update(block)
    return digest.hexdigest()
