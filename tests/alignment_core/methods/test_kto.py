"""KTO's mismatched pairs, which its reference point is measured on."""

import pytest

from alignment_core.data.records import write_records
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import Refused
from alignment_core.methods.kto import mismatched_pairs
from tests.alignment_core.small_runs import make_record, train_here, write_train_config


def test_ktos_prompts_meet_completions_of_other_prompts():
    examples = [
        TokenizedExample(str(number), [number // 2], ([10 + number], [20 + number, 3]))
        for number in range(6)
    ]
    pairs = mismatched_pairs(examples, seed=1, max_length=3)
    assert pairs.places == {index: index for index in range(6)}
    for example, pair in zip(examples, pairs.examples, strict=True):
        (completion,) = pair.completions
        (origin,) = [other for other in examples if completion in other.completions]
        assert pair.prompt_ids == example.prompt_ids != origin.prompt_ids
    assert {len(pair.completions[0]) for pair in pairs.examples} == {1, 2}
    assert mismatched_pairs(examples, seed=1, max_length=3) == pairs
    assert mismatched_pairs(examples[:2], seed=1, max_length=3).examples == []
    assert mismatched_pairs(examples, seed=1, max_length=1).places == {}
    longer = TokenizedExample("long", [9, 9, 9], ([8], [8, 3]))
    partly = mismatched_pairs([longer, *examples[:2]], seed=1, max_length=3)
    assert partly.places == {1: 0, 2: 1}


def test_kto_refuses_records_of_a_single_prompt(tiny_base, tmp_path):
    prompt = make_record(0).prompt
    path = tmp_path / "train.jsonl"
    write_records(path, [make_record(number, prompt=prompt) for number in range(3)])
    directory = write_train_config(
        tmp_path / "run", method="kto", base=tiny_base, data_files=(path, None)
    )
    with pytest.raises(Refused, match="no record has another prompt"):
        train_here(directory)
