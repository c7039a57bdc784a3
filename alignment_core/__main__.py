"""`python -m alignment_core`, installed as `accord-align`: the library from the command line.

Exit codes: 0 done; 2 refused, with the reason as one JSON line last on standard error; 143 stopped
after saving; anything else is a crash.
"""

from __future__ import annotations

import argparse
import os
import sys

from alignment_core.command_line import (
    TASKS,
    parse,
    write_evaluate_config,
    write_method_config,
)
from alignment_core.configs import METHODS
from alignment_core.errors import EXIT_REFUSED, EXIT_STOPPED, Refused, Stopped, TrainingFailed
from alignment_core.processes.launcher import end_like
from alignment_core.processes.stopping import Stopper
from alignment_core.tasks.run_task import run_task

EXIT_FAILED = 1
# What the light installation leaves out, by the names under which it is imported.
TRAIN_PACKAGES = (
    "torch", "transformers", "tokenizers", "safetensors", "peft", "huggingface_hub", "jinja2",
)  # fmt: skip
# How long a thread of torch spins before it sleeps. By default it spins so long that two busy
# neighbours on the machine make training ten times slower; this costs nothing on a quiet one.
SPIN_COUNT = "1000"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # read once, when torch is imported
    try:
        return _run(parse(arguments))
    except Refused as refusal:
        print(refusal.as_json(), file=sys.stderr)
        return EXIT_REFUSED
    except ModuleNotFoundError as missing:
        print(_not_installed(missing).as_json(), file=sys.stderr)
        return EXIT_REFUSED
    except Stopped:
        return EXIT_STOPPED
    except TrainingFailed as failure:
        print(failure.as_json(), file=sys.stderr)
        return EXIT_FAILED


def _not_installed(missing: ModuleNotFoundError) -> Refused:
    """What to install for the package that a light installation lacks.

    Raises: the error itself, if no extra of this project brings the package.
    """
    package = str(missing.name).partition(".")[0]
    if package not in TRAIN_PACKAGES:
        raise missing
    return Refused(f'{package} is not installed: pip install "accord-align[train]" brings it')


def _run(arguments: argparse.Namespace) -> int:
    stopper = Stopper()
    stopper.listen_for_signals()  # before torch is imported, which takes seconds
    if arguments.command == "evaluate" and arguments.run_dir is None:
        asked = write_evaluate_config(arguments)
        code = end_like(run_task("evaluate", asked, stopper))
        print(f"done: {arguments.output.absolute() / 'report.html'}")
        return code
    if arguments.command in TASKS:
        stopper.listen_for_closed_stdin()
        return end_like(run_task(arguments.command, arguments.run_dir, stopper))
    if arguments.command in METHODS:
        asked = write_method_config(arguments)
        code = end_like(run_task("train", asked, stopper))
        if code == 0:
            print(f"done: {arguments.output.absolute() / 'final'}")
        return code
    _make_tiny_checkpoint(arguments)
    return 0


def _make_tiny_checkpoint(arguments: argparse.Namespace) -> None:
    from alignment_core.data.records import texts_of_file
    from alignment_core.models.tiny import make_tiny_checkpoint

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
