"""`python -m alignment_core`: the library from the command line.

Exit codes: 0 done; 2 refused, with the reason as one JSON line last on standard error; 143 stopped
after saving; anything else is a crash.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from alignment_core.command_line import TASKS, parse, write_method_config
from alignment_core.configs import METHODS
from alignment_core.errors import EXIT_REFUSED, EXIT_STOPPED, Refused, Stopped, TrainingFailed
from alignment_core.stopping import Stopper

EXIT_FAILED = 1
# How long a thread of torch spins before it sleeps. By default it spins so long that two busy
# neighbours on the machine make training ten times slower; this costs nothing on a quiet one.
SPIN_COUNT = "1000"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # read once, when torch is imported
    try:
        _run(parse(arguments))
    except Refused as refusal:
        print(refusal.as_json(), file=sys.stderr)
        return EXIT_REFUSED
    except Stopped:
        return EXIT_STOPPED
    except TrainingFailed as failure:
        print(json.dumps({"error": str(failure), "field": None, "value": None}), file=sys.stderr)
        return EXIT_FAILED
    return 0


def _run(arguments: argparse.Namespace) -> None:
    stopper = Stopper()
    stopper.listen_for_signals()  # before torch is imported, which takes seconds
    if arguments.command in TASKS:
        stopper.listen_for_closed_stdin()
        _run_task(arguments.command, arguments.run_dir, stopper)
    elif arguments.command in METHODS:
        output = write_method_config(arguments)
        _run_task("train", output, stopper)
        print(f"done: {output / 'final'}")
    else:
        _make_tiny_checkpoint(arguments)


def _run_task(task: str, path: Path, stopper: Stopper) -> None:
    """Check the request while everything is light, then bring in torch."""
    from alignment_core.run_directory import RunDirectory
    from alignment_core.tasks import requests

    body = requests.read_request(path / "config.json", task=task)
    if task == "train":
        train_request = requests.train_request(body)
        from alignment_core.tasks.train import TrainTask

        TrainTask(train_request, RunDirectory(path), stopper).run()
    elif task == "sample":
        sample_request = requests.sample_request(body)
        from alignment_core.tasks.sample import run_sample

        run_sample(sample_request, RunDirectory(path), stopper)
    else:
        evaluate_request = requests.evaluate_request(body)
        from alignment_core.tasks.evaluate import run_evaluate

        run_evaluate(evaluate_request, RunDirectory(path), stopper)


def _make_tiny_checkpoint(arguments: argparse.Namespace) -> None:
    from alignment_core.records import texts_of_file
    from alignment_core.tiny import make_tiny_checkpoint

    n_weights = make_tiny_checkpoint(
        texts_of_file(arguments.data),
        arguments.output,
        vocab_size=arguments.vocab_size,
        hidden_size=arguments.hidden_size,
        n_layers=arguments.n_layers,
        n_heads=arguments.n_heads,
        context=arguments.context,
        seed=arguments.seed,
    )
    print(f"{arguments.output}: {n_weights:,} weights")


if __name__ == "__main__":
    sys.exit(main())
