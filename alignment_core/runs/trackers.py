"""Where a run's figures are shown besides its own page: TensorBoard, W&B, trackio, MLflow.

TensorBoard's event files are always written. The others are packages of their own, which are
imported only where a run asks for them.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from alignment_core.errors import Refused
from alignment_core.runs.event_file import FOLDER, EventFile, Figures
from alignment_core.runs.run_directory import RunDirectory

logger = logging.getLogger(__name__)

PROJECT = "accord"  # where no variable of the tracker's own names another
WATCHED = ("train", "eval")  # phases whose lines hold figures
NOT_FIGURES = ("phase", "step", "total_steps", "time")


class Tracker(Protocol):
    """Something that shows figures over steps."""

    def log(self, line: Figures) -> None:
        """Show the figures of a step."""

    def finish(self, *, succeeded: bool) -> None:
        """Send what is not sent yet, and say how the run ended."""


class WandbTracker:
    """Weights & Biases."""

    def __init__(self, module: Any, directory: Path, settings: Mapping[str, Any]) -> None:
        project = os.environ.get("WANDB_PROJECT", PROJECT)
        self.run = module.init(
            project=project, name=directory.name, dir=str(directory), config=dict(settings)
        )

    def log(self, line: Figures) -> None:
        """One line of its history."""
        self.run.log(dict(line.values), step=line.step)

    def finish(self, *, succeeded: bool) -> None:
        """An exit code other than 0 marks a run as failed."""
        self.run.finish(exit_code=0 if succeeded else 1)


class TrackioTracker:
    """trackio, which keeps its figures on this machine unless it is told otherwise."""

    def __init__(self, module: Any, directory: Path, settings: Mapping[str, Any]) -> None:
        self.module = module
        project = os.environ.get("TRACKIO_PROJECT", PROJECT)
        module.init(project=project, name=directory.name, config=dict(settings))

    def log(self, line: Figures) -> None:
        """One row of its table."""
        self.module.log(dict(line.values), step=line.step)

    def finish(self, *, succeeded: bool) -> None:  # noqa: ARG002 - it knows of no failed runs
        """It does not tell success from failure."""
        self.module.finish()


class MLflowTracker:
    """MLflow, at the server and in the experiment that its own variables name."""

    def __init__(self, module: Any, directory: Path, settings: Mapping[str, Any]) -> None:
        self.module = module
        module.start_run(run_name=directory.name)
        module.log_params({name: str(value) for name, value in settings.items()})

    def log(self, line: Figures) -> None:
        """A server that does not answer costs its figures, not the run."""
        try:
            self.module.log_metrics(dict(line.values), step=line.step)
        except self.module.exceptions.MlflowException as error:
            logger.warning("MLflow did not take the figures of step %d: %s", line.step, error)

    def finish(self, *, succeeded: bool) -> None:
        """FAILED stands for a run that was stopped, too."""
        self.module.end_run("FINISHED" if succeeded else "FAILED")


TRACKERS: dict[str, Callable[[Any, Path, Mapping[str, Any]], Tracker]] = {
    "wandb": WandbTracker,
    "trackio": TrackioTracker,
    "mlflow": MLflowTracker,
}


def require_trackers(names: Sequence[str]) -> dict[str, Any]:
    """The modules of these trackers. Raises: Refused naming the package that is missing."""
    modules = {}
    for name in names:
        try:
            modules[name] = importlib.import_module(name)
        except ImportError as error:
            raise Refused(
                "report_to asks for {name}, which cannot be imported: {why}; install it with "
                "pip install {name}, or leave it out",
                field="report_to",
                value=name,
                parts={"name": name, "why": error},
            ) from error
    return modules


@contextmanager
def tracked(
    directory: RunDirectory, modules: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[None]:
    """Show every figure that is logged inside, after those that were logged before.

    A run that goes on from a checkpoint so shows its whole curve, cut where its metrics are.

    Args:
        modules: of trackers by name, as `require_trackers` gives them.
        settings: of the run, as plain values.
    """
    place = directory.path.absolute()
    trackers: list[Tracker] = [EventFile(directory.path / FOLDER, time=directory.clock())]
    for name, module in modules.items():
        trackers.append(TRACKERS[name](module, place, settings))

    def show(line: Mapping[str, Any]) -> None:
        figures = figures_of(line)
        if figures.values:
            for tracker in trackers:
                tracker.log(figures)

    succeeded = False
    try:
        for line in directory.read_metrics():
            show(line)
        directory.listeners.append(show)
        yield
        succeeded = True
    finally:
        directory.listeners = [one for one in directory.listeners if one is not show]
        for tracker in trackers:
            tracker.finish(succeeded=succeeded)


def figures_of(line: Mapping[str, Any]) -> Figures:
    """The figures of a line of metrics.jsonl by phase and name; none that is not a number."""
    is_watched = line["phase"] in WATCHED
    return Figures(
        step=line["step"],
        time=line["time"],
        values={
            f"{line['phase']}/{name}": float(value)
            for name, value in line.items()
            if is_watched and name not in NOT_FIGURES and value is not None
        },
    )
