"""What the API tells of gold: with one's own judgement, where the project does so."""

import pytest

from annotate.models import Lease, Project, Verdict
from tests.annotate.api.judging_calls import judge, next_of
from tests.factories import make_comparison, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
HISTORY = "/api/v1/projects/helpful/history/"


@pytest.fixture
def project() -> Project:
    project = make_project(slug="helpful", shows_gold=True)
    for gold in (Verdict.FIRST, Verdict.FIRST, ""):
        make_comparison(project, gold_verdict=gold)
    return project


@pytest.fixture
def client(calling, project):
    return calling(make_member(project, user=make_user()).user)


def judge_all(client) -> list[dict]:
    """Everything on its left side, where its first answer stands; what each was answered with."""
    answers = []
    while (shown := next_of(client)).status_code == 200:
        assert set(shown.json()["comparison"]) == {"prompt", "left", "right"}
        lease = shown.json()["lease"]["id"]
        Lease.objects.filter(public_id=lease).update(first_is_left=True)
        answers.append(judge(client, lease, "left", next=False).json()["judgement"])
    return answers


def test_a_judgement_is_answered_with_what_was_expected_and_then_stands(client):
    answers = judge_all(client)
    assert sorted(str(one["expected"]) for one in answers) == ["None", "left", "left"]
    for one in answers:
        undone = client.delete(f"/api/v1/judgements/{one['id']}/")
        assert undone.status_code == (409 if one["expected"] else 200)
        if one["expected"]:
            assert undone.json()["code"] == "not_judgeable"
            assert "You were told what was expected here" in undone.json()["detail"]


def test_the_history_tells_it_again_finds_it_and_counts_it(client):
    judge_all(client)
    rows = client.get(HISTORY).json()["results"]
    assert sorted(str(row["expected"]) for row in rows) == ["None", "left", "left"]
    gold = client.get(HISTORY, {"gold": "true"}).json()["results"]
    assert [row["expected"] for row in gold] == ["left", "left"]
    counted = client.get(f"{HISTORY}gold/").json()
    assert (counted["n"], counted["n_as_expected"], counted["share"]) == (2, 2, 1.0)
    assert counted["low"] == pytest.approx(0.3424, abs=1e-4)  # 1 / (1 + 3.8415 / 2)
    assert (counted["high"], counted["level"]) == (1.0, 0.95)


def test_before_anything_is_judged_there_is_no_share(client):
    counted = client.get(f"{HISTORY}gold/").json()
    assert (counted["n"], counted["share"], counted["low"]) == (0, None, None)


def test_a_project_that_tells_nothing_hides_it(client, project):
    Project.objects.update(shows_gold=False)
    assert {one["expected"] for one in judge_all(client)} == {None}
    assert {row["expected"] for row in client.get(HISTORY).json()["results"]} == {None}
    for address, query in ((HISTORY, {"gold": "true"}), (f"{HISTORY}gold/", {})):
        answer = client.get(address, query)
        assert (answer.status_code, answer.json()["code"]) == (409, "gold_not_shown")


def test_only_a_lead_has_it_shown(client, calling, project):
    address, change = "/api/v1/projects/helpful/", {"shows_gold": False}
    assert client.patch(address, change, format="json").status_code == 403
    lead = calling(make_member(project, user=make_user(), role="lead").user)
    assert lead.patch(address, change, format="json").json()["shows_gold"] is False
