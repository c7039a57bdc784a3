"""Quality by the API: the plan, how people stand, gold, and work that is judged anew."""

import pytest

from annotate.models import AfterGold, Comparison, Judgement, Membership, Project, Role, Verdict
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
HERE = "/api/v1/projects/helpful/"


@pytest.fixture
def project():
    return make_project(slug="helpful", after_gold=AfterGold.PAUSE, gold_fewest=8)


@pytest.fixture
def client(calling, project):
    return calling(make_member(project, user=make_user(), role=Role.LEAD).user)


@pytest.fixture
def paused(project):
    annotator = make_member(project, user=make_user())
    make_comparisons(project, 8, gold_verdict=Verdict.FIRST)
    for _number in range(8):
        judge(annotator, hold(annotator, project).current, Verdict.SECOND)
    return annotator


def test_the_plan_is_read_and_changed(client, project):
    answer = client.patch(f"{HERE}quality/", {"gold_every": 12}, format="json")
    assert answer.json()["gold_every"] == 12
    assert client.get(f"{HERE}quality/").json()["gold_every"] == 12
    refused = client.patch(f"{HERE}quality/", {"gold_every": 2}, format="json")
    assert (refused.status_code, "from 4 to 200" in refused.content.decode()) == (400, True)


def test_annotators_do_not_read_of_it_with_the_project(calling, project, paused):
    assert "gold_every" not in calling(paused.user).get(HERE).json()


def test_people_stand_and_go_on(client, calling, paused):
    (worst, *_others) = client.get(f"{HERE}quality/people/").json()
    assert (worst["annotator"], worst["standing"]) == (paused.pseudonym, "paused")
    assert (worst["gold"]["n_hits"], worst["gold"]["n"], worst["gold"]["low"]) == (0, 8, 0)
    refused = calling(paused.user).post(f"{HERE}next/")
    assert (refused.status_code, refused.json()["code"]) == (403, "paused_on_gold")
    answer = client.post(f"{HERE}members/{worst['member']}/go-on/").json()
    assert (answer["standing"], answer["gold"]["n"]) == ("fine", 0)


def test_work_is_judged_anew(client, project):
    annotator = make_member(project)
    make_comparisons(project, 2)
    judge(annotator, hold(annotator, project).current)
    member = Membership.objects.get(annotator=annotator).public_id
    there = f"{HERE}members/{member}/judge-again/"
    answer = client.post(there, {"since": "2026-01-01T00:00:00Z"}, format="json")
    assert answer.json() == {"n_judgements": 1}
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert client.post(there, {"since": since}, format="json").status_code in (200, 400)
    assert not Judgement.objects.filter(withdrawn_at=None).exists()


def test_gold_is_put_and_taken_off(client, project):
    (comparison,) = make_comparisons(project, 1)
    there = f"/api/v1/comparisons/{comparison.public_id}/gold/"
    answer = client.put(there, {"verdict": "first", "also": "tie"}, format="json")
    assert answer.json() == {"verdict": "first", "also": "tie"}
    assert client.get(f"/api/v1/comparisons/{comparison.public_id}/").json()["gold_also"] == "tie"
    refused = client.put(there, {"verdict": "first", "also": "first"}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "also")
    assert client.delete(there).status_code == 204
    assert Comparison.objects.get().gold_verdict == ""


def test_gold_is_appealed_and_answered(calling, client, project, paused):
    Project.objects.update(shows_gold=True)
    judgement = Judgement.objects.filter(annotator=paused).first()
    own = calling(paused.user)
    assert own.get(f"{HERE}history/").status_code == 200  # it tells what was expected
    there = f"/api/v1/judgements/{judgement.public_id}/appeal/"
    assert client.post(there, {"text": "No."}, format="json").status_code == 404
    made = own.post(there, {"text": "No."}, format="json")
    assert (made.status_code, made.json()["is_granted"]) == (201, None)
    (waiting,) = client.get(f"{HERE}appeals/").json()
    assert (waiting["verdict"], waiting["annotator"]) == ("second", paused.pseudonym)
    answer = client.post(
        f"/api/v1/appeals/{waiting['id']}/answer/", {"is_granted": True}, format="json"
    )
    assert answer.json()["is_granted"] is True
    assert Comparison.objects.get(pk=judgement.comparison_id).gold_also == "second"


def test_what_adaptive_overlap_saves(client, project):
    answer = client.patch(f"{HERE}quality/", {"closes_at": 0.9}, format="json")
    assert answer.json()["closes_at"] == 0.9
    found = client.get(f"{HERE}quality/overlap/").json()
    assert (found["n_controls"], found["saved"], found["promised"]) == (0, None, 0.9)
    refused = client.patch(f"{HERE}quality/", {"fewest_judgements": 3}, format="json")
    assert (refused.status_code, "overlap" in refused.content.decode()) == (400, True)


def test_what_a_change_would_do(client, project):
    judge_comparison(make_comparison(project), "first", "first")
    found = client.post(f"{HERE}preview/", {"overlap": 3}, format="json").json()
    assert (found["opened"], found["to_ruling"]) == (1, 0)
    assert Project.objects.get().overlap == 2
    assert client.post(f"{HERE}preview/", {"name": "No"}, format="json").status_code == 400
