"""The file of prompts to sample: each by an id of its own, of texts that a tokenizer takes."""

import json

import pytest

from alignment_core.errors import RecordError
from alignment_core.tasks.sample import read_prompts

ASK = [{"role": "user", "content": "Which colour?"}]


def written(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_prompts_are_read_with_their_ids(tmp_path):
    rows = [{"id": name, "messages": ASK} for name in ("a", "b")]
    assert [one.id for one in read_prompts(written(tmp_path / "prompts.jsonl", *rows))] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"id": "a", "messages": ASK}, "row 2, field id: an earlier prompt has this id"),
        ({"id": "\ud800", "messages": ASK}, "row 2, field id: the text holds half a surrogate"),
        ({"id": " ", "messages": ASK}, "row 2, field id: the text is empty"),
        ({"id": 3, "messages": ASK}, "row 2, field id: expected an object with id and messages"),
        ({"id": "b", "messages": [{"role": "user", "content": "\udfff"}]}, "row 2, field messages"),
    ],
)
def test_what_would_be_mixed_up_or_break_down_is_refused_by_row(tmp_path, row, says):
    path = written(tmp_path / "prompts.jsonl", {"id": "a", "messages": ASK}, row)
    with pytest.raises(RecordError, match=says):
        list(read_prompts(path))
