"""Queue a training run from the command line, or a sweep of them."""

import json
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser

from alignment_core.configs import METHODS
from training.management.base import TrainingCommand, find
from training.models import Checkpoint, Run, Snapshot, Sweep
from training.runs.checks import advice_of
from training.runs.queue import queue_run
from training.runs.sweeps import queue_sweep
from training.runs.tried_run import planned


class Command(TrainingCommand):
    help = "Queue a training run; a training worker carries it out."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("method", choices=list(METHODS))
        parser.add_argument("--snapshot", required=True, help="its id, digest or name")
        start = parser.add_mutually_exclusive_group(required=True)
        start.add_argument("--base", help="the checkpoint to start from: id, digest or name")
        start.add_argument("--after", help="start from the result of this run: its id or name")
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything, and queue nothing"
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="SETTING=VALUE",
            help="such as beta=0.05; `python -m alignment_core METHOD --help` lists them",
        )

        parser.add_argument(
            "--vary",
            action="append",
            default=[],
            metavar="SETTING=VALUE,VALUE",
            help="one run for each value, at most twice; needs a --name",
        )

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        base = options["base"] and find(Checkpoint.objects.filter(is_final=True), options["base"])
        after = options["after"] and find(Run.objects.all(), options["after"])
        wanted = {
            "method": options["method"],
            "snapshot": find(Snapshot.objects.all(), options["snapshot"]),
            "base": base or None,
            "after": after or None,
            "settings": dict(_setting(text) for text in options["set"]),
            "name": options["name"],
        }
        if options["vary"]:
            return _swept(queue_sweep(**wanted, varied=dict(map(_values, options["vary"]))))
        queue = partial(queue_run, **wanted)
        if options["dry_run"]:
            return planned(queue, lambda run: _told(run, f"would queue {run}"))
        run = queue()
        line, values = _told(run, f"queued {run.get_method_display()}: {run.public_id}")
        return line, {"id": run.public_id, **values}


def _told(run: Run, first_line: str) -> tuple[str, dict[str, Any]]:
    advice = advice_of(run)
    return "\n".join([first_line, *advice]), {"settings": run.settings, "advice": advice}


def _swept(sweep: Sweep) -> tuple[str, dict[str, Any]]:
    runs = [str(run.public_id) for run in sweep.runs.order_by("pk")]
    line = f"queued a sweep of {len(runs)} runs: {sweep.public_id}"
    return line, {"id": sweep.public_id, "varied": sweep.varied, "runs": runs}


def _values(text: str) -> tuple[str, list[Any]]:
    name, is_there, values = text.partition("=")
    if not is_there:
        raise CommandError(f"--vary {text}: expected SETTING=VALUE,VALUE.")
    return name, [_setting(f"{name}={value.strip()}")[1] for value in values.split(",")]


def _setting(text: str) -> tuple[str, Any]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise CommandError(f"--set {text}: expected SETTING=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
