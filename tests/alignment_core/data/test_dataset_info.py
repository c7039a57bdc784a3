"""LLaMA-Factory's dataset_info.json: files whose columns and roles have names of their own."""

import json

import pytest

from alignment_core.data.dataset_info import digest_of_data
from alignment_core.data.given_file import GivenFile
from alignment_core.errors import RecordError, Refused

USER = {"role": "user", "content": "Why?"}
SAID = {"who": "h", "what": "Why?"}
TAGS = {"role_tag": "who", "content_tag": "what", "user_tag": "h", "assistant_tag": "m"}
CASES = {
    "alpaca": (
        {"columns": {"prompt": "q", "query": "more", "response": "a", "system": "rules"}},
        {"q": "Add", "more": "1 and 2", "a": "3", "rules": "Be short."},
        (["Be short.", "Add\n1 and 2"], "3", "", "demonstration"),
    ),
    "alpaca, no query": (
        {"columns": {"prompt": "q", "response": "a"}},
        {"q": "Add", "input": "1 and 2", "a": "3"},
        (["Add"], "3", "", "demonstration"),
    ),
    "alpaca, history": (
        {"columns": {"prompt": "q", "response": "a", "history": "before"}},
        {"q": "Why?", "a": "So.", "before": [["Hello", "Hi"]]},
        (["Hello", "Hi", "Why?"], "So.", "", "demonstration"),
    ),
    "alpaca, ranking": (
        {"ranking": True, "columns": {"prompt": "q", "chosen": "good", "rejected": "bad"}},
        {"q": "Why?", "good": "Because.", "bad": "No."},
        (["Why?"], "Because.", "No.", "preference"),
    ),
    "alpaca, label": (
        {"columns": {"prompt": "q", "response": "a", "kto_tag": "liked"}},
        {"q": "Why?", "a": "No.", "liked": False},
        (["Why?"], "", "No.", "undesirable"),
    ),
    "alpaca, prompts": (
        {"columns": {"prompt": "q"}},
        {"q": "Why?", "output": "No."},
        (["Why?"], "", "", "prompt"),
    ),
    "sharegpt": (
        {"formatting": "sharegpt", "columns": {"messages": "talk"}, "tags": TAGS},
        {"talk": [SAID, {"who": "m", "what": "Because."}]},
        (["Why?"], "Because.", "", "demonstration"),
    ),
    "sharegpt, swapped roles": (
        {
            "formatting": "sharegpt",
            "columns": {"messages": "talk"},
            "tags": {"user_tag": "gpt", "assistant_tag": "human"},
        },
        {"talk": [{"from": "gpt", "value": "Why?"}, {"from": "human", "value": "Because."}]},
        (["Why?"], "Because.", "", "demonstration"),
    ),
    "sharegpt, ranking": (
        {
            "formatting": "sharegpt",
            "ranking": True,
            "columns": {"messages": "talk", "chosen": "good", "rejected": "bad"},
            "tags": TAGS,
        },
        {
            "talk": [{"who": "system", "what": "Be kind."}, SAID],
            "good": {"who": "m", "what": "Because."},
            "bad": {"who": "m", "what": "No."},
        },
        (["Be kind.", "Why?"], "Because.", "No.", "preference"),
    ),
    "openai": (
        {"formatting": "openai", "columns": {"messages": "talk"}},
        {"talk": [USER, {"role": "assistant", "content": "Because."}]},
        (["Why?"], "Because.", "", "demonstration"),
    ),
}


def described(tmp_path, entry, rows, *, name="data.jsonl"):
    """A file with an entry beside it."""
    (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    entries = {"mine": {"file_name": name} | entry, "elsewhere": {"hf_hub_url": "a/b"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(entries))
    return GivenFile(tmp_path / name)


def says(record):
    prompt = [message["content"] for message in record.prompt]
    return (prompt, record.chosen, record.rejected, record.outcome)


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_read_by_the_names_of_its_own_columns(tmp_path, case):
    entry, row, expected = CASES[case]
    file = described(tmp_path, entry, [row | {"id": "x-1", "score": 2}])
    (record,) = file.records()
    assert says(record) == expected
    assert record.id == "x-1"
    unused = {"score": 1} | {name: 1 for name in ("input", "output") if name in row}
    assert file.as_json()["unused_fields"] == unused
    assert file.as_json()["described_by"] == "mine"


@pytest.mark.parametrize(
    ("entry", "row", "field", "reason"),
    [
        (CASES["alpaca"][0], {"more": "b", "a": "c"}, "q", "unreadable"),
        (CASES["alpaca"][0], {"q": "b", "a": ""}, "a", "unreadable"),
        (CASES["alpaca, ranking"][0], {"q": "b", "good": "c"}, "bad", "unreadable"),
        (
            CASES["sharegpt"][0],
            {"talk": [SAID, {"who": "x", "what": "b"}]},
            "talk[1].who",
            "unreadable",
        ),
        (
            CASES["sharegpt"][0],
            {"talk": [SAID, {"who": "m", "what": ""}]},
            "talk[1].what",
            "unreadable",
        ),
        (
            CASES["sharegpt"][0],
            {"talk": [SAID, {"who": "function_call", "what": "f()"}]},
            "talk[1].who",
            "tool_turn",
        ),
        (
            {"columns": {"prompt": "q", "response": "a", "tools": "can"}},
            {"q": "b", "a": "c", "can": '[{"name": "f"}]'},
            "can",
            "tool_turn",
        ),
        (
            {"columns": {"prompt": "q", "response": "a", "images": "seen"}},
            {"q": "b", "a": "c", "seen": ["a.png"]},
            "seen",
            "unreadable",
        ),
    ],
)
def test_what_is_wrong_is_said_by_the_names_of_the_file(tmp_path, entry, row, field, reason):
    with pytest.raises(RecordError) as refusal:
        list(described(tmp_path, entry, [row, row]).records())
    assert (refusal.value.row, refusal.value.field, refusal.value.reason) == (1, field, reason)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"columns": {"promt": "q"}}, "columns.promt is not known"),
        ({"tags": {"bot_tag": "q"}, "formatting": "sharegpt"}, "tags.bot_tag is not known"),
        ({"formatting": "parquet"}, "formatting must be one of"),
        ({"ranking": "yes"}, "ranking must be true or false"),
        ({"num_samples": 10}, "num_samples is not done here"),
        ({"columns": ["q"]}, "columns must be an object"),
    ],
)
def test_an_entry_that_asks_for_something_else_is_refused(tmp_path, entry, said):
    with pytest.raises(Refused, match=said) as refusal:
        list(described(tmp_path, entry, [{"prompt": "a", "completion": "b"}]).records())
    assert refusal.value.field == "dataset_info"


def test_what_does_not_describe_the_file_changes_nothing(tmp_path):
    row = {"prompt": "Why?", "completion": "So."}
    for content in (
        {"other": {"file_name": "other.jsonl", "columns": {"prompt": "q"}}},
        {"mine": {"file_name": "data.jsonl"}},
        {"features": {"prompt": {"dtype": "string"}}, "builder_name": "json"},  # of `datasets`
    ):
        file = described(tmp_path, {}, [row])
        (tmp_path / "dataset_info.json").write_text(json.dumps(content))
        assert len(list(file.records())) == 1
        assert file.format == "trl_completion"
    (tmp_path / "dataset_info.json").write_text("{")
    with pytest.raises(Refused, match="dataset_info"):
        list(file.records())


def test_two_entries_for_one_file_are_refused_until_one_is_named(tmp_path):
    file = described(tmp_path, {}, [{"q": "Why?", "a": "So.", "r": "Why?"}])
    both = {
        name: {"file_name": "data.jsonl", "columns": {"prompt": "q", "response": name}}
        for name in ("a", "r")
    }
    (tmp_path / "dataset_info.json").write_text(json.dumps(both))
    with pytest.raises(Refused, match="in several ways, a, r"):
        list(file.records())
    (record,) = GivenFile(file.path, dataset="r").records()
    assert record.chosen == "Why?"
    with pytest.raises(Refused, match="no entry b; it has a, r"):
        list(GivenFile(file.path, dataset="b").records())


def test_a_dataset_info_elsewhere_is_given(tmp_path):
    (tmp_path / "sub").mkdir()
    file = described(tmp_path / "sub", CASES["alpaca"][0], [CASES["alpaca"][1]])
    info = (tmp_path / "sub" / "dataset_info.json").rename(tmp_path / "info.json")
    (record,) = GivenFile(file.path, info=info).records()
    assert record.chosen == "3"
    with pytest.raises(Refused, match="describes no file named"):
        list(GivenFile(info, info=info).records())


def test_a_run_cannot_go_on_with_other_columns(tmp_path):
    file = described(tmp_path, CASES["alpaca"][0], [CASES["alpaca"][1]])
    before = digest_of_data(file.path)
    described(tmp_path, CASES["alpaca, no query"][0], [CASES["alpaca"][1]])
    assert digest_of_data(file.path) != before
