"""Make a small model of the customer replies anew, from the texts that ship."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.demo.replies import LANGUAGES
from training.demo.teaching import teach
from training.management.base import TrainingCommand


class Command(TrainingCommand):
    help = "Teach a small model of the demonstration to answer customers; takes a few minutes."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", choices=LANGUAGES)
        parser.add_argument("directory", type=Path, help="a new directory for the model")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        directory: Path = options["directory"].absolute()
        if directory.exists():
            raise CommandError(f"{directory} is there already.")
        teach(options["language"], directory)
        size = (directory / "model.safetensors").stat().st_size
        return f"{directory}: {size:,} bytes of weights", {"directory": str(directory)}
