"""`alignment_core.train` and `evaluate` do what the command line does, in the caller's process."""

import json
import signal

import pytest

import alignment_core
from alignment_core.__main__ import main
from alignment_core.errors import ConfigError, Refused, Stopped, TrainingFailed
from alignment_core.processes.launcher import Ending
from tests.alignment_core.small_runs import SETTINGS


def trained_by_call(output, base, data_files, **more):
    train, held_out = data_files
    return alignment_core.train(
        "dpo",
        model=base,
        data=train,
        output=output,
        eval_data=held_out,
        **{**SETTINGS, "beta": 0.2, **more},
    )


def trained_by_command(output, base, data_files):
    settings = [
        part
        for name, value in {**SETTINGS, "beta": 0.2}.items()
        for part in ("--" + name.replace("_", "-"), str(value))
    ]
    files = ["--data", data_files[0], "--eval-data", data_files[1], "--output", output]
    assert main(["dpo", "--model", str(base), *map(str, files), *settings]) == 0
    return output


@pytest.fixture
def _same_signals():
    """The command line takes signals for itself; the process of the tests goes on."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_same_signals")
def test_a_call_trains_the_same_weights_as_the_command_line(tmp_path, tiny_base, data_files):
    result = trained_by_call(tmp_path / "call", tiny_base, data_files)
    output = trained_by_command(tmp_path / "command", tiny_base, data_files)
    assert result.directory == tmp_path / "call"
    name = "model.safetensors"
    assert (result.final / name).read_bytes() == (output / "final" / name).read_bytes()
    assert (result.final / name).read_bytes() != (tiny_base / name).read_bytes()
    bodies = [json.loads((one / "config.json").read_text()) for one in (result.directory, output)]
    assert bodies[0] == bodies[1]
    summary = json.loads((output / "summary.json").read_text())
    assert result.summary["evaluation"] == summary["evaluation"]
    assert result.summary["final_digest"] == summary["final_digest"]


def test_a_call_leaves_the_signals_of_its_process_alone(tmp_path, tiny_base, data_files):
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    trained_by_call(tmp_path / "run", tiny_base, data_files)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_wrong_setting_raises_with_its_field_and_value_and_writes_nothing(
    tmp_path, tiny_base, data_files
):
    with pytest.raises(ConfigError) as refusal:
        trained_by_call(tmp_path / "run", tiny_base, data_files, beta=-1.0)
    assert (refusal.value.field, refusal.value.value) == ("beta", -1.0)
    with pytest.raises(ConfigError) as refusal:
        trained_by_call(tmp_path / "run", tiny_base, data_files, betta=0.1)
    assert (refusal.value.field, refusal.value.value) == ("betta", 0.1)
    with pytest.raises(ConfigError) as refusal:
        alignment_core.train("magic", model=tiny_base, data="x", output=tmp_path / "run")
    assert (refusal.value.field, refusal.value.value) == ("method", "magic")
    assert not (tmp_path / "run").exists()


def test_a_cache_that_the_method_would_not_use_is_refused(tmp_path, tiny_base, data_files):
    with pytest.raises(ConfigError, match="simpo stores no reference") as refusal:
        alignment_core.train(
            "simpo",
            model=tiny_base,
            data=data_files[0],
            output=tmp_path / "run",
            reference_cache=tmp_path / "cache",
        )
    assert refusal.value.field == "reference_cache"
    assert not (tmp_path / "run").exists()


def test_a_second_call_goes_on_with_a_run_only_if_told_to(tmp_path, tiny_base, data_files):
    first = trained_by_call(tmp_path / "run", tiny_base, data_files)
    with pytest.raises(Refused, match="holds a run already; pass resume=True to go on with it"):
        trained_by_call(tmp_path / "run", tiny_base, data_files)
    again = trained_by_call(tmp_path / "run", tiny_base, data_files, resume=True)
    assert json.loads((again.directory / "config.json").read_text())["resume"] is not None
    assert again.summary["final_digest"] == first.summary["final_digest"]


def test_what_processes_of_a_run_refuse_is_raised_here(tmp_path, tiny_base):
    with pytest.raises(Refused, match="no file at") as refusal:
        trained_by_call(
            tmp_path / "run", tiny_base, (tmp_path / "nothing.jsonl", None), processes=2
        )
    assert refusal.value.field == "data"
    assert refusal.value.value == str(tmp_path / "nothing.jsonl")


@pytest.mark.parametrize(
    ("ending", "error", "said"),
    [
        (Ending(143), Stopped, "^$"),
        (Ending(-9), TrainingFailed, "ended with exit code -9$"),
        (Ending(1, '{"error": "the loss is not a number"}'), TrainingFailed, "1: the loss is not"),
    ],
)
def test_how_processes_of_a_run_ended_is_raised_here(
    tmp_path, tiny_base, data_files, monkeypatch, ending, error, said
):
    monkeypatch.setattr("alignment_core.tasks.run_task.run_members", lambda *_, **__: ending)
    with pytest.raises(error, match=said):
        trained_by_call(tmp_path / "run", tiny_base, data_files, processes=2)


def test_a_call_evaluates_as_the_command_line_does(tmp_path, tiny_base, data_files):
    run = trained_by_call(tmp_path / "run", tiny_base, data_files)
    result = alignment_core.evaluate(
        run.final,
        data=data_files[1],
        output=tmp_path / "evaluation",
        reference=tiny_base,
        n_prompts=2,
        max_new_tokens=4,
        safety=False,
    )
    assert result.page.read_text().startswith("<!")
    assert result.summary["evaluation"]["accuracy"] == run.summary["evaluation"]["accuracy"]
    with pytest.raises(Refused, match="holds a run already"):
        alignment_core.evaluate(run.final, data=data_files[1], output=tmp_path / "evaluation")


def test_a_wrong_setting_of_an_evaluation_raises_with_its_field_and_value(tmp_path, tiny_base):
    with pytest.raises(ConfigError) as refusal:
        alignment_core.evaluate(tiny_base, data="x", output=tmp_path / "evaluation", n_prompts=-1)
    assert (refusal.value.field, refusal.value.value) == ("n_prompts", -1)
    assert not (tmp_path / "evaluation").exists()
