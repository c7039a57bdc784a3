"""`dtype` auto: a run's first steps in bfloat16 beside the same in float32.

Rounding is taken only where it is seen to do no harm: products must be faster, and the first steps
of the method itself, on the run's own records, must be faster and have the losses and gradients
that they have in float32. Whatever cannot be tried stays in float32. What is found is written to
plan.json, by which a resumed run goes on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.micro_batches import n_steps_per_epoch, step_examples
from alignment_core.data.preparation import PreparedRecords
from alignment_core.errors import Refused, TrainingFailed
from alignment_core.machine.half_products import EXACT, HALF, has_fast_half, time_products
from alignment_core.machine.kept_blocks import release
from alignment_core.processes.ranks import any_over_ranks
from alignment_core.runs.checkpoints import TrainerState
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.tasks.stages import Prepared
from alignment_core.trainers.loop import run_loop
from alignment_core.trainers.objective import Objective, TrainingContext
from alignment_core.trainers.optimizer import make_optimizer
from alignment_core.trainers.ways import Ways

N_STEPS = 6
LARGEST_LOSS_CHANGE = 0.01  # of the loss in float32
LARGEST_NORM_CHANGE = 0.05  # of the gradient's norm in float32
SMALLEST_GAIN = 1.1  # in time; below it there is nothing to round for

OPEN = "auto"

Method = Callable[[TrainingContext[Any]], Objective]


@dataclass(frozen=True, kw_only=True)
class FirstSteps:
    """What some steps were like."""

    losses: Sequence[float]
    grad_norms: Sequence[float]
    seconds: float  # of all but the first, which warms up


def settle_dtype(prepared: Prepared, method: Method, *, saved: Mapping[str, Any]) -> None:
    """Where the settings leave the precision of passes open, write it into context and plan.

    Args:
        saved: the plan of the run that goes on here, else empty.
    """
    context, machine = prepared.context, prepared.machine
    if context.config.dtype != OPEN:
        return
    if saved:
        dtype, trial = saved["dtype"], saved.get("dtype_trial", {})
    else:
        dtype, trial = choose_dtype(context, method)
    machine |= {"dtype": dtype, "dtype_trial": trial}
    context.config = context.ways.config = replace(context.config, dtype=dtype)


def choose_dtype(context: TrainingContext[Any], method: Method) -> tuple[str, dict[str, Any]]:
    """The precision of passes for a run that leaves it open, and what it was chosen by.

    Several processes come to one answer: bfloat16 only if each of them finds for it.

    Args:
        method: makes the objective of the run.
    Returns: "float32" or "bfloat16"; `reason`, and as far as it was tried `products` in seconds
        and the first `steps` by type.
    """
    if isinstance(context.config, RolloutConfig):
        why = "what is sampled must be learnt from as it was drawn, and rounding changes that"
        return EXACT, {"reason": why}
    products = time_products(context.device, clock=time.perf_counter)
    found: dict[str, Any] = {"products": products}
    if any_over_ranks(not has_fast_half(products)):
        return EXACT, {"reason": "products of bfloat16 are not clearly faster here", **found}
    try:
        steps = {dtype: first_steps(context, method, dtype=dtype) for dtype in (EXACT, HALF)}
    except (Refused, TrainingFailed) as error:
        return EXACT, {"reason": f"the first steps cannot be tried: {error}", **found}
    found["steps"] = {dtype: asdict(of_dtype) for dtype, of_dtype in steps.items()}
    reason = why_not_half(steps[EXACT], steps[HALF])
    if any_over_ranks(bool(reason)):
        return EXACT, {"reason": reason or "another process found against it", **found}
    return HALF, {"reason": "faster, with the losses and gradients of float32", **found}


def why_not_half(exact: FirstSteps, half: FirstSteps) -> str:
    """What speaks against the steps in bfloat16; empty if nothing does."""
    for name, found, expected, largest in (
        ("loss", half.losses, exact.losses, LARGEST_LOSS_CHANGE),
        ("gradient's norm", half.grad_norms, exact.grad_norms, LARGEST_NORM_CHANGE),
    ):
        change = _largest_change(found, expected)
        if not change <= largest:  # no number ends here as well
            return f"in the first steps the {name} changes by {change:.2g} of itself"
    if not half.seconds * SMALLEST_GAIN < exact.seconds:
        return "the first steps are not clearly faster"
    return ""


def first_steps(context: TrainingContext[Any], method: Method, *, dtype: str) -> FirstSteps:
    """Train a model of its own for some steps, and forget it.

    Raises: Refused, TrainingFailed, Stopped.
    """
    config = replace(context.config, dtype=dtype, epochs=1, eval_every_steps=0)
    with TemporaryDirectory() as scratch:
        directory = RunDirectory(Path(scratch))
        trial = replace(
            context,
            config=config,
            directory=directory,
            train=_first_records(context),
            held_out=None,
            ways=Ways(config=config),
            reference_cache=None,
        )
        objective = method(trial)
        objective.prepare()
        state = TrainerState(method="", settings={}, data_digest="")
        state.total_steps = n_steps_per_epoch(len(trial.train), batch_size=config.batch_size)
        run_loop(
            objective,
            config=config,
            data=trial.loop_data(None),
            optimizer=make_optimizer(objective, config),
            state=state,
            directory=directory,
            stopper=context.stopper,
            save=lambda: None,
        )
        lines = [line for line in directory.read_metrics() if line["phase"] == "train"]
    release()
    return FirstSteps(
        losses=[line["loss"] for line in lines],
        grad_norms=[line["grad_norm"] for line in lines],
        seconds=lines[-1]["time"] - lines[0]["time"],
    )


def _first_records(context: TrainingContext[Any]) -> PreparedRecords:
    """As many as the trial takes, in the random order of the run."""
    train, config = context.train, context.config
    n_steps = min(N_STEPS, n_steps_per_epoch(len(train), batch_size=config.batch_size))
    places = [
        place
        for step in range(n_steps)
        for place in step_examples(
            len(train), batch_size=config.batch_size, seed=config.seed, step=step
        )
    ]
    return replace(
        train,
        records=[train.records[place] for place in places],
        examples=[train.examples[place] for place in places],
        targets=[train.targets[place] for place in places],
    )


def _largest_change(found: Sequence[float], expected: Sequence[float]) -> float:
    """Relative; infinite where one of two is no number."""
    changes = [
        abs(one - other) / max(abs(other), 1e-12)
        for one, other in zip(found, expected, strict=True)
    ]
    return math.inf if any(math.isnan(change) for change in changes) else max(changes)
