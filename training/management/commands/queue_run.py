"""Queue a training run from the command line."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from alignment_core.configs import METHODS
from training.management.base import TrainingCommand, find
from training.models import Checkpoint, Run, Snapshot
from training.runs.checks import advice_for
from training.runs.queue import queue_run


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
            "--set",
            action="append",
            default=[],
            metavar="SETTING=VALUE",
            help="such as beta=0.05; `python -m alignment_core METHOD --help` lists them",
        )

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        base = options["base"] and find(Checkpoint.objects.filter(is_final=True), options["base"])
        after = options["after"] and find(Run.objects.all(), options["after"])
        run = queue_run(
            method=options["method"],
            snapshot=find(Snapshot.objects.all(), options["snapshot"]),
            base=base or None,
            after=after or None,
            settings=dict(_setting(text) for text in options["set"]),
            name=options["name"],
        )
        advice = advice_for(method=run.method, base=run.base, after=run.after)
        lines = [f"queued {run.get_method_display()}: {run.public_id}", *advice]
        return "\n".join(lines), {"id": run.public_id, "settings": run.settings, "advice": advice}


def _setting(text: str) -> tuple[str, Any]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise CommandError(f"--set {text}: expected SETTING=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
