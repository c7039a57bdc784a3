"""Cancel a run from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find
from training.models import Run
from training.runs.queue import request_cancel


class Command(TrainingCommand):
    help = "Cancel a run; one that is running saves a checkpoint first."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="its id or name")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        run = request_cancel(run_id=find(Run.objects.all(), options["run"]).public_id)
        is_asked = run.state == "running"
        line = f"{run}: {'asked to stop' if is_asked else run.get_state_display()}"
        return line, {"id": run.public_id, "state": run.state}
