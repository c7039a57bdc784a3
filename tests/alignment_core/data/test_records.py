import json

import pytest

from alignment_core.canonical import digest_of_directory
from alignment_core.data.records import (
    canonical_line,
    digest_of_records,
    parse_line,
    read_records,
    write_records,
)
from alignment_core.errors import RecordError
from tests.alignment_core.small_runs import make_record, make_records

GOOD = {"prompt": [{"role": "user", "content": "Hi"}], "chosen": "Hello", "rejected": "No"}


def test_a_record_comes_back_as_it_was_written(tmp_path):
    records = make_records(3)
    assert write_records(tmp_path / "r.jsonl", records) == 3
    assert list(read_records(tmp_path / "r.jsonl")) == records


def test_a_line_is_canonical_whatever_the_order_of_its_fields():
    one = parse_line(json.dumps(GOOD).encode(), row=1)
    other = parse_line(json.dumps(dict(reversed(GOOD.items())), indent=1).encode(), row=1)
    assert canonical_line(one) == canonical_line(other)
    assert canonical_line(one).startswith(b'{"chosen":"Hello","id":"row-1",')


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"chosen": None}, "chosen"),
        ({"chosen": "  "}, "chosen"),
        ({"chosen": 3}, "chosen"),
        ({"rejected": "Hello"}, "rejected"),
        ({"rejected": "a\0b"}, "rejected"),
        ({"rejected": "\ud800"}, "rejected"),
        ({"prompt": []}, "prompt"),
        ({"prompt": "Hi"}, "prompt"),
        ({"prompt": [{"role": "bot", "content": "Hi"}]}, "prompt[0].role"),
        ({"prompt": [{"role": "user", "content": ""}]}, "prompt[0].content"),
        ({"prompt": [{"role": "assistant", "content": "Hi"}]}, "prompt"),
        ({"prompt": [{"role": "user", "content": [{"type": "image"}]}]}, "prompt[0].content[0]"),
        ({"outcome": "draw"}, "outcome"),
        ({"p_chosen": 1.5}, "p_chosen"),
        ({"verdicts": {"chosen": -1}}, "verdicts.chosen"),
        ({"verdicts": {"first": 1}}, "verdicts.first"),
        ({"verdict": {}}, "verdict"),
    ],
)
def test_a_bad_row_is_refused_by_row_and_field(change, field):
    line = json.dumps({**GOOD, **change}).encode()
    with pytest.raises(RecordError, match="row 7") as refusal:
        parse_line(line, row=7)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("line", "reason"), [(b"\xff{}", "UTF-8"), (b"{", "not JSON"), (b"[]", "not a JSON object")]
)
def test_a_broken_line_is_refused_by_row(line, reason):
    with pytest.raises(RecordError, match=reason) as refusal:
        parse_line(line, row=2)
    assert refusal.value.row == 2


def test_content_may_be_a_list_of_text_parts():
    parts = [{"type": "text", "text": "Hi "}, {"type": "text", "text": "you"}]
    record = parse_line(
        json.dumps({**GOOD, "prompt": [{"role": "user", "content": parts}]}).encode(), row=1
    )
    assert record.prompt[0]["content"] == parts


def test_a_snapshot_digest_depends_on_every_record_and_on_the_header():
    records = make_records(3)
    digest = digest_of_records(records, header={"salt": "a"})
    assert digest == digest_of_records(make_records(3), header={"salt": "a"})
    assert digest != digest_of_records(records, header={"salt": "b"})
    assert digest != digest_of_records(records[:2], header={"salt": "a"})


def test_a_snapshot_digest_needs_the_records_in_order():
    with pytest.raises(ValueError, match="ascend"):
        digest_of_records([make_record(1), make_record(0)], header={})


def test_a_directory_digest_sees_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("1")
    first = digest_of_directory(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = digest_of_directory(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, renamed, digest_of_directory(tmp_path)}) == 3
