import json

import pytest

from alignment_core.runs.run_directory import RunDirectory


def test_time_counts_towards_the_innermost_phase_only(tmp_path, monkeypatch):
    times = iter([0.0, 1.0, 4.0, 6.0, 10.0, 11.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    directory = RunDirectory(tmp_path)
    with directory.phase("load"), directory.phase("reference"):  # 0 to 6, and 1 to 4 within
        pass
    with directory.phase("train"):
        pass
    assert directory.seconds == {"load": 3.0, "reference": 3.0, "train": 1.0}


def test_a_figure_that_is_no_number_is_written_as_null(tmp_path):
    directory = RunDirectory(tmp_path, clock=lambda: 5.0)
    directory.log("train", step=1, total_steps=2, values={"loss": float("nan"), "margin": 1.0})
    assert json.loads(directory.metrics.read_text()) == {
        "phase": "train",
        "step": 1,
        "total_steps": 2,
        "time": 5.0,
        "loss": None,
        "margin": 1.0,
    }


def test_samples_are_told_of_once_a_second_and_at_their_end(tmp_path, monkeypatch):
    times = iter([10.0, 10.5, 11.5, 11.75])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    directory = RunDirectory(tmp_path, clock=lambda: 5.0)
    directory.stands_at = 3, 20
    for done in (1, 2, 3, 4):
        directory.log_samples(done, 4)
    lines = directory.read_metrics()
    assert [line["samples/done"] for line in lines] == [1, 3, 4]
    assert lines[-1] == {
        "phase": "rollout",
        "step": 3,
        "total_steps": 20,
        "time": 5.0,
        "samples/done": 4,
        "samples/total": 4,
    }


def test_final_is_there_whole_or_not_at_all(tmp_path):
    directory = RunDirectory(tmp_path)

    def fails(path):
        (path / "half").write_text("a")
        raise OSError("disk full")

    directory.save_final(lambda path: (path / "weights").write_text("old"))
    with pytest.raises(OSError, match="disk full"):
        directory.save_final(fails)
    assert [path.name for path in directory.final.iterdir()] == ["weights"]
