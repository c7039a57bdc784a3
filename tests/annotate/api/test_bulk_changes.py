import pytest

from annotate.bulk_changes.changing import run_bulk_change
from annotate.models import BulkChange, Role
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
HELPFUL = "/api/v1/projects/helpful/"


@pytest.fixture
def project():
    return make_project(slug="helpful")


@pytest.fixture
def client(calling, project):
    return calling(make_member(project, user=make_user(), role=Role.LEAD).user)


def post(client, address, body=None):
    return client.post(address, body or {}, format="json")


def test_a_change_is_told_asked_for_followed_and_undone(client, project):
    make_comparisons(project, 2)
    body = {"action": "priority", "value": "4", "query": "state=open"}
    told = post(client, f"{HELPFUL}bulk-changes/preview/", body).json()
    assert told == {"n_selected": 2, "n_changing": 2, "told": []}
    asked = post(client, f"{HELPFUL}bulk-changes/", body)
    assert (asked.status_code, asked.json()["selection"]) == (202, {"query": "state=open"})
    run_bulk_change(bulk_change_id=BulkChange.objects.get().pk)
    address = f"/api/v1/bulk-changes/{asked.json()['id']}/"
    assert client.get(address).json()["n_changed"] == 2
    assert post(client, f"{address}cancel/").status_code == 409
    assert post(client, f"{address}undo/").json()["undoes"] == asked.json()["id"]
    assert post(client, f"{address}undo/").status_code == 409
    assert len(client.get(f"{HELPFUL}bulk-changes/").json()["results"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "archive"}, "ids"),
        ({"action": "archive", "ids": [], "query": ""}, "ids"),
        ({"action": "delete", "query": ""}, "action"),
        ({"action": "overlap", "value": "51", "query": ""}, "value"),
        ({"action": "archive", "query": "state=staged"}, "query"),
        ({"action": "archive", "query": "", "project": "other"}, "project"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_field(client, body, field):
    for address in ("bulk-changes/", "bulk-changes/preview/"):
        refused = post(client, f"{HELPFUL}{address}", body)
        assert refused.status_code == 400
        problem = refused.json()
        assert field in [problem.get("field"), *(one["field"] for one in problem.get("errors", ()))]
    assert not BulkChange.objects.exists()


def test_views_are_kept_listed_and_deleted(calling, client, project):
    reviewer = calling(make_member(project, user=make_user(), role=Role.REVIEWER).user)
    made = post(client, f"{HELPFUL}saved-views/", {"name": "Gold", "query": "gold=true"})
    assert made.status_code == 201
    own = post(reviewer, f"{HELPFUL}saved-views/", {"name": "Done", "query": "done=true"})
    assert [one["name"] for one in reviewer.get(f"{HELPFUL}saved-views/").json()["results"]] == [
        "Done"
    ]
    assert len(client.get(f"{HELPFUL}saved-views/").json()["results"]) == 2
    assert reviewer.delete(f"/api/v1/saved-views/{made.json()['id']}/").status_code == 404
    assert reviewer.delete(f"/api/v1/saved-views/{own.json()['id']}/").status_code == 204
    assert client.delete(f"/api/v1/saved-views/{made.json()['id']}/").status_code == 204
