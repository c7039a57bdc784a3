"""The one file that a .gz or a .zip holds, unpacked as it is read and no further than is honest."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import IO, Any, cast

from alignment_core.formats.checks import FileError
from alignment_core.formats.limits import BLOCK_BYTES

GZIP_MAGIC, ZIP_MAGIC, TAR_MAGIC = b"\x1f\x8b", b"PK\x03\x04", b"ustar"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
TAR_MAGIC_AT = 257
MOST_TIMES = 250  # data seldom packs better than 1:20, a bomb does 1:1000
MOST_AT_LEAST = 2**28  # unpacking less than that is no burden
NOT_DATA_IN_ZIP = ("__MACOSX/", ".")
WORKBOOK_PART = "xl/workbook.xml"
OTHER_ARCHIVES = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
}


class Bytes(io.BufferedReader):
    """A file as the readers want it: buffered, and able to begin again."""

    def __init__(self, file: IO[bytes], *, most: int | None = None) -> None:
        super().__init__(_Limited(file, most), BLOCK_BYTES)

    def head(self, size: int) -> bytes:
        """The next bytes, which stay there to be read."""
        place = self.tell()
        head = self.read(size)
        self.seek(place)
        return head


class _Limited(io.RawIOBase):
    """Raises: FileError once more comes out of a packed file than an honest one of its size has."""

    def __init__(self, file: IO[bytes], most: int | None) -> None:
        self.file = file
        self.most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: Any) -> int:
        block = self.file.read(len(buffer))
        buffer[: len(block)] = block
        if self.most is not None and self.file.tell() > self.most:
            raise FileError(
                "This file unpacks to more than %(n)d MiB, which is too much for its size. "
                "Unpack it, and import what is in it in parts.",
                {"n": self.most // 2**20},
            )
        return len(block)


def unpacked(file: IO[bytes]) -> tuple[str, Bytes]:
    """How a file is packed (gzip, zip or not at all), and what it holds.

    Raises: FileError for an archive of several files, or of a kind that is not read.
    """
    plain = Bytes(file)
    start = plain.head(8)
    if start.startswith(GZIP_MAGIC):
        return "gzip", _checked(Bytes(cast("IO[bytes]", gzip.open(plain)), most=_most(plain)))
    if start.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        return _of_zip(plain)
    return "", _checked(plain)


def _checked(file: Bytes) -> Bytes:
    start = file.head(TAR_MAGIC_AT + len(TAR_MAGIC))
    if start[TAR_MAGIC_AT:] == TAR_MAGIC:
        _refuse_archive("tar")
    for magic, name in OTHER_ARCHIVES.items():
        if start.startswith(magic):
            _refuse_archive(name)
    return file


def _refuse_archive(name: str) -> None:
    raise FileError(
        "This is a %(name)s archive. Unpack it, and import the file in it, which may be packed "
        "as .gz or .zip.",
        {"name": name},
    )


def _most(plain: Bytes) -> int:
    size = plain.seek(0, io.SEEK_END)
    plain.seek(0)
    return max(MOST_AT_LEAST, MOST_TIMES * size)


def _of_zip(plain: Bytes) -> tuple[str, Bytes]:
    most = _most(plain)
    archive = opened_zip(plain)
    names = [entry.filename for entry in archive.infolist() if not _is_aside(entry)]
    if WORKBOOK_PART in names:
        plain.seek(0)
        return "", plain  # a workbook is a ZIP as well
    if len(names) != 1:
        raise FileError(
            "This ZIP holds %(n)d files. Pack the one that is to be imported, or import it "
            "unpacked. Found: %(names)s.",
            {"n": len(names), "names": ", ".join(names[:12])[:200] or "–"},
        )
    return "zip", _checked(Bytes(archive.open(names[0]), most=most))


def opened_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """Raises: FileError if it is broken."""
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise FileError(
            "This Excel or ZIP file is broken: %(reason)s", {"reason": error}
        ) from error


def _is_aside(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what a system puts beside the files that were meant."""
    name = entry.filename
    return entry.is_dir() or name.startswith(NOT_DATA_IN_ZIP) or "/." in name
