"""The tables of a new installation, made at once.

To go through every migration in turn takes many times as long, and all that comes of it on an empty
database are the tables of today. What a migration makes by hand that no model knows, such as an
index of words, is made by it here too; one that only carries rows over is marked `elidable`.
"""

from collections.abc import Iterator
from typing import cast

from django.apps import apps
from django.db import DatabaseError, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import StateApps
from django.db.models import Model

OURS = ("annotate", "training")


def make_first_tables(connection: BaseDatabaseWrapper) -> bool:
    """Whether there was nothing yet, and all of it is there now, with every migration recorded."""
    if connection.introspection.table_names():
        return False
    loader, record = MigrationLoader(connection), MigrationRecorder.Migration
    try:
        with connection.schema_editor() as editor:
            editor.create_model(record)
            for model in _models(connection):
                editor.create_model(model)
            for operation in _made_by_hand(loader):
                operation.code(cast("StateApps", apps), editor)
            applied = [record(app=label, name=name) for label, name in loader.graph.nodes]
            record.objects.using(connection.alias).bulk_create(applied)
    except DatabaseError:
        if connection.introspection.table_names():  # those of a process that was quicker
            return False
        raise
    return True


def _models(connection: BaseDatabaseWrapper) -> list[type[Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if config.models_module is not None
        for model in router.get_migratable_models(config, connection.alias)
        if model._meta.can_migrate(connection)
    ]


def _made_by_hand(loader: MigrationLoader) -> Iterator[RunPython]:
    for label in OURS:
        for migration in _in_order(loader, label):
            for operation in migration.operations:
                if isinstance(operation, RunPython) and not operation.elidable:
                    yield operation


def _in_order(loader: MigrationLoader, label: str) -> list[Migration]:
    (leaf,) = loader.graph.leaf_nodes(label)
    plan = loader.graph.forwards_plan(leaf)
    return [loader.graph.nodes[node] for node in plan if node[0] == label]
