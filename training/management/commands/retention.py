"""What weights are kept, and deleting the others, from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.checkpoints.kept import delete_now, preview, rules
from training.management.base import TrainingCommand


class Command(TrainingCommand):
    help = "Show which weights the rules would delete; with --delete, delete them."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete their files now")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        found = preview(rules())
        values = {
            "deleted": [str(checkpoint.public_id) for checkpoint in found.going],
            "n_kept": len(found.kept),
            "bytes_freed": found.bytes_freed,
            "bytes_in_all": found.bytes_in_all,
        }
        told = [f"{checkpoint}: {checkpoint.size_bytes:,} bytes" for checkpoint in found.going]
        if not options["delete"]:
            told.append(f"{len(found.going)} would go, {found.bytes_freed:,} bytes")
            return "\n".join(told), {**values, "n_deleted": 0}
        n_deleted = delete_now(only={checkpoint.public_id for checkpoint in found.going})
        return f"{n_deleted} deleted, {found.bytes_freed:,} bytes", {
            **values,
            "n_deleted": n_deleted,
        }
