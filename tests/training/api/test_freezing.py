"""From votes to a frozen snapshot by the API, in transactions of its own."""

import pytest

from annotate.models import Exposure, Project
from tests.factories import judge_comparison, make_comparisons
from tests.training.api.calls import V1, post
from tests.world import World, drained, make_world


@pytest.fixture
def world(transactional_db) -> World:
    return make_world()


def test_a_snapshot_is_frozen_paged_downloaded_and_traced(world, admin):
    project = Project.objects.get(slug="own")
    Project.objects.filter(pk=project.pk).update(queue_epoch=9)
    project.refresh_from_db()
    for comparison in make_comparisons(project, 3):
        judge_comparison(comparison, "first", "first", "first")
    body = {"name": "all", "projects": ["own"], "selection": {"eval_share": 0}}
    made = post(admin, "snapshots/", body)
    assert made.status_code == 201, made.content
    snapshot = made.json()
    assert snapshot["n_pairs"] == snapshot["n_train"] >= 3
    address = f"{V1}snapshots/{snapshot['id']}/"
    lines = drained(admin.get(f"{address}download/")).splitlines()
    assert len(lines) == snapshot["n_pairs"]
    assert Exposure.objects.filter(annotator__user=world.users["admin"]).count() >= 3
    first = admin.get(f"{address}pairs/?page_size=2").json()
    second = admin.get(first["next"]).json()
    positions = [row["position"] for row in first["results"] + second["results"]]
    assert positions == list(range(len(positions)))
    assert all(row["judgements"] for row in first["results"])
    assert {row["project"] for row in first["results"]} == {"own"}
    assert admin.get(f"{address}lineage/").json() == {
        "runs": [],
        "checkpoints": [],
        "evaluations": [],
    }
