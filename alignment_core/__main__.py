"""`python -m alignment_core`, installed as `accord-align`: the library from the command line.

Exit codes: 0 done; 2 refused, with the reason as one JSON line last on standard error; 143 stopped
after saving; anything else is a crash.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from alignment_core.command_line import (
    TASKS,
    parse,
    write_evaluate_config,
    write_method_config,
)
from alignment_core.configs import METHODS
from alignment_core.errors import (
    EXIT_REFUSED,
    EXIT_STOPPED,
    AlignmentError,
    Refused,
    Stopped,
    TrainingFailed,
)
from alignment_core.model_commands import COMMANDS, add_commands
from alignment_core.processes.launcher import end_like
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.progress_line import ProgressLine
from alignment_core.runs.run_directory import is_asked, read_alarms, saved_steps
from alignment_core.tasks.run_task import run_task

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130  # what a shell reports for SIGINT
EXIT_UNREAD = 141  # and for SIGPIPE
STOPPING = "\nstopping: the step under way is finished and saved; Ctrl-C again ends at once\n"
# What the light installation leaves out, by the names under which it is imported.
TRAIN_PACKAGES = (
    "torch", "transformers", "tokenizers", "safetensors", "peft", "huggingface_hub", "jinja2",
    "yaml",
)  # fmt: skip
# How long a thread of torch spins before it sleeps. By default it spins so long that two busy
# neighbours on the machine make training ten times slower; this costs nothing on a quiet one.
SPIN_COUNT = "1000"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # read once, when torch is imported
    try:
        return _run(parse(arguments, add_commands))
    except Refused as refusal:
        _say(refusal)
        return EXIT_REFUSED
    except ModuleNotFoundError as missing:
        _say(_not_installed(missing))
        return EXIT_REFUSED
    except KeyboardInterrupt:  # a second Ctrl-C
        return EXIT_INTERRUPTED
    except Stopped:
        return EXIT_STOPPED
    except TrainingFailed as failure:
        _say(failure)
        return EXIT_FAILED


def _say(error: AlignmentError) -> None:
    """The sentence for people at a terminal; for programs, one line of JSON."""
    print(error.message if sys.stderr.isatty() else error.as_json(), file=sys.stderr)


def _not_installed(missing: ModuleNotFoundError) -> Refused:
    """What to install for the package that a light installation lacks.

    Raises: the error itself, if no extra of this project brings the package.
    """
    package = str(missing.name).partition(".")[0]
    if package not in TRAIN_PACKAGES:
        raise missing
    return Refused(f'{package} is not installed: pip install "accord-align[train]" brings it')


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command in COMMANDS:
        return _print(arguments)
    stopper = Stopper()
    # before torch is imported, which takes seconds
    stopper.listen_for_signals(say=STOPPING if sys.stderr.isatty() else "")
    if arguments.command == "evaluate" and arguments.run_dir is None:
        asked = write_evaluate_config(arguments)
        code = _watched("evaluate", asked, stopper)
        print(f"done: {arguments.output.absolute() / 'report.html'}")
        return code
    if arguments.command in TASKS:
        stopper.listen_for_closed_stdin()
        is_watched = is_asked(arguments.run_dir) or sys.stderr.isatty()
        if is_watched:
            return _watched(arguments.command, arguments.run_dir, stopper)
        return end_like(run_task(arguments.command, arguments.run_dir, stopper))
    if arguments.command in METHODS:
        return _train(write_method_config(arguments), arguments.output.absolute(), stopper)
    _make_tiny_checkpoint(arguments)
    return 0


def _print(arguments: argparse.Namespace) -> int:
    with suppress(AttributeError):  # what stands in for it in a test or a notebook
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        for line in COMMANDS[arguments.command](arguments):
            print(line, flush=True)
    except BrokenPipeError:
        # Whoever read it has read enough, as `head` does; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_UNREAD
    return 0


def _train(asked: Path, output: Path, stopper: Stopper) -> int:
    """Train as flags say, and tell a person how it ended."""
    try:
        code = _watched("train", asked, stopper)
    except (Stopped, KeyboardInterrupt) as end:
        code = EXIT_STOPPED if isinstance(end, Stopped) else EXIT_INTERRUPTED
    if code in (EXIT_STOPPED, EXIT_INTERRUPTED):
        print(_what_is_saved(output), file=sys.stderr)
    if code == 0:
        for alarm in read_alarms(output):
            print(f"alarm: {alarm}", file=sys.stderr)
        print(f"done: {output / 'final'}")
    return code


def _watched(task: str, directory: Path, stopper: Stopper) -> int:
    """Run a task and show how far it is."""
    progress = ProgressLine(sys.stderr)
    try:
        return end_like(run_task(task, directory, stopper, show=progress.show))
    finally:
        progress.end()


def _what_is_saved(output: Path) -> str:
    steps = saved_steps(output / "checkpoints")
    if not steps:
        return "stopped: nothing was saved yet; the same command begins anew"
    return f"stopped: {steps[-1]} is saved; the same command with --resume goes on from there"


def _make_tiny_checkpoint(arguments: argparse.Namespace) -> None:
    from alignment_core.data.given_file import texts_of_file
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
