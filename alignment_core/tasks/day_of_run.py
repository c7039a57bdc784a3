"""The day of a run: what chat templates that read the clock are told, from its start to its end."""

from __future__ import annotations

from datetime import UTC, date, datetime

from transformers import PreTrainedTokenizerBase

from alignment_core.data.template_date import KEPT_AS, keep_date, kept_date
from alignment_core.processes.ranks import from_main
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.tasks.requests import TrainRequest
from alignment_core.tasks.resuming import saved_plan


def today(directory: RunDirectory) -> date:
    """The day by the clock of the run's directory, in UTC, the same in every process."""
    return from_main(datetime.fromtimestamp(directory.clock(), UTC).date())


def day_of_run(
    request: TrainRequest, tokenizer: PreTrainedTokenizerBase, directory: RunDirectory
) -> date:
    """The day of a training run, which is kept with its tokenizer from here on.

    That is the day on which the run began where it goes on from a checkpoint; else the one that
    was asked for; else the one that its base was trained with; else today.
    """
    began = None if request.resume is None else saved_plan(request.resume).get(KEPT_AS)
    given = began or request.config.template_date
    day = date.fromisoformat(given) if given else kept_date(tokenizer) or today(directory)
    keep_date(tokenizer, day)
    return day
