"""Make a small base from a project's own text."""

from typing import Any

from django.core.management.base import CommandParser

from training.execution.tiny import make_tiny_base
from training.management.base import TrainingCommand, find_project

SIZES = {"vocab_size": 4096, "hidden_size": 128, "n_layers": 4, "n_heads": 4, "context": 2048}


class Command(TrainingCommand):
    help = (
        "Make and register a small Llama-style model of random weights, with a tokenizer learnt "
        "from a project's text: something to train where no other weights are at hand."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--name", default="", help="what people will call it")
        parser.add_argument("--seed", type=int, default=0, help="of the random weights")
        for size, default in SIZES.items():
            flag = f"--{size.replace('_', '-')}"
            parser.add_argument(flag, type=int, default=default, help=f"default {default}")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        project = find_project(options["project"])
        base = make_tiny_base(
            project=project,
            name=options["name"] or f"Tiny Llama from {project.name}",
            sizes={name: options[name] for name in (*SIZES, "seed")},
        )
        line = f"{base.name}: {base.folder}\nid {base.public_id}"
        return line, {"id": base.public_id, "folder": base.folder, "digest": base.digest}
