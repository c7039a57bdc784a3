from collections import Counter
from types import SimpleNamespace

import pytest

from alignment_core.configs import method_config
from alignment_core.data.records import write_records
from alignment_core.errors import Refused
from alignment_core.evaluation.model_runner import ModelRunner
from alignment_core.sampling.prompts import distinct_id, prepare_prompts
from tests.alignment_core.small_runs import make_record

RULE = {"kind": "regex", "pattern": "a"}
ANSWER = {"kind": "answer"}


def config_of(*rewards, **settings):
    settings = {"max_length": 64, "max_new_tokens": 24, **settings}
    return method_config("grpo", {"rewards": list(rewards), **settings})


@pytest.fixture
def prepare(encoder, tmp_path):
    def prepared(records, config):
        path = tmp_path / "records.jsonl"
        write_records(path, records)
        return prepare_prompts(path, encoder, config)

    return prepared


def test_no_number_makes_an_id_that_is_there():
    n_seen = Counter()
    given = [distinct_id(id, n_seen) for id in ("a", "a (2)", "a", "a", "a (2)")]
    assert given == ["a", "a (2)", "a (2) (2)", "a (3)", "a (2) (3)"]


def test_an_evaluation_tells_prompts_of_one_id_apart():
    records = [make_record(number, id="same") for number in range(3)]
    runner = SimpleNamespace(config=SimpleNamespace(seed=0, n_prompts=9))
    prompts = ModelRunner.choose_prompts(runner, records)
    assert sorted(prompt.id for prompt in prompts) == ["same", "same (2)", "same (3)"]
    assert {str(prompt.messages) for prompt in prompts} == {str(one.prompt) for one in records}


def test_every_prompt_comes_once_whatever_the_outcome_of_its_comparison(prepare, encoder):
    records = [
        make_record(0),
        make_record(1, outcome="tie"),
        make_record(2, outcome="both_bad"),
        make_record(0, id="again", chosen="Something else."),
        make_record(3, id="r-002"),
    ]
    prompts = prepare(records, config_of(RULE))
    assert [record.id for record in prompts.records] == ["r-000", "r-001", "r-002", "r-002 (2)"]
    assert (prompts.n_read, len(prompts), prompts.counts.dropped) == (5, 4, {})
    assert prompts.examples[0].prompt_ids == encoder.prompt_ids(records[0].prompt)
    assert prompts.examples[0].completions == ()


def test_a_prompt_leaves_room_for_its_answer_by_losing_its_oldest_turns(prepare, encoder):
    turns = [
        {"role": "user", "content": "Which colour is thing 3? " * 3},
        {"role": "assistant", "content": "It is red."},
        {"role": "user", "content": "I am sure?"},
    ]
    too_long = ({"role": "user", "content": "thing " * 90},)
    prompts = prepare([make_record(0, prompt=tuple(turns)), make_record(1, prompt=too_long)],
                      config_of(RULE))  # fmt: skip
    (record,) = prompts.records
    assert record.prompt == (turns[-1],)  # what a reward model is given as well
    assert prompts.examples[0].prompt_ids == encoder.prompt_ids(turns[-1:])
    assert prompts.counts.n_prompts_trimmed == 1
    assert prompts.counts.dropped == {"over_length": 1}


def test_prompts_without_a_right_answer_are_left_out_where_answers_are_compared(prepare):
    records = [make_record(0, tags=("answer:red",)), make_record(1, tags=("maths",))]
    prompts = prepare(records, config_of(RULE, ANSWER))
    assert [record.id for record in prompts.records] == ["r-000"]
    assert prompts.counts.dropped == {"no_answer": 1}
    assert len(prepare(records, config_of(RULE))) == 2


def test_a_missing_file_is_refused(encoder, tmp_path):
    with pytest.raises(Refused, match="no file"):
        prepare_prompts(tmp_path / "none.jsonl", encoder, config_of(RULE))
