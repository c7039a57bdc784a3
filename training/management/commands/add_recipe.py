"""Keep a recipe from the command line: one that ships, or one's own from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from training.automation.recipe_text import steps_from_text
from training.automation.recipes import create_recipe, newest_version
from training.automation.schedule_words import schedule_in_words
from training.automation.shipped import SHIPPED, add_shipped
from training.management.base import TrainingCommand, find, find_project
from training.models import Checkpoint


class Command(TrainingCommand):
    help = "Keep a recipe for a project; start_round and schedules carry it out."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="SLUG")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--shipped", choices=list(SHIPPED))
        what.add_argument("--steps", type=Path, help="a file with the steps as a JSON list")
        parser.add_argument("--name", default="", help="of one's own")
        parser.add_argument("--start", help="of one that ships: id, digest or name of a checkpoint")
        parser.add_argument("--time-zone", help="of the schedule that some of these bring; UTC")
        parser.add_argument("--paused", action="store_true", help="that schedule begins paused")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        project = find_project(options["project"])
        if options["shipped"]:
            start = options["start"] and find(
                Checkpoint.objects.filter(is_final=True), options["start"]
            )
            recipe = add_shipped(
                key=options["shipped"],
                project=project,
                start=start or None,
                time_zone=options["time_zone"] or "UTC",
                is_paused=options["paused"],
            )
        elif options["time_zone"] or options["paused"]:
            raise CommandError("--time-zone and --paused go with --shipped alone.")
        else:
            recipe = create_recipe(
                project=project, name=options["name"], steps=_read(options["steps"])
            )
        values = {
            "id": recipe.public_id,
            "name": recipe.name,
            "steps": newest_version(recipe).steps,
            "schedules": [schedule.public_id for schedule in recipe.schedules.all()],
        }
        schedules = [schedule_in_words(schedule) for schedule in recipe.schedules.all()]
        return "\n".join([f"{recipe.name}: {recipe.public_id}", *schedules]), values


def _read(path: Path) -> Any:
    try:
        return steps_from_text(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
