"""One task of a run directory, here or in several processes; torch comes in as late as it can."""

from __future__ import annotations

from pathlib import Path

from alignment_core.processes.launcher import Ending, is_member, run_members
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory, Show, forget_asked
from alignment_core.tasks import requests

DONE = Ending()


def run_task(task: str, path: Path, stopper: Stopper, *, show: Show | None = None) -> Ending:
    """Check the request while everything is light, then bring in torch.

    Args:
        task: train, sample or evaluate, as in the directory's config.json.
        path: of the run's directory, or what `ask_for_run` gave.
        show: is told each line of the metrics.
    Returns: how it ended in other processes; what ends in this one is done, or raises.
    Raises: Refused, Stopped, TrainingFailed; the directory is as it was then, unless the run had
        begun.
    """
    try:
        return _run(task, path, stopper, show)
    finally:
        if not is_member():  # the others may still be reading
            forget_asked(path)


def _run(task: str, path: Path, stopper: Stopper, show: Show | None) -> Ending:
    body = requests.read_request(path / "config.json", task=task)
    if task == "train":
        return _train(requests.train_request(body), path, stopper, show)
    if task == "sample":
        sample_request = requests.sample_request(body)
        from alignment_core.tasks.sample import run_sample

        run_sample(sample_request, RunDirectory(path, show=show), stopper)
    else:
        evaluate_request = requests.evaluate_request(body)
        from alignment_core.tasks.evaluate import run_evaluate

        run_evaluate(evaluate_request, RunDirectory(path, show=show), stopper)
    return DONE


def _train(
    request: requests.TrainRequest, path: Path, stopper: Stopper, show: Show | None
) -> Ending:
    n_processes = request.config.processes
    if n_processes > 1 and not is_member():
        return run_members(["train", str(path)], n_processes=n_processes, stopper=stopper)
    from alignment_core.tasks.train_in_processes import train

    train(request, path, stopper, show=show)
    return DONE
