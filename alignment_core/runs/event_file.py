"""Figures as TensorBoard reads them: event files, without its package.

A file is a row of records: length (8 bytes), its checksum, an `Event` of TensorFlow's event.proto,
its checksum. Numbers are little-endian; a checksum is CRC-32C, rotated and shifted as the format
asks.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = "tensorboard"  # in a run's directory
NAME = "events.out.tfevents.{seconds:010d}.accord"
VERSION = b"brain.Event:2"
POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits in reverse
MASK = 0xA282EAD8
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5  # kinds of fields in a protocol buffer


class Figures(NamedTuple):
    """What was measured at a step."""

    step: int
    time: float  # seconds since 1970
    values: Mapping[str, float]


class EventFile:
    """One start of a run as an event file; a former start's is removed, as its metrics are."""

    def __init__(self, folder: Path, *, time: float) -> None:
        folder.mkdir(exist_ok=True)
        for former in folder.glob("events.out.tfevents.*.accord"):
            former.unlink()
        self.path = folder / NAME.format(seconds=int(time))
        self.path.write_bytes(first_record(time))

    def log(self, line: Figures) -> None:
        """Append the figures of a step, in float32."""
        with self.path.open("ab") as file:
            file.write(record_of(line))

    def finish(self, *, succeeded: bool) -> None:
        """Nothing is open between two steps."""


def first_record(time: float) -> bytes:
    """What a file begins with: the version of the format."""
    return _record(_event(time, _field(3, BYTES, VERSION)))


def record_of(line: Figures) -> bytes:
    """The figures of a step, in float32."""
    values = b"".join(_field(1, BYTES, _value(*figure)) for figure in line.values.items())
    content = _field(2, VARINT, _varint(line.step)) + _field(5, BYTES, values)
    return _record(_event(line.time, content))


def crc32c(data: bytes) -> int:
    """CRC-32C, Castagnoli's checksum.

    Source: RFC 3720, appendix B.4.
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_crc_of_byte(byte) for byte in range(256)]


def _record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + _checksum(length) + event + _checksum(event)


def _checksum(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + MASK) & 0xFFFFFFFF)


def _event(time: float, content: bytes) -> bytes:
    return _field(1, EIGHT_BYTES, struct.pack("<d", time)) + content


def _value(tag: str, figure: float) -> bytes:
    return _field(1, BYTES, tag.encode()) + _field(2, FOUR_BYTES, struct.pack("<f", figure))


def _field(number: int, kind: int, content: bytes) -> bytes:
    length = _varint(len(content)) if kind == BYTES else b""
    return _varint(number << 3 | kind) + length + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a set eighth bit says that more follow."""
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
