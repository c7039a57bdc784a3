"""The command line as calls: what `python -m alignment_core` does, from Python."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.errors import (
    EXIT_REFUSED,
    EXIT_STOPPED,
    Stopped,
    TrainingFailed,
    refusal_of_json,
)
from alignment_core.processes.launcher import Ending
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.tasks.new_runs import write_evaluate_run, write_train_run
from alignment_core.tasks.run_task import run_task

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a training run left behind."""

    directory: Path  # of the run: config.json, metrics.jsonl, checkpoints/ and the rest
    final: Path  # the finished checkpoint, in Hugging Face layout
    summary: dict[str, Any]  # summary.json: figures, times, alarms, digests


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationResult:
    """What an evaluation left behind."""

    directory: Path
    page: Path  # report.html, which needs nothing else
    summary: dict[str, Any]  # summary.json: figures with their intervals, times, digests


def train(
    method: str,
    *,
    model: PathLike,
    data: PathLike,
    output: PathLike,
    eval_data: PathLike | None = None,
    resume: bool = False,
    reference_cache: PathLike | None = None,
    **settings: object,
) -> RunResult:
    """Train by a method, as `python -m alignment_core METHOD …` does, and to the same bits.

    This process is set up for it: deterministic operations, threads, and what the run's plan.json
    says. Signals stay as they are: Ctrl-C ends the run where it is, and `resume` goes on from the
    newest checkpoint. With `processes` above 1 the training is in children, which end with this
    process.

    Args:
        method: one of `alignment_core.configs.METHODS`, such as "dpo" or "reward_model".
        model: directory of the start checkpoint, or a hub id.
        data: preference records, JSON Lines (`alignment_core.records.write_records`).
        output: directory of the run; made if it is not there.
        eval_data: held-out preference records, measured as training goes on.
        resume: go on with the run in `output`, which must have had the same settings; without a
            checkpoint there, begin.
        reference_cache: directory where runs share the reference's log-probs; for methods that
            store a reference alone (dpo, kto).
        settings: fields of the method's config, such as `beta=0.2`; the others keep their
            defaults. `help(alignment_core.configs.DPOConfig)` and `accord-align dpo --help` have
            them all.
    Returns: the run's directory, its `final/`, and its summary.
    Raises: ConfigError naming the setting and its value; Refused for a model, a file or a
        directory that cannot be used, RecordError (a Refused) for a row; TrainingFailed if the
        training breaks down; Stopped if a child was asked to stop, after it saved.
    """
    asked = write_train_run(
        method,
        model=os.fspath(model),
        data=Path(data),
        output=Path(output),
        eval_data=None if eval_data is None else Path(eval_data),
        resume=resume,
        reference_cache=None if reference_cache is None else Path(reference_cache),
        settings=settings,
        to_resume="pass resume=True",
    )
    _raise_unless_done(run_task("train", asked, Stopper()))
    directory = RunDirectory(asked)
    return RunResult(
        directory=directory.path, final=directory.final, summary=_summary(directory.path)
    )


def evaluate(
    checkpoint: PathLike,
    *,
    data: PathLike,
    output: PathLike,
    reference: PathLike | None = None,
    reward_model: PathLike | None = None,
    against: PathLike | None = None,
    safety_prompts: PathLike | None = None,
    language: str | None = None,
    **settings: object,
) -> EvaluationResult:
    """Evaluate a policy or a reward model, as `python -m alignment_core evaluate …` does.

    Args:
        checkpoint: directory of the policy or reward model, or a hub id.
        data: held-out preference records, JSON Lines.
        output: directory for report.html and the figures; it may hold no other run.
        reference: the policy it started from, for log-ratios and KL.
        reward_model: scores samples, and judges `checkpoint` and `against`.
        against: the policy to compare with; needs `reward_model`.
        safety_prompts: a file of prompts to use instead of those that ship.
        language: of report.html, "en" or "zh-hans"; en if not given.
        settings: fields of `alignment_core.configs.EvaluateConfig`, such as `n_prompts=16`.
    Returns: the directory, the page, and the summary with every figure.
    Raises: ConfigError naming the setting and its value; Refused for a model, a file or a
        directory that cannot be used.
    """
    models = {
        "checkpoint": checkpoint,
        "reference": reference,
        "reward_model": reward_model,
        "against": against,
    }
    asked = write_evaluate_run(
        models={name: None if one is None else os.fspath(one) for name, one in models.items()},
        data=Path(data),
        output=Path(output),
        safety_prompts=None if safety_prompts is None else Path(safety_prompts),
        language=language,
        settings=settings,
    )
    run_task("evaluate", asked, Stopper())
    directory = RunDirectory(asked).path
    return EvaluationResult(
        directory=directory, page=directory / "report.html", summary=_summary(directory)
    )


def _raise_unless_done(ending: Ending) -> None:
    """Say of other processes what one in this process would raise."""
    if ending.code == EXIT_STOPPED:
        raise Stopped
    if ending.code == EXIT_REFUSED and ending.refusal is not None:
        raise refusal_of_json(ending.refusal)
    if ending.code != 0:
        said = "" if ending.refusal is None else f": {json.loads(ending.refusal)['error']}"
        raise TrainingFailed(f"a process of the run ended with exit code {ending.code}{said}")


def _summary(directory: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((directory / "summary.json").read_text("utf-8"))
    return summary
