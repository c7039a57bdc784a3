"""Rows out of files of every kind, as their authors meant them, or what is wrong in a sentence."""

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from alignment_core.formats import limits, unpacking
from alignment_core.formats.checks import FileError, RowError
from alignment_core.formats.encodings import candidates
from alignment_core.formats.readers import Wording, open_rows

ROWS = [{"prompt": f"Q{n}", "chosen": "yes", "rejected": "no"} for n in (1, 2)]
TABLE = "prompt,chosen,rejected\nQ1,yes,no\nQ2,yes,no\n"


def read(content, **asked):
    found, rows = open_rows(io.BytesIO(content), Wording(**asked))
    return found, list(rows)


def good_and_wrong(content, **asked):
    """The rows that could be read, and the numbers of the others with what is wrong."""
    rows = read(content, **asked)[1]
    good = [row for _number, row in rows if not isinstance(row, RowError)]
    return good, {number: row.message for number, row in rows if isinstance(row, RowError)}


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


ONE_AFTER_ANOTHER = "\n".join(json.dumps(row, indent=1) for row in ROWS)
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, ROWS)),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps(ROWS)[:-1] + ",]",
        "\n".join(json.dumps([row]) for row in ROWS),
        ONE_AFTER_ANOTHER,
        "".join(map(json.dumps, ROWS)),
        json.dumps({"data": ROWS, "version": 1}),
        json.dumps({"version": 1, "data": ROWS}, indent=1),
        '{"data": [\n' + ",\n".join(map(json.dumps, ROWS)) + "\n]}",
        json.dumps(COLUMNS),
        TABLE,
        TABLE.replace("\n", "\r"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r", 1),
        *(TABLE.replace(",", mark) for mark in ";|\t"),
    ],
)
def test_one_set_of_rows_is_the_same_in_every_shape(text):
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        for packed in (content, gzip.compress(content), zipped(data=content)):
            assert good_and_wrong(packed) == (ROWS, {})


ODD_VALUES = [
    ('{"prompt": "a\\ud83d"}', {"prompt": "a\ud83d"}),
    ('{"prompt": NaN}', {"prompt": None}),
    ('{"prompt": Infinity}', {"prompt": float("inf")}),
    ('{"prompt": "x\\u0000"}', {"prompt": "x\0"}),
    ('{"n": ' + "9" * 5000 + "}", {"n": float("inf")}),
    ('{"a": 1, "a": 2}', "This field stands twice in the row."),
    ('{"b": {"a": 1, "a": 2}}', "This field stands twice in the row."),
    ('["x"]', "not a JSON object"),
    ('{"a": ' + "[" * 600 + "]" * 600 + "}", "nested too deeply"),
]


@pytest.mark.parametrize(("source", "expected"), ODD_VALUES)
def test_lines_and_arrays_follow_one_rule(source, expected):
    plain = '{"prompt": "Q"}'
    as_lines = good_and_wrong(f"{plain}\n{source}\n{plain}\n".encode())
    as_array = good_and_wrong(f"[{plain},{source},{plain}]".encode())
    for good, wrong in (as_lines, as_array):
        if isinstance(expected, dict):
            assert (good[1], wrong) == (expected, {})
        else:
            assert (len(good), list(wrong)) == (2, [2])
            assert expected in wrong[2]


def test_bytes_that_are_not_utf8_cost_one_row_in_both():
    row = b'{"prompt": "caf\xe9"}'
    for content in (row + b'\n{"prompt": "b"}\n', b"[" + row + b', {"prompt": "b"}]'):
        assert good_and_wrong(content) == ([{"prompt": "b"}], {1: "Not UTF-8."})


def test_an_array_that_breaks_off_keeps_what_came_before():
    good, wrong = good_and_wrong(json.dumps(ROWS)[:-1].encode())
    assert (good, list(wrong)) == (ROWS, [3])
    assert wrong[3].endswith("Nothing after it was read.")


def test_a_second_list_of_rows_is_not_dropped_in_silence():
    good, wrong = good_and_wrong(json.dumps({"train": ROWS, "test": ROWS}).encode())
    assert (good, list(wrong)) == (ROWS, [3])


def test_one_row_of_lists_is_a_row_where_they_are_conversations():
    row = {side: [{"role": "user", "content": side}] for side in ("chosen", "rejected")}
    assert good_and_wrong(json.dumps(row).encode()) == ([row], {})


def test_a_quote_left_open_costs_its_row_and_no_other():
    table = TABLE + 'Q3,"open,x\nQ4,yes,no\nQ5,yes,no\n'
    good, wrong = good_and_wrong(table.encode())
    assert [row["prompt"] for row in good] == ["Q1", "Q2", "Q4", "Q5"]
    assert wrong == {4: "A quote is opened in this row and never closed."}


def test_what_was_inside_a_broken_quote_is_no_row():
    table = TABLE + '"He "said"\nmore",yes,no\nQ4,yes,no\n'
    good, wrong = good_and_wrong(table.encode())
    assert [row["prompt"] for row in good] == ["Q1", "Q2", "Q4"]
    assert list(wrong) == [4, 5]


def test_line_breaks_in_a_cell_stay_as_they_are():
    for line_break in ("\n", "\r\n", "\r"):
        good, _wrong = good_and_wrong(f'prompt,chosen\nQ,"a{line_break}b"\n'.encode())
        assert good == [{"prompt": "Q", "chosen": f"a{line_break}b"}]


def test_a_carriage_return_inside_a_row_does_not_cut_it_short_in_silence():
    good, wrong = good_and_wrong(b"prompt,chosen,rejected,note\nQ,a,b\rc,note\nQ,a,b,n\n")
    assert (len(good), list(wrong)) == (2, [2])
    assert good[1]["note"] == "n"


def test_quotes_are_letters_where_a_tab_divides_and_they_enclose_nothing():
    found, rows = read(b'prompt\tchosen\nSay "hi"\t"Hi" she said\n"quoted" start\tx\n')
    assert found.quotes == "plain"
    assert [row["chosen"] for _number, row in rows] == ['"Hi" she said', "x"]


def test_two_likely_delimiters_are_asked_about_and_not_guessed():
    content = b"prompt,chosen;x\nQ1,a;b\n"
    with pytest.raises(FileError, match="Say which"):
        read(content)
    assert read(content, delimiter=",")[1][0][1]["chosen;x"] == "a;b"


def test_a_header_that_names_a_column_twice_is_refused():
    with pytest.raises(FileError, match="“chosen” twice"):
        read(b"prompt,chosen,chosen,rejected\nQ,a,c,b\n")


def test_rows_of_empty_cells_are_no_rows_and_count_as_in_a_spreadsheet():
    rows = read(b"prompt,chosen,rejected\n,,\n\nQ,a,\n,,\n")[1]
    assert rows == [(4, {"prompt": "Q", "chosen": "a", "rejected": ""})]


def test_a_column_without_a_name_takes_no_other_ones_place():
    with pytest.raises(FileError, match="“column 2” twice"):
        read(b"column 2,,prompt\na,b,Q\n")
    assert read(b"prompt,,x\nQ,b,c\n")[1][0][1] == {"prompt": "Q", "column 2": "b", "x": "c"}


def test_a_parquet_file_that_names_a_column_twice_is_refused():
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    table = arrow.table([["Q"], ["a"], ["c"]], names=["prompt", "chosen", "chosen"])
    parquet.write_table(table, file)
    with pytest.raises(FileError, match="“chosen” twice"):
        read(file.getvalue())


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("above", ["\n\n", "sep={}\n", '"sep={}"\n', "\n \nSEP={}\n", "sep={}\n\n"])
def test_what_stands_above_the_header_is_not_the_header(above, end, mark):
    content = (above.format(mark) + TABLE.replace(",", mark)).replace("\n", end)
    found, rows = read(content.encode())
    assert (found.delimiter, [row for _number, row in rows]) == (mark, ROWS)
    n_above = above.count("\n")
    assert [number for number, _row in rows] == [n_above + 2, n_above + 3]


def test_excels_word_settles_two_likely_delimiters_and_the_readers_word_settles_excels():
    content = b"sep=;\nprompt;chosen,rejected\nQ;a,b\n"
    assert read(content)[1][0][1] == {"prompt": "Q", "chosen,rejected": "a,b"}
    assert read(content, delimiter=",")[1][0][1] == {"prompt;chosen": "Q;a", "rejected": "b"}
    strange = read(b"sep=#\nprompt,chosen\nQ,a\n")[1]
    assert [row for _number, row in strange] == [{"prompt": "Q", "chosen": "a"}]


def test_only_above_the_header_is_a_word_on_the_delimiter():
    good, wrong = good_and_wrong(b"prompt,chosen\nsep=;\nQ,a\n")
    assert (good, wrong) == ([{"prompt": "sep=;"}, {"prompt": "Q", "chosen": "a"}], {})


def test_a_table_of_nothing_but_words_above_a_header_has_no_rows():
    assert read(b"sep=;\n")[1] == []


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "制定适合的护肤程序"),
        ("cp1252", "café"),
        ("shift_jis", "こんにちは"),
        ("utf-32", "é"),
    ],
)
def test_other_encodings_are_read_where_somebody_says_which(encoding, text):
    content = f"prompt,chosen,rejected\n{text},a,b\n".encode(encoding)
    asked = "" if encoding == "utf-32" else encoding  # which has a mark
    found, rows = read(content, encoding=asked)
    assert rows[0][1]["prompt"] == text
    assert found.encoding.startswith(encoding)
    if asked:
        assert not candidates(TABLE.encode())
        assert any(text in shown for name, shown in candidates(content) if name == encoding)


def test_bytes_that_are_not_of_the_encoding_named_are_not_replaced():
    rows = "制定,a\n" * 100_000
    good, wrong = good_and_wrong(
        f"prompt,chosen\n{rows}".encode("gb18030") + b"\xff\xff\xff,b\n", encoding="gb18030"
    )
    assert good[0] == {"prompt": "制定", "chosen": "a"}
    (message,) = wrong.values()
    assert "can't decode byte 0xff" in message
    assert message.endswith("Nothing after it was read.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(a="x", b="y"), "holds 2 files"),
        (zipped(), "holds 0 files"),
        (b"PK\x03\x04 and so on", "ZIP file is broken"),
        (b"BZh9 and so on", "bzip2 archive"),
        (b"%PDF-1.7", "PDF"),
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(gzip.compress(b"x"))[:12], "cannot be read"),
    ],
)
def test_what_is_no_data_is_refused_in_a_sentence(content, said):
    with pytest.raises(FileError, match=said):
        read(content)


def test_a_packed_tar_is_refused_and_says_what_to_do():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("data.jsonl"), io.BytesIO())
    with pytest.raises(FileError, match="tar archive"):
        read(packed.getvalue())


def test_a_file_that_unpacks_to_far_more_than_its_size_is_stopped(monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_AT_LEAST", 1000)
    bomb = gzip.compress(b'{"prompt": "Q"}\n' + b" " * 2**22)
    for content in (bomb, zipped(data=gzip.decompress(bomb))):
        with pytest.raises(FileError, match="too much for its size"):
            read(content)


def test_a_row_too_long_for_memory_is_skipped_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 500)
    for content in (
        "\n".join(map(json.dumps, [ROWS[0], {"prompt": "x" * 2000}, ROWS[1]])),
        TABLE.replace("\nQ2", "\n" + "x" * 2000 + ",a,b\nQ2"),
    ):
        good, wrong = good_and_wrong(content.encode())
        assert good == ROWS
        assert "longer than" in "".join(wrong.values())
