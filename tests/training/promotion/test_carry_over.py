"""What was in use before names were kept is the champion of the projects that it was of."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import make_project
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot
from training.models import Alias, Snapshot

BEFORE = [("training", "0008_arenas")]


@pytest.mark.django_db(transaction=True)
def test_what_was_promoted_keeps_its_place_in_the_projects_that_it_learnt_from():
    own, other = make_project(slug="own"), make_project(slug="other")
    snapshot = make_snapshot(own)
    storages["artifacts"].save("snapshots/there/records.jsonl", ContentFile(b"{}\n"))
    Snapshot.objects.filter(pk=snapshot.pk).update(file="snapshots/there/records.jsonl")
    make_snapshot(other, name="Its file is gone")
    base = make_base()
    policy = make_policy(base, snapshot)
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    try:
        old = executor.loader.project_state(BEFORE).apps.get_model("training", "Checkpoint")
        old.objects.filter(pk__in=[base.pk, policy.pk]).update(is_promoted=True)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)
    lines = Alias.objects.order_by("project__slug", "number")
    assert [(line.project.slug, line.number, line.checkpoint) for line in lines] == [
        ("other", 1, base),
        ("own", 1, base),
        ("own", 2, policy),
    ]
    assert {line.origin for line in lines} == {"before"}
    digests = dict(Snapshot.objects.values_list("name", "records_sha256"))
    # printf '{}\n' | sha256sum
    assert digests == {
        "All": "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
        "Its file is gone": "",
    }
