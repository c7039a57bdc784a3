"""What a run would learn from, as its preflight says, without training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alignment_core.models.loading import read_json
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory, forget_asked
from alignment_core.tasks.requests import read_request, train_request
from alignment_core.tasks.train import TrainTask


def inspect(asked: Path) -> dict[str, Any]:
    """The preflight of a run that was asked for; nothing of it stays.

    Args:
        asked: what `ask_for_run` gave.
    Raises: Refused, RecordError: whatever the run itself would refuse before it loads a model.
    """
    try:
        request = train_request(read_request(asked / "config.json", task="train"))
        directory = RunDirectory(asked)
        task = TrainTask(request, directory, Stopper())
        task.prepare(task.start_or_resume())
        report: dict[str, Any] = read_json(directory.file("preflight.json"))
        return report
    finally:
        forget_asked(asked)


def in_words(report: dict[str, Any]) -> Iterator[str]:
    """A preflight as lines for people."""
    for name, split in (("training", report["train"]), ("held out", report["eval"])):
        if split is None:
            continue
        yield f"{name}: {split['n_used']} of {split['n_records']} records are used"
        for reason, n in split["dropped"].items():
            yield f"  left out, {reason}: {n}"
        yield f"  {split['tokens']['total']:,} tokens"
    yield f"chat template: {report['chat_template']}"
    for warning in report["warnings"]:
        yield f"warning: {warning['message']}"
    for sample in report["samples"]:
        yield f"\n{sample['id']}, read ({sample['n_read']} tokens):\n{sample['read']}"
        for text, n in zip(sample["learnt"], sample["n_learnt"], strict=True):
            yield f"learnt ({n} tokens):\n{text}"
