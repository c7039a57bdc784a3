"""What one of several processes does in tests, run after run, as starting it takes longest.

`python -m tests.alignment_core.as_member first_step=RUN_DIR train=RUN_DIR …`; the processes meet
each other, and the main one writes.
"""

import os
import sys
import tempfile
from pathlib import Path

from safetensors.torch import save_file

GRADIENTS, HELD_OUT = "gradients.safetensors", "held_out.safetensors"


def write_first_step(directory: Path) -> None:
    """The loss and the summed gradients of a run's first optimizer step, in float64.

    Before it the figures of the held-out records, where there are any.
    """
    from alignment_core.evaluation.metrics import Totals
    from alignment_core.models.sharding import is_sharded, sum_gradients
    from alignment_core.models.weights import whole
    from alignment_core.processes.ranks import is_main, sum_over_ranks
    from alignment_core.trainers.loop import _updates, accumulate_gradients
    from alignment_core.trainers.objective import trained_modules

    scratch = tempfile.TemporaryDirectory()  # each process writes into one of its own
    objective, config, data = _objective_of(directory, Path(scratch.name))
    held_out = _held_out_figures(objective)
    if is_main():
        save_file(held_out, directory / HELD_OUT)
    totals = Totals()
    update = next(_updates(objective, totals, config=config, data=data, step=0))
    loss = accumulate_gradients(
        update.learner,
        update.indices,
        data=update.data,
        token_budget=config.tokens_per_micro_batch,
        totals=totals,
        in_step=is_sharded(objective.module),
    )
    modules = trained_modules(objective)
    sum_gradients(modules.values())
    tensors = {
        f"{part}/{name}": whole(weight.grad)
        for part, module in modules.items()
        for name, weight in module.named_parameters()
        if weight.grad is not None
    }
    tensors["loss"] = sum_over_ranks(loss)
    if is_main():
        save_file(tensors, directory / GRADIENTS)
    scratch.cleanup()


def _held_out_figures(objective):
    """Every figure and margin, and how often all processes together went through the model.

    Also of how many splits another run had left the reference's log-probs.
    """
    import torch

    from alignment_core.processes.ranks import sum_over_ranks

    passes = []
    counter = objective.module.base_model.register_forward_hook(lambda *_: passes.append(1))
    measured = objective.measure()
    counter.remove()
    if measured is None:
        return {}
    figures = {
        name: torch.tensor(value, dtype=torch.float64) for name, value in measured.metrics.items()
    }
    found = objective.reference.found if hasattr(objective, "reference") else {}
    return {
        **figures,
        "margins": measured.margins,
        "n_passes": sum_over_ranks(len(passes)),
        "n_found": torch.tensor(len(found)),
    }


def _objective_of(directory: Path, scratch: Path):
    """A method's objective over float64 weights, its config, and the lengths of its examples."""
    from alignment_core.models import loading
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    request = train_request(read_request(directory / "config.json", task="train"))
    in_float32 = loading._on
    loading._on = lambda module, device: in_float32(module.double(), device)
    try:
        task = TrainTask(request, RunDirectory(scratch), Stopper())
        loaded = task.load(task.prepare(task.start_or_resume()))
        context, objective = loaded.context, loaded.objective
    finally:
        loading._on = in_float32
    return objective, request.config, context.loop_data(objective.curriculum())


def train(directory: Path) -> None:
    """The whole run."""
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    request = train_request(read_request(directory / "config.json", task="train"))
    with tempfile.TemporaryDirectory() as scratch:
        own = directory if os.environ["RANK"] == "0" else Path(scratch)
        TrainTask(request, RunDirectory(own), Stopper()).run()


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        action, _, path = argument.partition("=")
        {"first_step": write_first_step, "train": train}[action](Path(path))
