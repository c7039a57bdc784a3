"""Event files are, byte for byte, what TensorBoard 2.21 makes of the same events."""

import struct

from alignment_core.runs.event_file import EventFile, Figures, crc32c


def test_the_checksum_is_castagnolis():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def records(path):
    """The events in a file, each with a checksum that holds."""
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = data[12 : 12 + length]
        for part, checksum in ((data[:8], data[8:12]), (event, data[12 + length : 16 + length])):
            crc = crc32c(part)
            masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
            assert struct.unpack("<I", checksum) == (masked,)
        found.append(event)
        data = data[16 + length :]
    return found


def test_an_event_holds_time_step_and_figures(tmp_path):
    file = EventFile(tmp_path / "events", time=120.0)
    file.log(Figures(step=300, time=121.5, values={"train/loss": 0.5, "eval/χ": -2.0}))
    header, event = records(file.path)
    assert header == b"\x09" + struct.pack("<d", 120.0) + b"\x1a\x0dbrain.Event:2"
    loss = b"\x0a\x0atrain/loss\x15" + struct.pack("<f", 0.5)
    other = b"\x0a\x07eval/\xcf\x87\x15" + struct.pack("<f", -2.0)
    values = b"".join(b"\x0a" + bytes([len(value)]) + value for value in (loss, other))
    step = b"\x10\xac\x02"  # 300 in seven bits a byte
    assert (
        event == b"\x09" + struct.pack("<d", 121.5) + step + b"\x2a" + bytes([len(values)]) + values
    )


def test_a_new_start_takes_the_place_of_the_former(tmp_path):
    first = EventFile(tmp_path / "events", time=100.0)
    (tmp_path / "events" / "events.out.tfevents.1.somebody").write_text("not ours")
    second = EventFile(tmp_path / "events", time=200.0)
    assert not first.path.exists()
    assert second.path.exists()
    assert (tmp_path / "events" / "events.out.tfevents.1.somebody").exists()
