"""Resume a run from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find
from training.models import Run
from training.runs.queue import resume_run


class Command(TrainingCommand):
    help = "Put a failed or cancelled run back into the queue, from its last checkpoint."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="its id or name")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        run = resume_run(run_id=find(Run.objects.all(), options["run"]).public_id)
        return f"{run}: {run.get_state_display()}", {"id": run.public_id, "state": run.state}
