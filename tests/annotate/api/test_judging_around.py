"""What goes with judging by the API: undo, skip, flag, renew, look back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Flag, Judgement, Lease, Project, Skip
from tests.annotate.api.judging_calls import judge, next_of
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="helpful")


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user())


@pytest.fixture
def client(calling, annotator):
    return calling(annotator.user)


def test_undo_gives_the_comparison_back_with_the_same_sides(client, project):
    make_comparisons(project, 3)
    shown = next_of(client).json()
    judged = judge(client, shown["lease"]["id"]).json()["judgement"]
    answer = client.delete(f"/api/v1/judgements/{judged['id']}/")
    assert answer.status_code == 200
    assert answer.json()["comparison"] == shown["comparison"]
    assert Judgement.objects.get().withdrawn_at is not None


def test_nobody_undoes_what_another_judged(client, calling, project):
    make_comparisons(project, 1)
    other = calling(make_member(project, user=make_user()).user)
    judged = judge(other, next_of(other).json()["lease"]["id"]).json()["judgement"]
    assert client.delete(f"/api/v1/judgements/{judged['id']}/").status_code == 404
    assert Judgement.objects.get().withdrawn_at is None


def test_skip_needs_a_reason_and_brings_another_pair(client, project):
    make_comparisons(project, 2)
    lease = next_of(client).json()["lease"]["id"]
    address = f"/api/v1/leases/{lease}/skip/"
    assert client.post(address, {}, format="json").status_code == 400
    assert client.post(address, {"reason": "unclear"}, format="json").status_code == 204
    assert Skip.objects.get().reason == "unclear"
    assert next_of(client).json()["lease"]["id"] != lease


def test_a_skip_can_be_taken_back(client, project):
    make_comparisons(project, 2)
    shown = next_of(client).json()
    address = f"/api/v1/leases/{shown['lease']['id']}/skip/"
    refused = client.delete(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_undo")
    client.post(address, {"reason": "unclear"}, format="json")
    answers = [client.delete(address) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["lease"]["id"] == answers[1].json()["lease"]["id"]
    assert answers[0].json()["comparison"] == shown["comparison"]
    assert next_of(client).json()["comparison"] == shown["comparison"]


def test_a_skip_is_found_by_whichever_lease_of_the_comparison(client, annotator, project):
    make_comparisons(project, 1)
    first = next_of(client).json()["lease"]["id"]
    Lease.objects.update(state="expired")
    Project.objects.update(n_slots_freed=1)
    second = next_of(client).json()["lease"]["id"]
    assert first != second
    client.post(f"/api/v1/leases/{second}/skip/", {"reason": "unclear"}, format="json")
    answer = client.delete(f"/api/v1/leases/{first}/skip/")
    assert answer.status_code == 200
    again = answer.json()["lease"]["id"]
    client.post(f"/api/v1/leases/{again}/skip/", {"reason": "language"}, format="json")
    assert client.delete(f"/api/v1/leases/{first}/skip/").status_code == 200
    assert not Skip.objects.filter(taken_back_at=None).exists()


def test_a_flag_keeps_the_lease(client, project):
    make_comparisons(project, 2)
    lease = next_of(client).json()["lease"]["id"]
    body = {"reason": "harmful", "note": "look"}
    answer = client.post(f"/api/v1/leases/{lease}/flag/", body, format="json")
    assert answer.status_code == 204
    assert Flag.objects.get().note == "look"
    assert next_of(client).json()["lease"]["id"] == lease


def test_renewing_pushes_the_end_back(client, project):
    make_comparisons(project, 1)
    lease = next_of(client).json()["lease"]["id"]
    soon = timezone.now() + timedelta(seconds=60)
    Lease.objects.update(expires_at=soon)
    answer = client.post(f"/api/v1/leases/{lease}/renew/", {}, format="json")
    assert answer.status_code == 200
    assert Lease.objects.get().expires_at > soon


def test_renewing_what_was_given_back_says_that_it_is_lost(client, project):
    make_comparisons(project, 1)
    lease = next_of(client).json()["lease"]["id"]
    assert client.delete(f"/api/v1/leases/{lease}/").status_code == 204
    answer = client.post(f"/api/v1/leases/{lease}/renew/", {}, format="json")
    assert answer.status_code == 410
    assert answer.json()["code"] == "lease_lost"


def test_history_shows_ones_own_judgements_as_they_were_seen(client, calling, project):
    make_comparisons(project, 2)
    other = calling(make_member(project, user=make_user()).user)
    judge(other, next_of(other).json()["lease"]["id"])
    shown = next_of(client).json()
    judge(client, shown["lease"]["id"], "right")
    rows = client.get("/api/v1/projects/helpful/history/").json()["results"]
    assert [(row["verdict"], row["comparison"]) for row in rows] == [("right", shown["comparison"])]
