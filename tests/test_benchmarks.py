"""Benchmarks refuse what they cannot run on, in a sentence, before they begin."""

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "script" / "benchmarks"
AGAINST_TRL = ("dpo", "reward", "sft", "grpo")


@pytest.fixture
def told(monkeypatch, capsys):
    """What a benchmark says as it refuses these arguments."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
        monkeypatch.syspath_prepend(BENCHMARKS)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")
        assert ended.value.code == 2
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize("name", [*AGAINST_TRL, "operations"])
def test_pairs_that_are_one_step_measure_nothing(told, name):
    for pairs in ("1", "4"):
        said = told(name, "--pairs", pairs, "--batch", "4")
        assert (
            f"--pairs {pairs} are one step of --batch 4, and the first step only warms up" in said
        )
    assert "'0' is no whole number from 1 on" in told(name, "--batch", "0")
    assert "'3.5' is no whole number from 1 on" in told(name, "--pairs", "3.5")


@pytest.mark.parametrize(
    ("name", "flag", "wrong"),
    [
        *((name, flag, "0") for name in AGAINST_TRL for flag in ("--repeats", "--layers")),
        *((name, "--limit", "nan") for name in AGAINST_TRL),
        *((name, "--hidden", "20") for name in AGAINST_TRL),
        *(("continuous_batch", flag, "0") for flag in ("--prompts", "--samples", "--repeats")),
        ("continuous_batch", "--mean", "1"),
        *(("agreement", flag, "0") for flag in ("--judgements", "--resamples", "--repeats")),
        ("agreement", "--growth", "1000,none"),
        *(("coverage", flag, "0") for flag in ("--replications", "--resamples")),
        *(("judging", flag, "0") for flag in ("--comparisons", "--clients", "--seconds")),
        ("judging", "--repeats", "-1"),
        *(("judging", flag, "1") for flag in ("--judged",)),
        *(("judging", flag, "-1") for flag in ("--importing", "--think")),
        ("transfer", "--comparisons", "0"),
    ],
)
def test_a_number_that_nothing_can_be_measured_with_is_named(told, name, flag, wrong):
    said = told(name, flag, wrong).splitlines()[-1]
    assert flag in said
    assert wrong.split(",")[-1] in said
