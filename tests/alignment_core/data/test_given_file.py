"""Everyone's files: one light reader for training, whatever the format."""

import csv
import gzip
import importlib.util
import io
import json
import sys
from pathlib import Path

import pytest

from alignment_core.configs import METHODS
from alignment_core.data.given_file import GivenFile, texts_of_file
from alignment_core.data.records import write_records
from alignment_core.errors import RecordError, Refused
from tests.alignment_core.small_runs import make_record

USER = {"role": "user", "content": "Why?"}
GOOD, BAD = ({"role": "assistant", "content": text} for text in ("Because.", "No."))
HH = "\n\nHuman: Why?\n\nAssistant: "
PAIRS = {
    "pairs": {"prompt": "Why?", "chosen": "Because.", "rejected": "No."},
    "trl_explicit": {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
    "trl_implicit": {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
    "hh": {"chosen": HH + "Because.", "rejected": HH + "No."},
    "llama_factory": {"instruction": "Why?", "input": "", "chosen": "Because.", "rejected": "No."},
    "llama_factory_chat": {
        "conversations": [{"from": "human", "value": "Why?"}],
        "chosen": {"from": "gpt", "value": "Because."},
        "rejected": {"from": "gpt", "value": "No."},
    },
    "openai": {
        "input": {"messages": [USER], "tools": []},
        "preferred_output": [GOOD],
        "non_preferred_output": [BAD],
    },
    "records": {"prompt": [USER], "chosen": "Because.", "rejected": "No."},
}
SINGLES = {
    "chat": {"messages": [USER, GOOD]},
    "sharegpt": {
        "conversations": [
            {"from": "human", "value": "Why?"},
            {"from": "gpt", "value": "Because."},
        ]
    },
    "llama_factory_single": {"instruction": "Why?", "output": "Because."},
    "trl_completion": {"prompt": [USER], "completion": [GOOD]},
}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def given(tmp_path, content, name="data.jsonl"):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else lines(content))
    return GivenFile(file)


def says(record):
    return (record.prompt, record.chosen, record.rejected, record.outcome)


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_the_same_record_in_every_format(tmp_path, name):
    file = given(tmp_path, [PAIRS[name]])
    assert [says(record) for record in file.records()] == [
        ((USER,), "Because.", "No.", "preference")
    ]
    assert (file.format, file.n_rows, dict(file.unused)) == (name, 1, {})


@pytest.mark.parametrize("name", SINGLES)
def test_a_completion_alone_is_one_to_imitate(tmp_path, name):
    file = given(tmp_path, [SINGLES[name]])
    assert [says(record) for record in file.records()] == [
        ((USER,), "Because.", "", "demonstration")
    ]
    assert file.format == name


@pytest.mark.parametrize("name", [*PAIRS, *SINGLES])
def test_fields_that_nobody_knows_are_kept_aside_and_counted(tmp_path, name):
    row = {**PAIRS, **SINGLES}[name]
    file = given(tmp_path, [row | {"score": 3, "source": "web"}, row | {"score": 4}])
    assert len(list(file.records())) == 2
    assert file.as_json()["unused_fields"] == {"score": 2, "source": 1}


def test_a_record_keeps_all_that_it_says(tmp_path):
    write_records(tmp_path / "own.jsonl", [make_record(1)])
    assert list(GivenFile(tmp_path / "own.jsonl").records()) == [make_record(1)]


def test_an_array_a_table_and_their_gz_are_read_alike(tmp_path):
    row = PAIRS["pairs"]
    table = io.StringIO()
    writer = csv.DictWriter(table, row)
    writer.writeheader()
    writer.writerow(row)
    for content in (json.dumps([row], indent=1).encode(), table.getvalue().encode()):
        for packed in (content, gzip.compress(content), b"\xef\xbb\xbf" + content):
            (record,) = given(tmp_path, packed).records()
            assert says(record)[1:3] == ("Because.", "No.")


def test_good_and_bad_completions_of_a_prompt_make_pairs_and_the_rest_stands_alone(tmp_path):
    other = {"prompt": "Who?", "completion": "Me.", "label": True}
    file = given(
        tmp_path,
        [
            {"prompt": "Why?", "completion": "No.", "label": False},
            other,
            {"prompt": "Why?", "completion": "Because.", "label": True},
            {"prompt": "When?", "completion": "Never.", "label": "false"},
        ],
    )
    found = [(record.chosen, record.rejected, record.outcome) for record in file.records()]
    assert found == [
        ("Because.", "No.", "preference"),
        ("Me.", "", "demonstration"),
        ("", "Never.", "undesirable"),
    ]
    assert dict(file.dropped) == {}


def test_one_text_that_is_called_good_and_bad_makes_no_pair_and_is_not_lost(tmp_path):
    row = {"prompt": "Why?", "completion": "So."}
    file = given(tmp_path, [row | {"label": True}, row | {"label": False}])
    found = [(record.chosen, record.rejected, record.outcome) for record in file.records()]
    assert found == [("So.", "", "demonstration"), ("", "So.", "undesirable")]


@pytest.mark.parametrize("votes_in", ["a list", "rows"])
def test_votes_are_counted_for_the_answer_that_has_more(tmp_path, votes_in):
    row = {"prompt": "Why?", "response_a": "No.", "response_b": "Because."}
    votes = [
        {"annotator": name, "choice": choice} for name, choice in zip("abc", "bba", strict=True)
    ]
    rows = [row | {"votes": votes}] if votes_in == "a list" else [row | vote for vote in votes]
    (record,) = given(tmp_path, rows).records()
    assert (record.chosen, record.verdicts.chosen, record.verdicts.rejected) == ("Because.", 2, 1)


def test_system_turns_history_and_inputs_come_into_the_prompt(tmp_path):
    row = {
        "system": "Be short.",
        "history": [["Hello", "Hi"]],
        "instruction": "Add",
        "input": "1 and 2",
        "output": "3",
    }
    (record,) = given(tmp_path, [row]).records()
    assert [message["role"] for message in record.prompt] == ["system", "user", "assistant", "user"]
    assert record.prompt[-1]["content"] == "Add\n1 and 2"


@pytest.mark.parametrize(
    ("rows", "row", "field"),
    [
        ([PAIRS["pairs"], {"prompt": "a", "chosen": "b"}], 2, "rejected"),
        ([PAIRS["pairs"], PAIRS["pairs"] | {"chosen": " "}], 2, "chosen"),
        ([SINGLES["chat"], {"messages": [USER]}], 2, "messages[0].role"),
        ([SINGLES["chat"], {"messages": [USER, GOOD], "label": "maybe"}], 2, "label"),
        ([PAIRS["records"], {"prompt": []}], 2, "prompt"),
        ([PAIRS["openai"], PAIRS["openai"] | {"input": {}}], 2, "input.messages"),
    ],
)
def test_a_wrong_row_is_named_with_its_field(tmp_path, rows, row, field):
    with pytest.raises(RecordError) as refusal:
        list(given(tmp_path, rows).records())
    assert (refusal.value.row, refusal.value.field) == (row, field)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lines([{"colour": 1}]), "No known format has these fields: colour"),
        (lines([{"prompt": "a", "choosen": "b", "rejected": "c"}]), "it lacks: chosen"),
        (b"PK\x03\x04", "Excel or ZIP"),
        (gzip.compress(lines([PAIRS["pairs"]] * 99))[:60], "end-of-stream"),
        (b"{" * 3, "Not JSON from here on"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"prompt": ' + b'[{"a": ' * 40_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, content, said):
    with pytest.raises(Refused, match=said):
        list(given(tmp_path, content).records())


def test_parquet_is_refused_with_what_reads_it_where_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(Refused, match="Parquet needs the package pyarrow"):
        list(given(tmp_path, b"PAR1 and so on").records())


def stand_in_for_pyarrow(rows):
    class Parquet:
        def __init__(self, file):
            pass

        def iter_batches(self, batch_size):
            return [self]

        def to_pylist(self):
            return rows

    return type("module", (), {"ParquetFile": Parquet})


PARQUET = Path(__file__).parent / "chats.parquet"
IN_PARQUET = [  # what pyarrow gives of it: each message has all fields that any has
    {
        "messages": [
            {"role": "user", "content": "Why?", "weight": None},
            {"role": "assistant", "content": "No.", "weight": 0},
            {"role": "user", "content": "Why?", "weight": None},
            {"role": "assistant", "content": "Because.", "weight": 1},
        ],
        "tags": ["a", "b"],
        "score": 0.5,
    },
    {
        "messages": [
            {"role": "user", "content": "谁?", "weight": None},
            {"role": "assistant", "content": "Me.", "weight": None},
        ],
        "tags": None,
        "score": None,
    },
]


def test_parquet_with_lists_of_objects_is_read_like_json_lines(tmp_path, monkeypatch):
    """By the package where it is installed, else by what stands in for it."""
    if importlib.util.find_spec("pyarrow") is None:
        monkeypatch.setitem(sys.modules, "pyarrow", type("module", (), {}))
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", stand_in_for_pyarrow(IN_PARQUET))
    from_parquet = given(tmp_path, PARQUET.read_bytes(), "data.parquet")
    found = [(says(record), record.tags) for record in from_parquet.records()]
    from_lines = given(tmp_path, IN_PARQUET)
    assert found == [(says(record), record.tags) for record in from_lines.records()]
    assert [record[0][1] for record in found] == ["Because.", "Me."]
    assert from_parquet.as_json() == from_lines.as_json()
    assert from_parquet.as_json()["unused_fields"] == {"score": 1}


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_a_broken_parquet_file_is_refused_in_a_sentence(tmp_path):
    for content in (PARQUET.read_bytes()[:-20], b"PAR1", b"PAR1 and so on PAR1"):
        with pytest.raises(Refused, match="cannot read"):
            list(given(tmp_path, content, "data.parquet").records())


def test_the_texts_of_a_file_are_read_in_every_format(tmp_path):
    file = given(tmp_path, [PAIRS["hh"]])
    assert list(texts_of_file(file.path)) == ["Why?", "Because.", "No."]


@pytest.mark.parametrize("method", ["sft", "dpo", "kto", "grpo"])
def test_each_method_takes_what_it_can_use_and_counts_the_rest(tmp_path, encoder, method):
    from alignment_core.data.preparation import prepare_file

    (tmp_path / "data.jsonl").write_bytes(
        lines(
            [
                {"prompt": "Why?", "completion": "Because.", "label": True},
                {"prompt": "Why?", "completion": "No.", "label": False},
                {"prompt": "Who?", "completion": "Me.", "label": True},
                {"prompt": "When?", "completion": "Never.", "label": False},
            ]
        )
    )
    sides, alone = METHODS[method].sides, METHODS[method].alone
    prepared = prepare_file(
        tmp_path / "data.jsonl", encoder, sides=sides, alone=alone, max_length=64
    )
    assert len(prepared) == {"sft": 2, "dpo": 1, "kto": 3, "grpo": 3}[method]
    dropped = {
        "sft": {"bad_without_good": 1},
        "dpo": {"one_completion": 1, "bad_without_good": 1},
    }
    assert dict(prepared.counts.dropped) == dropped.get(method, {})
    assert prepared.given["format"] == "trl_completion"
