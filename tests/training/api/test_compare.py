"""The API that compares, and its sweeps."""

import pytest

from tests.training.api.calls import V1, post
from tests.training.conftest import QUICK, freeze
from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from training.models import Run, RunState, Sweep

pytestmark = pytest.mark.django_db
REST = {name: value for name, value in QUICK.items() if name != "learning_rate"}


@pytest.fixture
def two() -> list[Run]:
    ground = {"snapshot": make_snapshot(), "base": make_base()}
    return [
        trained_run("a", **ground, losses=[0.9, 0.5], wins=right_on(60), beta=0.1),
        trained_run("b", **ground, losses=[0.8], wins=right_on(40), beta=0.3),
    ]


def test_two_runs_are_compared(admin, two):
    query = "&".join(f"run={run.public_id}" for run in two)
    found = admin.get(f"{V1}compare/?{query}").json()
    assert [row["run"] for row in found["compared"]] == [str(run.public_id) for run in two]
    (held_out,) = found["held_out"]
    assert held_out["is_apart"] is True
    assert held_out["shared"]["n"] == 100
    assert held_out["shared"]["difference"] == pytest.approx(0.2)
    assert held_out["sentence"].startswith("A and B can be told apart")
    assert found["settings"] == [{"setting": "beta", "values": [0.1, 0.3]}]
    assert found["costs"][0]["n_tokens"] == 200


def test_curves_by_tokens(admin, two):
    query = f"run={two[0].public_id}&across=tokens&figure=train/loss"
    (picture,) = admin.get(f"{V1}compare/curves/?{query}").json()
    assert picture == {
        "figure": "train/loss",
        "title": "Loss: training",
        "lines": [{"letter": "A", "x": [100.0, 200.0], "y": [0.9, 0.5]}],
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "run"),
        ("run=what", "run"),
        ("across=weeks", "across"),
        ("smoothing=1", "smoothing"),
        ("walk=1", "walk"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(admin, query, field):
    answer = admin.get(f"{V1}compare/curves/?{query}")
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_what_a_lead_may_not_read_is_not_compared(world, lead, two):
    own = world.own.ids["run"]
    assert lead.get(f"{V1}compare/?run={own}").status_code == 200
    for foreign in (two[0].public_id, world.foreign.ids["run"]):
        assert lead.get(f"{V1}compare/?run={own}&run={foreign}").status_code == 404


def test_a_sweep_is_queued_read_and_cancelled(admin, lead, tiny_base, judged_project):
    snapshot = freeze(judged_project(5))
    body = {
        "name": "Try",
        "method": "dpo",
        "snapshot": str(snapshot.public_id),
        "base": str(tiny_base.public_id),
        "varied": {"learning_rate": [1e-5, 1e-4]},
        "settings": REST,
    }
    made = post(admin, "sweeps/", body)
    assert made.status_code == 201, made.content
    sweep = Sweep.objects.get(public_id=made.json()["id"])
    assert made.json()["varied"] == body["varied"]
    assert len(made.json()["runs"]) == 2
    address = f"sweeps/{sweep.public_id}/"
    table = admin.get(V1 + address).json()
    assert [row["values"] for row in table["table"]] == [[1e-5], [1e-4]]
    assert lead.get(V1 + address).status_code == 404
    cancelled = post(admin, f"{address}cancel/")
    assert (cancelled.status_code, cancelled.json()) == (202, {"n_cancelled": 2})
    assert set(sweep.runs.values_list("state", flat=True)) == {RunState.CANCELLED}
    again = post(admin, f"{address}cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "not_cancellable")
    refused = post(admin, "sweeps/", {**body, "varied": {"beta": [0.1, 0]}})
    assert (refused.status_code, refused.json()["field"]) == (400, "beta")
    assert Sweep.objects.exclude(pk=sweep.pk).filter(name="Try").count() == 0
