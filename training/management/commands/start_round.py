"""Begin a round of a recipe from the command line."""

import uuid
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.models import Project
from training.automation.recipes import newest_version
from training.automation.rounds import start_round
from training.management.base import TrainingCommand, find_project
from training.models import Recipe, RoundTrigger


class Command(TrainingCommand):
    help = "Carry a recipe out once; the workers do its steps one after another."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="SLUG")
        parser.add_argument("recipe", help="its id or name")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        recipe = _recipe(find_project(options["project"]), options["recipe"])
        begun = start_round(version=newest_version(recipe), trigger=RoundTrigger.HAND)
        return f"{begun}: {begun.public_id}", {"id": begun.public_id, "number": begun.number}


def _recipe(project: Project, named: str) -> Recipe:
    found = project.recipes.filter(name=named).first()
    if found is None:
        try:
            found = project.recipes.filter(public_id=uuid.UUID(named)).first()
        except ValueError:
            found = None
    if found is None:
        raise CommandError(f"The project {project.slug!r} has no recipe {named!r}.")
    return found
