"""A train task, alone or as one of several processes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch.distributed as dist

from alignment_core.errors import ConfigError, Stopped
from alignment_core.processes.launcher import is_member
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory, Show
from alignment_core.tasks.requests import TrainRequest
from alignment_core.tasks.train import TrainTask


def train(request: TrainRequest, path: Path, stopper: Stopper, *, show: Show | None = None) -> None:
    """Train in a run directory, of which the main process is the only writer.

    The others do everything alike and write into a directory of their own that nobody keeps.

    Raises: Refused, Stopped, TrainingFailed.
    """
    if not is_member():
        TrainTask(request, RunDirectory(path, show=show), stopper).run()
        return
    n_processes, wanted = int(os.environ["WORLD_SIZE"]), request.config.processes
    if wanted not in (1, n_processes):
        raise ConfigError(
            "processes", wanted, f"processes is {wanted}, but {n_processes} were started"
        )
    with tempfile.TemporaryDirectory(prefix="alignment_core-") as scratch:
        is_main = os.environ["RANK"] == "0"
        directory = RunDirectory(path, show=show) if is_main else RunDirectory(Path(scratch))
        try:
            TrainTask(request, directory, stopper).run()
        except Stopped:
            dist.destroy_process_group()
            raise
        dist.destroy_process_group()
