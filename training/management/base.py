"""What the commands of this app share: refusals as one sentence, answers as a line or as JSON."""

import uuid
from typing import Any, TypeVar

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q, QuerySet

from annotate.management.base import AccordCommand
from annotate.models import Project
from training.models import Checkpoint, Run, Schedule, Snapshot

Row = TypeVar("Row", Snapshot, Run, Checkpoint, Schedule)
MOST_TOLD = 5  # of the ids of rows that share a name


class TrainingCommand(AccordCommand):
    """A command that calls one service and prints one answer."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        self.add_own_arguments(parser)

    def add_own_arguments(self, parser: CommandParser) -> None:
        """Arguments beside --json."""

    def run(self, **options: Any) -> tuple[str, dict[str, Any]]:
        return self.act(**options)

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        """Do it, and say so in a line and in values."""
        raise NotImplementedError


def find_project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project {slug!r}.")
    return project


def find(rows: QuerySet[Row], named: str) -> Row:
    """The row with this public id, digest or name. Raises: CommandError for none or several."""
    matches = Q(name=named)
    try:
        matches |= Q(public_id=uuid.UUID(named))
    except ValueError:
        if hasattr(rows.model, "digest"):
            matches |= Q(digest=named)
    found = list(rows.filter(matches).order_by("-pk")[: MOST_TOLD + 1])
    if not found:
        raise CommandError(f"There is no {rows.model._meta.verbose_name} {named!r}.")
    if len(found) > 1:
        ids = ", ".join(str(row.public_id) for row in found[:MOST_TOLD])
        more = ", …" if len(found) > MOST_TOLD else ""
        raise CommandError(
            f"More than one {rows.model._meta.verbose_name} is called {named!r}. "
            f"Say which by its id, the newest first: {ids}{more}."
        )
    return found[0]
