"""The loop every method shares: accumulate, clip, step, log, measure, save, stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch

from alignment_core.configs import TrainingConfig
from alignment_core.data.micro_batches import is_short_step, micro_batches, step_examples
from alignment_core.errors import SamplesRanDry, Stopped, TrainingFailed
from alignment_core.evaluation import HeldOutResult
from alignment_core.evaluation.metrics import Totals
from alignment_core.machine.gradients_in_place import adding_in_place
from alignment_core.models.adapters import adapter_dropout
from alignment_core.models.sharding import clip_gradients, is_sharded, sum_gradients
from alignment_core.processes.ranks import any_over_ranks, deal, sum_over_ranks, world
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.checkpoints import TrainerState
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.trainers.objective import (
    Learner,
    LoopData,
    Objective,
    RolloutObjective,
    Update,
    trained_modules,
)
from alignment_core.trainers.optimizer import learning_rate_at


def accumulate_gradients(
    learner: Learner,
    indices: Sequence[int],
    *,
    data: LoopData,
    token_budget: int,
    totals: Totals,
    step: int = 0,
    in_step: bool = False,
) -> float:
    """Add a step's gradients, whatever its split into micro-batches, and return its loss.

    Each part is divided by the count of the whole step, so the split changes nothing. Of several
    processes each adds the gradients and the loss of its own part of the step.

    Args:
        in_step: whether the processes share their weights, and so must pass alike often.
    """
    learner.begin_step(step, indices)
    divisor = learner.divisor(indices)
    rank, n_processes = world()
    parts = [
        micro_batches(
            hand,
            data.lengths,
            rows_per_example=data.rows_per_example,
            token_budget=token_budget,
            packed_lengths=data.packed_lengths,
        )
        for hand in deal(indices, data.lengths, n_hands=n_processes)
    ]
    loss = 0.0
    for group in parts[rank]:
        part = learner.loss(group, totals) / divisor
        with adding_in_place():
            part.backward()
        loss += float(part.detach())
    if in_step:
        # Processes that share weights meet in every forward and backward pass, so one that is done
        # early would leave the others waiting for ever. It goes on with its shortest example:
        # times 0, that passes through every layer and adds nothing to the gradients.
        shortest = min(indices, key=lambda index: data.lengths[index])
        for _ in range(max(map(len, parts)) - len(parts[rank])):
            (0.0 * learner.loss([shortest], Totals())).backward()
    return loss


def run_loop(
    objective: Objective,
    *,
    config: TrainingConfig,
    data: LoopData,
    optimizer: torch.optim.Optimizer,
    state: TrainerState,
    directory: RunDirectory,
    stopper: Stopper,
    save: Callable[[], None],
) -> HeldOutResult | None:
    """Train from `state.step` to the end, and return the last held-out measurement.

    Raises: Stopped once the state is saved, if somebody asked; TrainingFailed if the loss is no
    longer a number.
    """
    measured = None
    directory.stands_at = state.step, state.total_steps
    if _is_due(config, state) and not _is_measured(directory, state):
        measured = _measure(objective, state, directory)
    saved_at = directory.clock()
    while state.step < state.total_steps:
        try:
            with directory.phase("train"):
                values = _step(
                    objective, config=config, data=data, optimizer=optimizer, state=state
                )
        except SamplesRanDry as end:
            directory.log("dry", step=state.step, total_steps=state.step, values=end.values)
            state.total_steps = state.step
            measured = _measure(objective, state, directory)
            save()
            break
        except Stopped:  # in the middle of a rollout, which is sampled again
            save()
            raise
        directory.stands_at = state.step, state.total_steps
        directory.log("train", step=state.step, total_steps=state.total_steps, values=values)
        try:
            if _is_due(config, state):
                measured = _measure(objective, state, directory)
        except Stopped:  # a run that goes on from here measures first
            save()
            raise
        is_last = state.step == state.total_steps
        is_time = any_over_ranks(directory.clock() - saved_at >= config.save_every_seconds)
        is_asked = stopper.is_asked
        if is_last or is_time or is_asked:
            with directory.phase("save"):
                save()
            saved_at = directory.clock()
        if is_asked:
            raise Stopped
    # A run resumed at its very end has logged its last measurement, but its margins are gone.
    return measured or objective.measure()


def _step(
    objective: Objective,
    *,
    config: TrainingConfig,
    data: LoopData,
    optimizer: torch.optim.Optimizer,
    state: TrainerState,
) -> dict[str, float]:
    """One step: an optimizer step, or those of a rollout; moves the state on.

    Returns: its measurements.
    """
    totals = Totals()
    rate = learning_rate_at(state.step, total_steps=state.total_steps, config=config)
    losses, grad_norms, weight = [], [], 0.0
    updates = _updates(objective, totals, config=config, data=data, step=state.step)
    for number, update in enumerate(updates):
        with adapter_dropout(objective.module, seed=config.seed, step=state.step, update=number):
            loss = accumulate_gradients(
                update.learner,
                update.indices,
                data=update.data,
                token_budget=config.tokens_per_micro_batch,
                totals=totals,
                step=state.step,
                in_step=is_sharded(objective.module),
            )
        loss = float(sum_over_ranks(loss))
        sum_gradients(trained_modules(objective).values())
        grad_norm = _clip(objective, config.max_grad_norm)
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            raise TrainingFailed(
                "at step {step} the loss is {loss} and the gradient's norm {grad_norm}; a lower "
                "learning rate may help",
                parts={"step": state.step + 1, "loss": loss, "grad_norm": grad_norm},
            )
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]  # torch knows of no factor: see `make_optimizer`
        optimizer.step()
        optimizer.zero_grad()
        state.n_tokens += sum(update.data.n_tokens[index] for index in update.indices)
        losses.append(loss)
        grad_norms.append(grad_norm)
        weight += update.learner.divisor(update.indices)
    totals = totals.over_ranks()
    totals.add("loss", weight * _mean(losses) if losses else 0.0, weight)
    is_short = is_short_step(len(data.lengths), batch_size=config.batch_size, step=state.step)
    means = _with_last_batch(totals, state, is_short=is_short).means()
    state.step += 1
    state.epoch = state.step * config.epochs / state.total_steps
    return {
        "loss": means.pop("loss", math.nan),
        "learning_rate": rate,
        "grad_norm": _mean(grad_norms),
        "epoch": state.epoch,
        "num_tokens": state.n_tokens,
        **means,
    }


def _with_last_batch(totals: Totals, state: TrainerState, *, is_short: bool) -> Totals:
    """A step's totals; those of a short batch together with the whole one before it.

    A handful of examples left at the end of an epoch would draw a spike into every curve, such as
    an accuracy of 0 from three pairs.
    """
    if is_short and state.last_totals:
        totals = Totals.joined([Totals.from_json(state.last_totals), totals])
    state.last_totals = {} if is_short else totals.to_json()
    return totals


def _updates(
    objective: Objective, totals: Totals, *, config: TrainingConfig, data: LoopData, step: int
) -> Iterator[Update]:
    """The optimizer steps of a step: one, over examples that are there, or a rollout's."""
    if isinstance(objective, RolloutObjective):
        yield from objective.updates(step, totals)
        return
    indices = step_examples(
        len(data.lengths),
        batch_size=config.batch_size,
        seed=config.seed,
        step=step,
        curriculum=data.curriculum,
    )
    yield Update(learner=objective, data=data, indices=indices)


def _mean(values: Sequence[float]) -> float:
    """Of the updates of a step; not a number where there was nothing to learn from."""
    return sum(values) / len(values) if values else math.nan


def _is_due(config: TrainingConfig, state: TrainerState) -> bool:
    """Both ends are measured, and every so many steps between them."""
    every = config.eval_every_steps
    return state.step in (0, state.total_steps) or (every > 0 and state.step % every == 0)


def _is_measured(directory: RunDirectory, state: TrainerState) -> bool:
    return any(
        line["phase"] == "eval" and line["step"] == state.step for line in directory.read_metrics()
    )


def _clip(objective: Objective, max_norm: float) -> float:
    """Shorten each model's gradient by itself, and return the length of the policy's."""
    norms = [clip_gradients(module, max_norm) for module in trained_modules(objective).values()]
    return norms[0]  # `trained_modules` names the policy first


def _measure(
    objective: Objective, state: TrainerState, directory: RunDirectory
) -> HeldOutResult | None:
    with directory.phase("evaluate"):
        result = objective.measure()
    if result is not None:
        directory.log("eval", step=state.step, total_steps=state.total_steps, values=result.metrics)
    return result
