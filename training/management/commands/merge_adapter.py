"""Queue the merging of an adapter from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find
from training.models import Checkpoint
from training.runs.merge_run import queue_merge_run


class Command(TrainingCommand):
    help = "Make one whole model of an adapter and what it lies over; a training worker does it."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("checkpoint", help="the adapter: its id, digest or name")
        parser.add_argument("--name", default="", help="what people will call the whole model")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        adapter = find(Checkpoint.objects.filter(is_final=True), options["checkpoint"])
        run = queue_merge_run(checkpoint=adapter, name=options["name"])
        return f"queued: {run.public_id}", {"id": run.public_id}
