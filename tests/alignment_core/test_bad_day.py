"""Every command and flag on a bad day: whatever is given ends in one sentence and exit code 2."""

import argparse
import gzip
import json
from contextlib import suppress

import pytest

from alignment_core.__main__ import main
from alignment_core.command_line import build_parser, likely_flags, write_method_config
from alignment_core.configs import METHODS
from alignment_core.configs.options import options_of
from alignment_core.errors import Refused
from alignment_core.model_commands import add_commands

BAD_FILES = {
    "missing": None,
    "empty": b"",
    "blank lines": b"\n\n",
    "not UTF-8": b'{"prompt": "\xff\xfe"}\n',
    "binary": bytes(range(256)) * 64,
    "broken gzip": gzip.compress(b'{"prompt": "a"}' * 100)[:40],
    "an array of nothing": b"[]",
    "a number": b"7",
    "deep": b"[" * 100_000,
    "half an object": b'{"prompt": [{"role": "user", "content": "a"}], "chosen": ',
    "another file": b"PK\x03\x04 this is a spreadsheet",
    "a line of 20 MB": b'{"prompt": "' + b"a" * 20_000_000,
}
# What a method, an evaluation and a maker of tiny models are given, by flag, to be spoilt in turn.
COMMANDS = {
    "sft": ("--data", "--eval-data"),
    "grpo": ("--data",),
    "evaluate": ("--data", "--safety-prompts"),
    "make_tiny_checkpoint": ("--data",),
}


def refusal_of(capsys, arguments):
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return json.loads(said.err.strip().splitlines()[-1])


def whole_command(command, tiny_base, data_files, tmp_path):
    """A command that would succeed, as flags."""
    train, held_out = data_files
    given = {"--data": train, "--output": tmp_path / "out"}
    if command == "evaluate":
        return given | {"--checkpoint": tiny_base, "--data": held_out}
    if command == "make_tiny_checkpoint":
        return given
    rewards = {"--rewards": '[{"kind": "regex", "pattern": "a"}]'} if command == "grpo" else {}
    lengths = {"--max-length": 96, **({"--max-new-tokens": 8} if rewards else {})}
    return given | {"--model": tiny_base, "--eval-data": held_out} | rewards | lengths


def spoilt(tmp_path, kind):
    if kind == "a directory":
        return tmp_path
    file = tmp_path / "bad.jsonl"
    if BAD_FILES[kind] is not None:
        file.write_bytes(BAD_FILES[kind])
    return file


@pytest.mark.parametrize("kind", [*BAD_FILES, "a directory"])
@pytest.mark.parametrize(
    ("command", "flag"), [(name, flag) for name, flags in COMMANDS.items() for flag in flags]
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    capsys, tmp_path, tiny_base, data_files, command, flag, kind
):
    if command == "make_tiny_checkpoint" and kind == "a number":
        pytest.skip("plain text is what it may learn from")
    given = whole_command(command, tiny_base, data_files, tmp_path)
    given[flag] = spoilt(tmp_path, kind)
    if (command, flag) == ("sft", "--eval-data") and kind in ("empty", "blank lines"):
        pytest.skip("nothing is held out then")
    body = refusal_of(capsys, [command, *(f"{name}={value}" for name, value in given.items())])
    assert len(body["error"]) < 400
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("flag", ["--model", "--data", "--output", "--checkpoint"])
def test_an_empty_path_is_refused(capsys, tmp_path, tiny_base, data_files, flag):
    command = "evaluate" if flag == "--checkpoint" else "sft"
    given = whole_command(command, tiny_base, data_files, tmp_path) | {flag: ""}
    refusal_of(capsys, [command, *(f"{name}={value}" for name, value in given.items())])


@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_that_cannot_be_written_is_refused(
    capsys, tmp_path, tiny_base, data_files, command
):
    kept = tmp_path / "kept"
    kept.write_text("mine")
    for output in (kept, kept / "below"):
        given = whole_command(command, tiny_base, data_files, tmp_path) | {"--output": output}
        body = refusal_of(capsys, [command, *(f"{name}={value}" for name, value in given.items())])
        assert body["field"] == "output"
    assert kept.read_text() == "mine"


@pytest.mark.parametrize("task", ["train", "sample", "evaluate"])
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_run_directory_that_cannot_be_used_is_refused(capsys, tmp_path, task, kind):
    if BAD_FILES[kind] is not None:
        (tmp_path / "config.json").write_bytes(BAD_FILES[kind])
    refusal_of(capsys, [task, tmp_path])
    refusal_of(capsys, [task, tmp_path / "nowhere"])


VALUES = ("", "x", "nan", "inf", "-1", "1e400", "9" * 30, "{", "[]", "null", "[{}]", "[" * 99_999)


@pytest.mark.parametrize("method", METHODS)
def test_no_value_of_a_setting_ends_in_a_traceback(tmp_path, method):
    start = [method, "--model=nowhere", f"--data={tmp_path}/missing", f"--output={tmp_path}/out"]
    parser = build_parser()
    for entry in options_of(METHODS[method].config):
        for value in VALUES:
            with suppress(Refused):
                write_method_config(
                    parser.parse_args([*start, f"--{entry.name.replace('_', '-')}={value}"])
                )


@pytest.mark.parametrize("file", ["plan.json", "trainer.json", "optimizer.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff\xff\xff\xff\xff\xff\xff\xff"])
def test_a_damaged_checkpoint_is_refused(capsys, tiny_base, data_files, sft_run, file, content):
    checkpoint = next((sft_run / "checkpoints").iterdir())
    whole = (checkpoint / file).read_bytes()
    (checkpoint / file).unlink()
    if content is not None:
        (checkpoint / file).write_bytes(content)
    before = (sft_run / "metrics.jsonl").read_bytes()
    try:
        refusal_of(capsys, [*sft_command(tiny_base, data_files, sft_run), "--resume"])
    finally:
        (checkpoint / file).write_bytes(whole)
    assert (sft_run / "metrics.jsonl").read_bytes() == before


def sft_command(tiny_base, data_files, output):
    sizes = ["--batch-size=12", "--max-length=96", "--n-sample-prompts=0", "--matmul=highest"]
    start = ["sft", f"--model={tiny_base}", f"--data={data_files[0]}", f"--output={output}"]
    return [*start, *sizes, "--epochs=1"]


@pytest.fixture(scope="module")
def sft_run(tmp_path_factory, tiny_base, data_files):
    output = tmp_path_factory.mktemp("sft") / "run"
    assert main(sft_command(tiny_base, data_files, output)) == 0
    return output


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--lr", "--learning-rate or --lr-schedule"),
        ("--learning_rate", "--learning-rate"),
        ("--batch", "--batch-size"),
        ("--epoch", "--epochs"),
        ("--bata", "--data or --beta"),
        ("--num_train_epochs", "--epochs"),
        ("--max-len", "--max-length"),
    ],
)
def test_a_flag_is_never_guessed_and_the_nearest_is_named(capsys, given, meant):
    start = ["dpo", "--model=a", "--data=b", "--output=c"]
    for arguments in ([f"{given}=1"], [given, "1"]):
        body = refusal_of(capsys, [*start, *arguments])
        assert body["error"].startswith(f"{given} is not known here; did you mean {meant}")
        assert body["field"] == "arguments"


def test_what_is_like_no_flag_is_refused_with_where_they_are_listed(capsys):
    start = ["dpo", "--model=a", "--data=b", "--output=c"]
    assert "--help lists" in refusal_of(capsys, [*start, "--qqqqq=1"])["error"]
    assert likely_flags("--per-device-train-batch-size", ["--batch-size"]) == ["--batch-size"]


def test_every_command_refuses_what_it_does_not_know(capsys):
    parser = build_parser(add_commands)
    (commands,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    for name, command in commands.choices.items():
        if name == "inspect":  # its flags are those of a method
            continue
        required = [
            f"{action.option_strings[0]}=x"
            for action in command._actions
            if action.required and action.option_strings
        ]
        places = ["x" for action in command._actions if not action.option_strings]
        body = refusal_of(capsys, [name, *places, *required, "--unheard-of=1"])
        assert "--unheard-of is not known here" in body["error"]
