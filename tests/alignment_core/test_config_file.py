"""`--config run.yaml`: the same flags from a file; those that are typed override it."""

import json

import pytest

from alignment_core.__main__ import main
from alignment_core.command_line import parse, write_method_config
from alignment_core.runs.run_directory import ASKED


def settings_of(arguments):
    asked = write_method_config(parse([str(argument) for argument in arguments]))
    assert asked.name == ASKED
    return json.loads((asked / "config.json").read_text())


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "run.yaml"

    def write(text):
        file.write_text(text.format(here=tmp_path))
        return f"--config={file}"

    return write


BODY = """
model: {here}
data: {here}/prefs.jsonl
output: {here}/out
learning_rate: 5e-7
soft_labels: true
batch-size: 3
"""


def test_what_the_file_says_is_what_flags_would_say(config, tmp_path):
    by_file = settings_of(["dpo", config(BODY)])
    typed = [
        *("--model", tmp_path, "--data", tmp_path / "prefs.jsonl", "--output", tmp_path / "out"),
        *("--learning-rate", "5e-7", "--soft-labels", "--batch-size", 3),
    ]
    assert by_file == settings_of(["dpo", *typed])


@pytest.mark.parametrize("place", [0, 1])
def test_typed_flags_override_the_file_wherever_they_stand(config, tmp_path, place):
    arguments = [config(BODY)]
    arguments[place:place] = ["--batch-size=7", "--no-soft-labels", f"--output={tmp_path}/other"]
    body = settings_of(["dpo", *arguments])
    assert body["settings"]["batch_size"] == 7
    assert body["settings"]["soft_labels"] is False
    assert (tmp_path / "other" / ASKED).exists()


def test_structured_values_and_switches_are_read_as_yaml_writes_them(config):
    text = BODY.replace("soft_labels: true", "resume: false\neval_data: null\nlora_rank: 2")
    text += "lora_targets: [q_proj, v_proj]\nrewards:\n  - kind: regex\n    pattern: a\n"
    settings = settings_of(["grpo", config(text)])["settings"]
    assert settings["rewards"] == [{"kind": "regex", "weight": 1.0, "pattern": "a"}]
    assert settings["lora_targets"] == "q_proj,v_proj"


def test_json_is_read_as_well(tmp_path):
    file = tmp_path / "run.json"
    body = {"model": str(tmp_path), "data": "x", "output": str(tmp_path / "out"), "beta": 0.5}
    file.write_text(json.dumps(body))
    assert settings_of(["dpo", "--config", file])["settings"]["beta"] == 0.5


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ("lr: 1e-5", "lr", "lr is not known here; did you mean learning-rate"),
        ("bta: 0.1", "bta", "bta is not known here; did you mean beta"),
        ("qqqq: 0.1", "qqqq", "qqqq is not known here"),
        ("config: other.yaml", "config", "config is not known here"),
        ("beta: 0.1\nbeta: 0.2", "beta", "beta is there twice"),
        ("beta: [1, 2]", "arguments", "argument --beta: invalid float value"),
        ("soft_labels: 1", "soft_labels", "soft_labels must be true or false, not 1"),
        ("epochs: two", "arguments", "argument --epochs: invalid"),
        ("beta: -1", "beta", "beta must be above 0"),
        ("x: [", "config", "cannot read"),
        ("? [a]\n: 1", "config", "cannot read"),
    ],
)
def test_what_the_file_has_wrong_is_refused_by_name(config, tmp_path, capsys, more, field, said):
    text = BODY.replace("soft_labels: true\n", "") + more
    assert main(["dpo", config(text)]) == 2
    body = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert body["field"] == field
    assert said in body["error"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"", b"7", b"\xff\xfe\x00", b"[" * 5000])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, capsys, content):
    file = tmp_path / "run.yaml"
    if content is not None:
        file.write_bytes(content)
    for place in (file, tmp_path):
        assert main(["dpo", f"--config={place}"]) == 2
        assert json.loads(capsys.readouterr().err.splitlines()[-1])["field"] == "config"
