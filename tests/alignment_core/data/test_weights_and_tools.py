"""What messages say besides role and content: weights honoured, tools refused, the rest counted."""

import json

import pytest

from alignment_core.configs import GRPOConfig
from alignment_core.data.given_file import GivenFile
from alignment_core.data.preparation import prepare_file
from alignment_core.errors import RecordError
from alignment_core.sampling.prompts import prepare_prompts
from alignment_core.tasks.converting import convert
from tests.alignment_core.rollout_runs import LETTERS


def turns(*weights, role="role", content="content", names=("user", "assistant")):
    """Turns of user and assistant by turns; a weight of None is none."""
    found = []
    for place, weight in enumerate(weights):
        turn = {role: names[place % 2], content: f"turn {place}"}
        found.append(turn if weight is None else turn | {"weight": weight})
    return found


def given(tmp_path, *rows):
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return GivenFile(tmp_path / "data.jsonl")


@pytest.mark.parametrize(
    ("weights", "learnt"),
    [
        ((None, None, None, None), ["turn 3"]),
        ((None, 0, None, 1), ["turn 3"]),
        ((0, 0, 0, None), ["turn 3"]),
        ((None, 1, None, 0), ["turn 1"]),
        ((None, 1.0, None, True), ["turn 1", "turn 3"]),
        ((None, None, None, 1), ["turn 1", "turn 3"]),  # as with OpenAI, 1 where none is given
        ((None, 1, None), ["turn 1"]),
        ((None, 0, None, 0), []),
    ],
)
def test_the_weights_of_messages_say_which_answers_are_learnt(tmp_path, weights, learnt):
    of_sharegpt = turns(*weights, role="from", content="value", names=("human", "gpt"))
    for row in ({"messages": turns(*weights)}, {"conversations": of_sharegpt}):
        file = given(tmp_path, row)
        records = list(file.records())
        assert [record.chosen for record in records] == learnt
        for record in records:
            n_before = int(record.chosen[-1])
            assert [one["content"] for one in record.prompt] == [
                f"turn {place}" for place in range(n_before)
            ]
        assert len({record.id for record in records}) == len(records)
        assert dict(file.dropped) == ({} if learnt else {"weight_0": 1})
        assert dict(file.unused) == {}


def test_what_has_a_weight_of_0_is_read_and_not_learnt(tmp_path, encoder):
    file = given(tmp_path, {"messages": turns(None, 1, None, 0)}, {"messages": turns(None, 0)})
    split = prepare_file(file.path, encoder, sides=("chosen",), max_length=96)
    (example,) = split.examples
    assert encoder.decode(example.completions[0]) == "turn 1"
    assert "turn 3" not in encoder.decode(example.prompt_ids)
    assert (split.n_read, dict(split.counts.dropped)) == (2, {"weight_0": 1})


CALL = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]}
ASK, SAY = turns(None, None)
SCHEMA = [{"type": "function", "function": {"name": "f"}}]
PAIR = {"prompt": [ASK], "chosen": [SAY], "rejected": [SAY | {"content": "No."}]}
OPENAI = {
    "input": {"messages": [ASK], "tools": SCHEMA},
    "preferred_output": PAIR["chosen"],
    "non_preferred_output": PAIR["rejected"],
}


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"messages": turns(None, 2)}, "messages[1].weight", "unreadable"),
        ({"messages": turns(None, "1")}, "messages[1].weight", "unreadable"),
        ({"messages": turns(1, None)}, "messages[0].weight", "unreadable"),
        ({"messages": turns(None, 1, None, 1), "label": True}, "messages", "unreadable"),
        (PAIR | {"chosen": [SAY | {"weight": 0}]}, "chosen[0].weight", "unreadable"),
        ({"messages": [ASK, CALL, SAY]}, "messages[1].tool_calls", "tool_turn"),
        ({"messages": [ASK, {"role": "tool", "content": "1"}]}, "messages[1].role", "tool_turn"),
        (
            {"conversations": [{"from": "observation", "value": "1"}]},
            "conversations[0].role",
            "tool_turn",
        ),
        (PAIR | {"prompt": [ASK, CALL, ASK]}, "prompt[1].tool_calls", "tool_turn"),
        (PAIR | {"chosen": [CALL]}, "chosen[0].tool_calls", "tool_turn"),
        (PAIR | {"tools": SCHEMA}, "tools", "tool_turn"),
        ({"messages": [ASK, SAY], "tools": json.dumps(SCHEMA)}, "tools", "tool_turn"),
        ({"messages": [ASK, SAY], "functions": SCHEMA}, "functions", "tool_turn"),
        ({"prompt": "Why?", "completion": "So.", "tools": SCHEMA}, "tools", "tool_turn"),
        ({"instruction": "a", "output": "b", "tools": SCHEMA}, "tools", "tool_turn"),
        ({"prompt": "a", "tools": SCHEMA}, "tools", "tool_turn"),
        (OPENAI, "input.tools", "tool_turn"),
        ({"prompt": [ASK], "chosen": "a", "rejected": "b", "tools": SCHEMA}, "tools", "tool_turn"),
        ({"prompt": [ASK, CALL, ASK], "chosen": "a", "rejected": "b"}, "prompt[1]", "tool_turn"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_row_field_and_reason(tmp_path, row, field, reason):
    with pytest.raises(RecordError) as refusal:
        list(given(tmp_path, row).records())
    assert (refusal.value.row, refusal.value.field, refusal.value.reason) == (1, field, reason)


TOOLS = [CALL, {"role": "tool", "content": "1"}, SAY]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASK, *TOOLS]},
        PAIR | {"prompt": [ASK, *TOOLS, ASK]},
        PAIR | {"tools": SCHEMA},
        OPENAI,
        {"prompt": [ASK, *TOOLS, ASK], "chosen": "a", "rejected": "b"},
    ],
)
def test_no_way_in_drops_what_tools_said_without_counting_it(tmp_path, encoder, row):
    """A run leaves such rows out by row and reason, a conversion refuses them."""
    good = PAIR if "chosen" in row else {"messages": [ASK, SAY]}
    good = OPENAI | {"input": {"messages": [ASK]}} if "input" in row else good
    good = {"prompt": [ASK], "chosen": "a", "rejected": "b"} if row.get("chosen") == "a" else good
    file = given(tmp_path, good, row)
    for prepared in (
        prepare_file(file.path, encoder, sides=("chosen",), max_length=96, max_unusable=0.5),
        prepare_prompts(file.path, encoder, GRPOConfig(rewards=[LETTERS], max_unusable=0.5)),
    ):
        (left_out,) = prepared.counts.left_out
        assert (left_out.reason, left_out.row) == ("tool_turn", 2)
        assert (len(prepared), prepared.n_read) == (1, 2)
    with pytest.raises(RecordError, match="row 2"):
        convert(file.path, tmp_path / "records.jsonl")
    assert not (tmp_path / "records.jsonl").exists()


def test_tools_that_nobody_has_are_no_tools(tmp_path):
    rows = [{"messages": [ASK, SAY], "tools": none} for none in ([], "", "[]", None)]
    assert len(list(given(tmp_path, *rows).records())) == 4


def test_fields_of_messages_that_nobody_knows_are_counted(tmp_path):
    said = SAY | {"seconds": 3, "refusal": None}
    file = given(tmp_path, {"messages": [ASK | {"name": "Ann"}, said]}, {"messages": [ASK, said]})
    assert len(list(file.records())) == 2
    assert file.as_json()["unused_fields"] == {
        "messages[].name": 1,
        "messages[].seconds": 2,
    }
    pair = given(tmp_path, PAIR | {"prompt": turns(None, 1, None)})
    assert len(list(pair.records())) == 1
    assert dict(pair.unused) == {"prompt[].weight": 1}
