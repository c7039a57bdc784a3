"""The text encoding of a file: told by its first bytes where they leave no doubt, else UTF-8.

UTF-8 is checked row by row. Other bytes could be text in many encodings, so that nothing is
guessed: somebody has to say which, and `candidates` shows how a piece would read in each.
"""

from __future__ import annotations

import codecs
import io
from typing import Any

from alignment_core.formats.checks import FileError
from alignment_core.formats.limits import BLOCK_BYTES
from alignment_core.formats.unpacking import Bytes

UTF8 = "utf-8"
BOMS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, which begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ENCODINGS = (
    UTF8, "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030", "big5", "shift_jis",
    "euc_jp", "euc_kr", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "koi8-r",
    "mac-roman",
)  # fmt: skip
LIKELY = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251")
SHOWN_AROUND = 40


def as_utf8(file: Bytes, asked: str = "") -> tuple[str, Bytes]:
    """The encoding, and the file from its first letter on, in UTF-8.

    Raises: FileError for an encoding that is not known.
    """
    if asked and asked not in ENCODINGS:
        raise FileError("This encoding is not known: %(name)s.", {"name": asked[:40]})
    head = file.head(64)
    marked, n_mark = _mark(head)
    encoding = asked or marked or _by_nul_bytes(head) or UTF8
    file.seek(n_mark if encoding == marked else 0)
    if encoding == UTF8:
        return encoding, file
    return encoding, Bytes(_AsUtf8(file, encoding))  # type: ignore[arg-type]  # raw, not IO


def candidates(head: bytes) -> list[tuple[str, str]]:
    """Encodings in which bytes that are not UTF-8 are text, each with how they then read."""
    try:
        codecs.getincrementaldecoder(UTF8)().decode(head)
    except UnicodeDecodeError as error:
        start = max(0, head.rfind(b"\n", 0, error.start) + 1, error.start - SHOWN_AROUND)
        piece = head[start : error.start + SHOWN_AROUND]
        return [(name, text) for name in LIKELY if (text := _decoded(piece, name)) is not None]
    return []


def _decoded(piece: bytes, name: str) -> str | None:
    try:
        text = codecs.getincrementaldecoder(name)().decode(piece)
    except UnicodeDecodeError:
        return None
    line = " ".join(text.split())
    return line if line.isprintable() else None


def _mark(head: bytes) -> tuple[str, int]:
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return "", 0


def _by_nul_bytes(head: bytes) -> str:
    """UTF-16 of European letters has a NUL in every second byte, which no other text has."""
    even, odd = head[::2], head[1::2]
    if len(head) >= 8 and odd.count(0) == len(odd) and not even.count(0):
        return "utf-16-le"
    if len(head) >= 8 and even.count(0) == len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


class _AsUtf8(io.RawIOBase):
    """Another encoding, put into UTF-8 as it is read. Raises: UnicodeDecodeError."""

    def __init__(self, file: Bytes, encoding: str) -> None:
        self.file = file
        self.encoding = encoding
        self.start = file.tell()
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the beginning, and from there as far as was read before."""
        self.file.seek(self.start)
        self.decoder = codecs.getincrementaldecoder(self.encoding)()
        self.ready = b""
        self.place = 0
        while self.place < offset and (block := self.read(min(BLOCK_BYTES, offset - self.place))):
            del block
        return self.place

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            block = self.file.read(BLOCK_BYTES)
            self.ready = self.decoder.decode(block, final=not block).encode()
            if not block:
                break
        part = self.ready[: len(buffer)]
        self.ready = self.ready[len(part) :]
        buffer[: len(part)] = part
        self.place += len(part)
        return len(part)
