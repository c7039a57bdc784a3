"""Whatever bytes a file holds: rows, or sentences with a row, in a moment, and nothing else."""

import gzip
import io
import json
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_core.formats.checks import FileError, RowError, legible, shown
from alignment_core.formats.known import FORMATS, OF_ONE, detect
from alignment_core.formats.readers import Wording, open_rows

EVERY = (*FORMATS, *OF_ONE)
MOST_ROWS = 2000  # a fuzzed file has fewer
FUZZ = settings(max_examples=150, deadline=2000, derandomize=True)
PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in b'",;\t|\r\n\0\xff[]{}:\\-'),
        *(b'""', b"\r\n", b"\xed\xa0\x80", b"\\ud83d", b"NaN", b"1e999", b"true", b"9" * 5000),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"BZh"),
        *(b"prompt", b"chosen", b"rejected", b'{"prompt": "Q", "chosen": "a", "rejected": "b"}'),
        *(b'"data":[{', b"prompt,chosen,rejected\n", b"x,y,z\n", b" " * 50),
        *(b"[" * 700, b'{"a":' * 700),
    ]
)
TEXTS = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "a" * 300, "[{", "\n\nHuman: x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "type", "value", "from"]), inner
        )
    ),
    max_leaves=6,
)
FIELDS = sorted({name for entry in EVERY for name in entry.needs} | {"system", "history", "tags"})
ODD_ROWS = st.dictionaries(st.sampled_from(FIELDS) | TEXTS, VALUES, max_size=8)


def read_to_the_end(content: bytes, **asked: str) -> int:
    """How many rows there were, good and wrong, each of which can be shown and stored."""
    try:
        rows = list(open_rows(io.BytesIO(content), Wording(**asked))[1])
    except FileError as error:
        legible(error.message).encode()
        return 0
    assert len(rows) < MOST_ROWS + len(content)
    for number, row in rows:
        assert number > 0
        if isinstance(row, RowError):
            says_what_is_wrong(row)
        else:
            parse_every_way(row)
    return len(rows)


def says_what_is_wrong(error: RowError) -> None:
    for part in (legible(error.message), shown(error.value), shown(error.field)):
        assert "\0" not in part
        part.encode()


def parse_every_way(row) -> None:
    for formats in (FORMATS, EVERY):
        try:
            detect(row, formats).read(row)
        except RowError as error:
            says_what_is_wrong(error)


@FUZZ
@given(st.lists(PIECES | st.binary(max_size=6), max_size=30).map(b"".join))
def test_any_bytes_become_rows_or_sentences(content):
    read_to_the_end(content)
    read_to_the_end(b"prompt,chosen,rejected\n" + content)
    read_to_the_end(b'[{"prompt": "Q"}, ' + content)


@FUZZ
@given(st.lists(PIECES, max_size=15).map(b"".join), st.integers(0, 200))
def test_packed_and_cut_short_they_do_as_well(content, n_cut):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml" if n_cut % 3 == 0 else "data", content)
    for whole in (gzip.compress(content), packed.getvalue()):
        read_to_the_end(whole)
        read_to_the_end(whole[:-n_cut])
        damaged = bytearray(whole)
        damaged[n_cut % len(damaged)] ^= 0xFF
        read_to_the_end(bytes(damaged))


@FUZZ
@given(
    st.text(max_size=60),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "gb18030", "cp1252", "latin-1"]),
    st.sampled_from(["", "utf-16-le", "gb18030", "shift_jis", "cp1252", "no such"]),
    st.sampled_from(["", ",", "\t", "x"]),
)
def test_any_text_in_any_encoding_read_as_any_other(text, written, asked, delimiter):
    content = ("prompt,chosen,rejected\n" + text).encode(written, errors="replace")
    read_to_the_end(content, encoding=asked, delimiter=delimiter)


@settings(FUZZ, max_examples=300)
@given(ODD_ROWS)
def test_any_row_of_known_fields_is_parsed_or_refused_by_every_format(row):
    parse_every_way(row)
    for entry in EVERY:
        try:
            entry.read(row)
        except RowError as error:
            says_what_is_wrong(error)
            assert "Error:" not in error.message, "nobody thought of it"


@FUZZ
@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4), st.randoms())
def test_an_array_and_lines_say_the_same_of_each_row(rows, randomness):
    sources = [json.dumps(row, ensure_ascii=randomness.random() < 0.5) for row in rows]
    encoded = [source.encode(errors="surrogatepass") for source in sources]
    plain = b'{"prompt": "Q"}'
    lines = outcomes(b"\n".join([plain, *encoded, plain]))
    array = outcomes(b"[" + b",".join([plain, *encoded, plain]) + b"]")
    assert lines == array


def test_many_broken_lines_at_the_beginning_hide_no_row_behind_them():
    lines = [b'{"prompt": "Q",,}'] * 12 + [b'{"prompt": "Q"}'] * 3
    said = outcomes(b"\n".join(lines))
    assert len(said) == len(lines)
    assert said[-1] == "{'prompt': 'Q'}"
    whole = b'{"prompt": "Q",\n "chosen": "a"}\n{"prompt": "R"\n}'
    assert outcomes(whole) == ["{'prompt': 'Q', 'chosen': 'a'}", "{'prompt': 'R'}"]


def outcomes(content: bytes) -> list[str]:
    rows = open_rows(io.BytesIO(content))[1]
    return [row.message if isinstance(row, RowError) else repr(row) for _number, row in rows]


@pytest.mark.parametrize(
    "piece", [b"[", b'{"a":', b'"', b'"\n', b'a,"b\n', b"[[],", b"\r", b"{}", b"[{"]
)
def test_a_megabyte_of_one_thing_is_read_in_a_moment(piece):
    for before in (b"", b"prompt,chosen,rejected\n", b"["):
        content = before + piece * (2**18 // len(piece))
        try:
            assert all(number > 0 for number, _row in open_rows(io.BytesIO(content))[1])
        except FileError as error:
            says_what_is_wrong(error)


def test_damaged_bytes_anywhere_in_a_good_file_lose_no_row_in_silence():
    rows = [{"prompt": f"Q{n}", "chosen": "yes", "rejected": "no"} for n in range(20)]
    whole = "\n".join(map(json.dumps, rows)).encode()
    randomness = random.Random(1)
    for _trial in range(100):
        damaged = bytearray(whole)
        damaged[randomness.randrange(len(whole))] = randomness.choice(b'"{}[],\\\xff')
        assert read_to_the_end(bytes(damaged)) >= 19
