import json

import pytest

from alignment_core.__main__ import main
from alignment_core.configs import METHODS
from alignment_core.configs.options import options_of
from alignment_core.data.records import write_records
from tests.alignment_core.small_runs import (
    child_process,
    make_records,
    train_here,
    write_train_config,
)


def refusal_of(capsys, arguments):
    """The last line of standard error of a refused command."""
    assert main([str(argument) for argument in arguments]) == 2
    return json.loads(capsys.readouterr().err.strip().splitlines()[-1])


@pytest.mark.parametrize("method", METHODS)
def test_help_shows_every_setting_with_its_default_and_source(method, capsys):
    with pytest.raises(SystemExit) as end:
        main([method, "--help"])
    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for entry in options_of(METHODS[method].config):
        assert "--" + entry.name.replace("_", "-") in shown
        assert " ".join(f"Default: {entry.default_text} ({entry.source}).".split()) in shown


def test_a_setting_out_of_range_is_refused_as_json(tmp_path, tiny_base, data_files, capsys):
    directory = write_train_config(
        tmp_path / "run", method="dpo", base=tiny_base, data_files=data_files, beta=-1.0
    )
    body = refusal_of(capsys, ["train", directory])
    assert (body["field"], body["value"]) == ("beta", -1.0)
    assert body["error"] == "beta must be above 0, at most 100, not -1.0"


def test_a_bad_row_is_refused_as_json(tmp_path, tiny_base, data_files, capsys):
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(data_files[0].read_bytes() + b'{"prompt": []}\n')
    directory = write_train_config(
        tmp_path / "run", method="dpo", base=tiny_base, data_files=(broken, None)
    )
    body = refusal_of(capsys, ["train", directory])
    assert "unreadable 1, first row 13: row 13, field prompt" in body["error"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ("{", "config"),
        ("[]", "config"),
        ('{"schema": 2}', "schema"),
        ('{"schema": 1, "task": "sample"}', "task"),
        ('{"schema": 1, "task": "train", "method": "magic"}', "method"),
        ('{"schema": 1, "task": "train", "method": "dpo"}', "base"),
    ],
)
def test_a_config_that_cannot_be_used_is_refused_as_json(tmp_path, capsys, config, field):
    (tmp_path / "config.json").write_text(config)
    assert refusal_of(capsys, ["train", tmp_path])["field"] == field


def test_wrong_arguments_are_refused_as_json(capsys):
    assert refusal_of(capsys, ["dpo", "--model", "x"])["field"] == "arguments"


def test_a_child_that_refuses_ends_with_2_and_says_why_last(tmp_path, data_files):
    directory = write_train_config(
        tmp_path / "run", method="sft", base=tmp_path / "nothing", data_files=data_files
    )
    with child_process("train", directory) as child:
        _, errors = child.communicate()
    assert child.returncode == 2
    body = json.loads(errors.strip().splitlines()[-1])
    assert body["error"].startswith("no checkpoint directory at")
    assert body["field"] == "base"


def test_the_library_alone_makes_a_base_and_trains_it(tmp_path, capsys):
    records, output = tmp_path / "prefs.jsonl", tmp_path / "out"
    write_records(records, make_records(8))
    base = tmp_path / "base"
    sizes = ["--vocab-size", 400, "--hidden-size", 32, "--n-layers", 1, "--n-heads", 2]
    made = ["make_tiny_checkpoint", "--data", records, "--output", base, *sizes]
    assert main([str(argument) for argument in made]) == 0
    command = [
        *("dpo", "--model", base, "--data", records, "--output", output),
        *("--beta", 0.2, "--batch-size", 4, "--soft-labels", "--n-sample-prompts", 0),
    ]
    assert main([str(argument) for argument in command]) == 0
    config = json.loads((output / "config.json").read_text())
    assert config["settings"]["beta"] == 0.2
    assert config["settings"]["soft_labels"] is True
    assert json.loads((output / "summary.json").read_text())["steps"] == 2
    body = refusal_of(capsys, command)
    assert body["error"].endswith("holds a run already; add --resume to go on with it")


def test_sampling_writes_each_source_and_skips_what_is_too_long(tmp_path, tiny_base):
    prompts = tmp_path / "prompts.jsonl"
    texts = {"a": "Which colour?", "b": "thing " * 300}
    prompts.write_text(
        "\n".join(
            json.dumps({"id": name, "messages": [{"role": "user", "content": text}]})
            for name, text in texts.items()
        )
    )
    body = {
        "schema": 1,
        "task": "sample",
        "checkpoint": str(tiny_base),
        "base": str(tiny_base),
        "prompts": str(prompts),
        "settings": {"n_samples": 2, "max_new_tokens": 5, "seed": 3},
    }
    (tmp_path / "config.json").write_text(json.dumps(body))
    assert main(["sample", str(tmp_path)]) == 0
    lines = [json.loads(line) for line in (tmp_path / "samples.jsonl").read_text().splitlines()]
    assert {(line["prompt_id"], line["source"], line["index"]) for line in lines} == {
        ("a", source, index) for source in ("checkpoint", "base") for index in (0, 1)
    }
    assert all(isinstance(line["finished"], bool) for line in lines)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["skipped"] == [{"prompt_id": "b", "reason": "over_length"}]


@pytest.mark.parametrize(
    ("method", "kind", "scored_by"),
    [
        ("sft", "policy", "log-prob a token"),
        ("dpo", "policy", "log-ratio to the reference"),
        ("reward_model", "reward_model", "reward"),
    ],
)
def test_evaluating_a_finished_checkpoint_repeats_its_runs_figures(
    tmp_path, tiny_base, data_files, method, kind, scored_by
):
    trained = train_here(
        write_train_config(tmp_path / "run", method=method, base=tiny_base, data_files=data_files)
    )
    body = {
        "schema": 1,
        "task": "evaluate",
        "checkpoint": str(trained / "final"),
        "kind": kind,
        "reference": str(tiny_base) if method == "dpo" else None,
        "data": str(data_files[1]),
        "settings": {},
    }
    directory = tmp_path / "evaluation"
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(body))
    assert main(["evaluate", str(directory)]) == 0
    summary = json.loads((directory / "summary.json").read_text())
    before = json.loads((trained / "summary.json").read_text())
    assert summary["evaluation"]["scored_by"] == scored_by
    assert summary["evaluation"]["accuracy"] == before["evaluation"]["accuracy"]
    assert summary["baselines"] == before["baselines"]
