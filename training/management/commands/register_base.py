"""Make a base checkpoint known from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.checkpoints.registry import register_base
from training.management.base import TrainingCommand


class Command(TrainingCommand):
    help = "Register a model to train from: a directory of this machine, or a hub id."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("base", help="a directory, or a hub id such as org/model@revision")
        parser.add_argument("--name", default="", help="what people will call it")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        base = register_base(path_or_hub_id=options["base"], name=options["name"])
        line = f"{base.name}: {base.size_bytes:,} bytes\nid {base.public_id}\nsha256 {base.digest}"
        return line, {"id": base.public_id, "digest": base.digest, "name": base.name}
