"""`flush`, which Django calls after every test that commits.

Django's own empties every table, for which PostgreSQL writes new files, and writes all content
types and permissions anew. Here only tables with rows are emptied, and those two stay as migrated.
"""

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

STAY = {"auth_permission", "django_content_type"}


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        quoted = connection.ops.quote_name
        tables = sorted(set(connection.introspection.django_table_names()) - STAY)
        look = (
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quoted(name)})"  # noqa: S608
            for name in tables
        )
        with (
            connection.constraint_checks_disabled(),
            transaction.atomic(using=options["database"]),
            connection.cursor() as cursor,
        ):
            if connection.vendor == "postgresql":  # on which the line above does nothing
                cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(" UNION ALL ".join(look))
            for (name,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608
