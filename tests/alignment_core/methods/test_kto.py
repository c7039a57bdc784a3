"""KTO's mismatched pairs, which its reference point is measured on."""

import json

import pytest
import torch
from safetensors.torch import load_file

from alignment_core.data.micro_batches import micro_batches
from alignment_core.data.records import write_records
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import Refused
from alignment_core.methods.kto import mismatched_pairs
from alignment_core.trainers import loop
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


ROWS = [
    {"prompt": "Which colour is thing 1?", "completion": "It is red, I am sure.", "label": True},
    {"prompt": "Which colour is thing 1?", "completion": "I do not know.", "label": False},
    {"prompt": "Which colour is thing 2?", "completion": "It is green.", "label": True},
    {"prompt": "Which colour is thing 3?", "completion": "Nobody knows.", "label": False},
]


def labelled(path, rows=ROWS):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def kto_config(tmp_path, base, rows=ROWS, **settings):
    tmp_path.mkdir(exist_ok=True)
    files = (labelled(tmp_path / "train.jsonl", rows), labelled(tmp_path / "eval.jsonl"))
    return write_train_config(
        tmp_path / "run", method="kto", base=base, data_files=files, **settings
    )


def step_of(directory):
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    return next(line for line in map(json.loads, lines) if "rewards/chosen" in line)


def test_kto_averages_over_completions_whether_they_stand_in_pairs_or_alone(tiny_base, tmp_path):
    """At the start the policy is its reference, so h is 0, z is 0 and every loss is half a λ."""
    run = train_here(kto_config(tmp_path, tiny_base, desirable_weight=1.0, undesirable_weight=3.0))
    assert step_of(run)["loss"] == pytest.approx((2 * 0.5 * 1 + 2 * 0.5 * 3) / 4, abs=1e-5)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["evaluation"]["accuracy"]["n"] == 1  # one of them is a pair
    assert summary["evaluation"]["n_without_preference"] == 2
    report = json.loads((run / "preflight.json").read_text())
    assert report["train"]["dropped"] == {}
    assert report["train"]["outcomes"] == {"preference": 1, "demonstration": 1, "undesirable": 1}


def test_what_a_completion_weighs_in_kto_does_not_depend_on_the_micro_batch(tiny_base, tmp_path):
    weights = []
    for budget in (1, 4096):
        directory = kto_config(
            tmp_path / str(budget), tiny_base, epochs=2, tokens_per_micro_batch=budget
        )
        weights.append(load_file(train_here(directory) / "final" / "model.safetensors"))
    for name, weight in weights[0].items():
        torch.testing.assert_close(weight, weights[1][name], rtol=0, atol=1e-5)


def test_the_first_example_does_not_say_how_many_completions_the_others_have(
    tiny_base, tmp_path, monkeypatch
):
    """One that stands alone comes first here, and those in pairs take two rows each."""
    rows_per_example = set()

    def cut(*arguments, **options):
        rows_per_example.add(options["rows_per_example"])
        return micro_batches(*arguments, **options)

    monkeypatch.setattr(loop, "micro_batches", cut)
    pairs = ROWS[:2] * 9
    rows = [*ROWS[3:], *({**row, "prompt": f"Thing {n // 2}?"} for n, row in enumerate(pairs))]
    run = train_here(kto_config(tmp_path, tiny_base, rows, batch_size=16, layout="padded"))
    plan = json.loads((run / "plan.json").read_text())
    assert rows_per_example == {2}
    assert 0 <= plan["padding_share"] < 1
    assert plan["computed_tokens_per_epoch"] >= plan["tokens_per_epoch"]


def test_bad_completions_alone_make_kto_avoid_them(tiny_base, tmp_path):
    rows = [row for row in ROWS if not row["label"]]
    run = train_here(kto_config(tmp_path, tiny_base, rows, epochs=20, learning_rate=1e-3))
    lines = (run / "metrics.jsonl").read_text().splitlines()
    scores = [line["rewards/rejected"] for line in map(json.loads, lines) if "loss" in line]
    assert scores[-1] < scores[0] - 0.01


def test_kto_refuses_records_of_which_none_is_bad(tiny_base, tmp_path):
    rows = [row for row in ROWS if row["label"]]
    with pytest.raises(Refused, match="none is said to be bad"):
        train_here(kto_config(tmp_path, tiny_base, rows))


def test_a_completion_that_stands_alone_is_lent_to_another_prompt():
    examples = [TokenizedExample(str(n), [n], ([10 + n],)) for n in range(4)]
    pairs = mismatched_pairs(examples, seed=1, max_length=3)
    assert sorted(pairs.places) == [0, 1, 2, 3]


def test_kto_refuses_records_of_a_single_prompt(tiny_base, tmp_path):
    prompt = make_record(0).prompt
    path = tmp_path / "train.jsonl"
    write_records(path, [make_record(number, prompt=prompt) for number in range(3)])
    directory = write_train_config(
        tmp_path / "run", method="kto", base=tiny_base, data_files=(path, None)
    )
    with pytest.raises(Refused, match="no record has another prompt"):
        train_here(directory)
