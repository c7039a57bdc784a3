"""What trackers are told, by small modules that stand in for their packages."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from alignment_core.configs import method_config
from alignment_core.errors import ConfigError, Refused
from alignment_core.runs.event_file import FOLDER
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.runs.trackers import require_trackers, tracked

SETTINGS = {"beta": 0.1, "report_to": "all"}


class Told(ModuleType):
    """A module whose functions write down that they were called."""

    class Failure(Exception):
        """MLflow's own."""

    def __init__(self, name):
        super().__init__(name)
        self.calls = []
        self.exceptions = SimpleNamespace(MlflowException=self.Failure)

    def __getattr__(self, function):
        if function.startswith("__"):
            raise AttributeError(function)

        def call(*args, **named):
            self.calls.append((function, args, named))
            return self

        return call


@pytest.fixture
def packages(monkeypatch):
    """Trackers' packages as if they were installed."""
    found = {name: Told(name) for name in ("wandb", "trackio", "mlflow")}
    for name, module in found.items():
        monkeypatch.setitem(sys.modules, name, module)
    for variable in ("WANDB_PROJECT", "TRACKIO_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    return found


def run_directory(path):
    path.mkdir()
    directory = RunDirectory(path, clock=lambda: 7.0)
    directory.log("prepare", step=12, total_steps=12)
    directory.log("eval", step=0, total_steps=2, values={"loss": 0.75})
    return directory


def run_with(directory, modules):
    with tracked(directory, modules, SETTINGS):
        directory.log("rollout", step=0, total_steps=2, values={"samples/done": 3})
        directory.log("train", step=1, total_steps=2, values={"loss": 0.5, "kl": float("nan")})


def test_every_tracker_is_told_what_was_logged_before_and_what_is_logged_now(packages, tmp_path):
    names = method_config("dpo", {"report_to": "wandb, trackio,mlflow"}).trackers
    directory = run_directory(tmp_path / "my-run")
    run_with(directory, require_trackers(names))
    assert packages["wandb"].calls == [
        ("init", (), {"project": "accord", "name": "my-run", "dir": str(directory.path),
                      "config": SETTINGS}),
        ("log", ({"eval/loss": 0.75},), {"step": 0}),
        ("log", ({"train/loss": 0.5},), {"step": 1}),
        ("finish", (), {"exit_code": 0}),
    ]  # fmt: skip
    assert packages["trackio"].calls == [
        ("init", (), {"project": "accord", "name": "my-run", "config": SETTINGS}),
        ("log", ({"eval/loss": 0.75},), {"step": 0}),
        ("log", ({"train/loss": 0.5},), {"step": 1}),
        ("finish", (), {}),
    ]
    assert packages["mlflow"].calls == [
        ("start_run", (), {"run_name": "my-run"}),
        ("log_params", ({"beta": "0.1", "report_to": "all"},), {}),
        ("log_metrics", ({"eval/loss": 0.75},), {"step": 0}),
        ("log_metrics", ({"train/loss": 0.5},), {"step": 1}),
        ("end_run", ("FINISHED",), {}),
    ]


def test_a_run_that_breaks_off_is_told_as_such_and_told_nothing_more(packages, tmp_path):
    directory = run_directory(tmp_path / "run")
    with pytest.raises(KeyError), tracked(directory, packages, SETTINGS):
        raise KeyError
    assert packages["wandb"].calls[-1] == ("finish", (), {"exit_code": 1})
    assert packages["mlflow"].calls[-1] == ("end_run", ("FAILED",), {})
    n_calls = len(packages["wandb"].calls)
    directory.log("train", step=2, total_steps=2, values={"loss": 0.4})
    assert len(packages["wandb"].calls) == n_calls


def test_a_server_that_does_not_answer_costs_its_figures_only(packages, tmp_path, caplog):
    def refuse(*_args, **_named):
        raise Told.Failure("no answer")

    packages["mlflow"].log_metrics = refuse
    run_with(run_directory(tmp_path / "run"), {"mlflow": packages["mlflow"]})
    assert packages["mlflow"].calls[-1] == ("end_run", ("FINISHED",), {})
    assert "step 1: no answer" in caplog.text


def test_event_files_are_written_without_any_package(tmp_path):
    directory = run_directory(tmp_path / "run")
    run_with(directory, {})
    (events,) = (directory.path / FOLDER).iterdir()
    content = events.read_bytes()
    assert b"eval/loss" in content and b"train/loss" in content
    assert b"train/kl" not in content and b"samples/done" not in content


def test_a_package_that_is_missing_is_refused_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "trackio", None)  # as Python does where an import must fail
    with pytest.raises(Refused, match="pip install trackio") as refusal:
        require_trackers(["trackio"])
    assert json.loads(refusal.value.as_json())["field"] == "report_to"


@pytest.mark.parametrize("value", ["wand", "wandb;mlflow", "none,comet"])
def test_a_tracker_that_is_not_known_is_refused(value):
    with pytest.raises(ConfigError, match="report_to must be"):
        method_config("sft", {"report_to": value})


def test_tensorboard_and_none_need_no_package():
    for value in ("none", "tensorboard", "tensorboard, none"):
        assert method_config("sft", {"report_to": value}).trackers == ()
