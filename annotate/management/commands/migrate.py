from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from annotate.database.first_tables import make_first_tables

SOMETHING_ELSE = ("app_label", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    """Django's own, that makes the tables of an empty database at once."""

    def handle(self, *args: Any, **options: Any) -> None:
        if not any(options[name] for name in SOMETHING_ELSE):
            connection = connections[options["database"]]
            connection.prepare_database()
            if make_first_tables(connection) and options["verbosity"]:
                self.stdout.write("Made the tables of a new installation.")
        super().handle(*args, **options)
