"""Recipes on a judged project, and runs that end as a test says, by the services themselves."""

import json
import tempfile
from pathlib import Path
from typing import Any

from training.artifacts.store import store_directory
from training.automation.advancing import advance_round
from training.automation.recipes import create_recipe, newest_version
from training.automation.rounds import start_round
from training.automation.step_work import do_step
from training.execution.results import finish_evaluation, finish_sampling, finish_training
from training.models import Recipe, Round, RoundState, RoundStep, Run, RunKind, StepState
from training.runs.claimed import claim_run, fail_run


def dpo_steps(base, **settings) -> list[dict[str, Any]]:
    """Freeze, train, measure, compare, propose: what most rounds are."""
    return [
        {"do": "freeze", "selection": {"eval_share": 0.2}},
        {
            "do": "train",
            "method": "dpo",
            "on": "step:1",
            "start": f"checkpoint:{base.public_id}",
            "settings": {"max_length": 64, **settings},
        },
        {"do": "evaluate", "checkpoint": "step:2", "on": "step:1"},
        {"do": "evaluate", "checkpoint": "alias:champion", "on": "step:1"},
        {"do": "compare", "candidate": "step:2", "on": "step:1"},
        {"do": "propose", "candidate": "step:2", "comparison": "step:5"},
    ]


def make_recipe(project, base, *, name: str = "DPO", steps=None) -> Recipe:
    return create_recipe(project=project, name=name, steps=steps or dpo_steps(base, beta=0.2))


def begin(recipe: Recipe, **values) -> Round:
    return start_round(version=newest_version(recipe), trigger="hand", **values)


def states(round_: Round) -> list[str]:
    return list(round_.steps.order_by("number").values_list("state", flat=True))


def present(round_: Round) -> RoundStep:
    """The step that the round is at."""
    return round_.steps.filter(state__in=RoundStep.UNFINISHED).order_by("number")[0]


def go_on(round_: Round) -> RoundStep:
    """Do what the workers would do with the present step, and come to the next."""
    advance_round(round_.pk)
    step = present(round_)
    if step.state == StepState.QUEUED:
        do_step(step.pk)
    elif step.run is not None:
        succeed(step.run)
        advance_round(round_.pk)
    step.refresh_from_db()
    return step


def to_the_end(round_: Round) -> Round:
    for _step in range(30):
        round_.refresh_from_db()
        if round_.state != RoundState.RUNNING:
            return round_
        go_on(round_)
    raise AssertionError("the round does not end")


def succeed(run: Run, *, wins: dict[str, float] | None = None) -> None:
    """The end of a run that worked, with what its child would have left."""
    claimed = claim_run(run_id=run.public_id, worker="here")
    assert claimed is not None, run.state
    summary: dict[str, Any] = {"steps": 1, "evaluation": {"n": 1}, "wins_by_pair": wins or {}}
    with tempfile.TemporaryDirectory() as folder:
        if run.kind == RunKind.TRAIN:
            Path(folder, "config.json").write_text(json.dumps({"of": str(run.public_id)}))
            finish_training(
                run=claimed,
                summary=summary,
                final=store_directory(Path(folder)),
                n_left_out=0,
                log="",
            )
        elif run.kind == RunKind.EVALUATE:
            finish_evaluation(run=claimed, summary=summary, report="", log="")
        else:
            samples = Path(folder, "samples.jsonl")
            samples.touch()
            finish_sampling(run=claimed, summary=summary, samples=samples, log="")


def fail(run: Run, reason: str = "It broke.") -> None:
    claimed = claim_run(run_id=run.public_id, worker="here")
    assert claimed is not None
    fail_run(run=claimed, reason=reason)
