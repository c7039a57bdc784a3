"""Send a checkpoint's completions back to people, from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find, find_project
from training.models import Checkpoint
from training.runs.sample_runs import queue_sample_run


class Command(TrainingCommand):
    help = "Queue new comparisons of what a checkpoint writes, for people to judge blind."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--checkpoint", required=True, help="its id, digest or name")
        parser.add_argument(
            "--against-base",
            action="store_true",
            help="compare with the checkpoint it was trained from, instead of two samples of it",
        )
        parser.add_argument("--prompts", type=int, default=50, help="how many; default 50")
        parser.add_argument(
            "--unanswered-only", action="store_true", help="prompts alone that wait for answers"
        )
        parser.add_argument("--max-new-tokens", type=int, default=256)
        parser.add_argument("--temperature", type=float, default=1.0)
        parser.add_argument("--seed", type=int, default=0)

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        run = queue_sample_run(
            project=find_project(options["project"]),
            checkpoint=find(Checkpoint.objects.filter(is_final=True), options["checkpoint"]),
            against_base=options["against_base"],
            n_prompts=options["prompts"],
            unanswered_only=options["unanswered_only"],
            settings={name: options[name] for name in ("max_new_tokens", "temperature", "seed")},
        )
        return f"queued: {run.public_id}", {"id": run.public_id}
