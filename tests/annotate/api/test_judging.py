import pytest

from annotate.judging.protocols.versions import add_version
from annotate.models import Judgement, Lease, LeaseState, Membership, Project, Verdict
from tests.annotate.api.judging_calls import judge, next_of
from tests.factories import everything_asked, make_comparisons, make_member, make_project, make_user

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


def test_next_gives_a_pair_by_sides_and_nothing_else(client, project):
    [comparison] = make_comparisons(project, 1)
    answer = next_of(client)
    assert answer.status_code == 200
    body = answer.json()
    lease = Lease.objects.get()
    first, second = comparison.first.text, comparison.second.text
    left, right = (first, second) if lease.first_is_left else (second, first)
    assert set(body) == {"lease", "comparison", "ahead"}
    assert set(body["lease"]) == {"id", "expires_at", "protocol"}
    assert body["lease"]["id"] == str(lease.public_id)
    assert body["comparison"] == {
        "prompt": comparison.prompt.messages,
        "left": left,
        "right": right,
    }
    assert body["ahead"] is None


def test_next_is_the_same_pair_with_the_same_sides_until_it_is_judged(client, project):
    make_comparisons(project, 3)
    assert next_of(client).json() == next_of(client).json()
    assert Lease.objects.count() == 1


def test_next_holds_a_second_pair_on_request(client, project):
    make_comparisons(project, 3)
    body = next_of(client, ahead=True).json()
    assert set(body["ahead"]) == {"lease", "comparison"}
    assert body["ahead"]["lease"]["id"] != body["lease"]["id"]


def test_next_answers_204_when_nothing_is_waiting(client, project):
    answer = next_of(client)
    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize(
    ("side", "first_is_left", "verdict"),
    [
        ("left", True, Verdict.FIRST),
        ("right", True, Verdict.SECOND),
        ("left", False, Verdict.SECOND),
        ("right", False, Verdict.FIRST),
        ("tie", False, Verdict.TIE),
        ("both_bad", True, Verdict.BOTH_BAD),
    ],
)
def test_a_side_becomes_a_verdict_on_completions(client, project, side, first_is_left, verdict):
    make_comparisons(project, 1)
    lease = next_of(client).json()["lease"]["id"]
    Lease.objects.update(first_is_left=first_is_left)
    answer = judge(client, lease, side)
    assert answer.status_code == 201
    stored = Judgement.objects.get()
    assert stored.verdict == verdict
    assert answer.json()["judgement"]["verdict"] == side
    assert answer.json()["judgement"]["id"] == str(stored.public_id)


def test_a_judgement_answers_with_the_next_pair(client, project):
    make_comparisons(project, 2)
    first = next_of(client).json()
    answer = judge(client, first["lease"]["id"]).json()
    assert set(answer) == {"judgement", "next", "ahead"}
    assert answer["next"]["lease"]["id"] != first["lease"]["id"]
    assert answer["ahead"] is None
    last = judge(client, answer["next"]["lease"]["id"]).json()
    assert last["next"] is None


def test_the_pair_held_ahead_is_next_and_another_one_is_fetched(client, project):
    make_comparisons(project, 3)
    held = next_of(client, ahead=True).json()
    answer = judge(client, held["lease"]["id"], ahead=True).json()
    assert answer["next"] == held["ahead"]
    assert answer["ahead"]["lease"]["id"] not in {
        held["lease"]["id"],
        held["ahead"]["lease"]["id"],
    }


def test_the_same_key_again_has_no_new_effect_and_the_same_answer(client, project):
    make_comparisons(project, 2)
    lease = next_of(client).json()["lease"]["id"]
    once, twice = (judge(client, lease, "left", key="k1", seconds=2.5) for _time in range(2))
    assert once.status_code == twice.status_code == 201
    assert once.json() == twice.json()
    assert Judgement.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(client, project):
    make_comparisons(project, 2)
    lease = next_of(client).json()["lease"]["id"]
    judge(client, lease, "left", key="k1")
    answer = judge(client, lease, "right", key="k1")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "key_reused"
    assert answer.json()["field"] == "key"


def test_everything_that_may_come_with_a_verdict_is_stored(client, project):
    add_version(project, everything_asked())
    make_comparisons(project, 1)
    held = next_of(client).json()["lease"]
    lease = held["id"]
    assert held["protocol"] == 2
    extras = {
        "strength": 3,
        "criteria": {"helpfulness": {"left": 4, "right": 0}},
        "acceptable": {"left": True, "right": False},
        "reasons": ["clearer"],
        "note": " kept as typed ",
        "edited": "better",
        "seconds": 4.25,
    }
    assert judge(client, lease, "left", **extras).status_code == 201
    stored = Judgement.objects.get()
    left, right = ("first", "second") if stored.first_was_left else ("second", "first")
    assert stored.strength == 3
    assert stored.criteria == {"helpfulness": {left: 4, right: 0}}
    assert getattr(stored, f"{left}_acceptable") is True
    assert getattr(stored, f"{right}_acceptable") is False
    assert (stored.reasons, stored.protocol_version) == (["clearer"], 2)
    assert (stored.note, stored.edited_text) == (" kept as typed ", "better")
    assert stored.seconds == 4.25


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict", "first"),
        ("strength", 4),
        ("seconds", -1),
        ("key", ""),
        ("key", "k" * 65),
        ("note", "\x00"),
        ("edited", "\ud800"),
        ("lease", "1"),
        ("annotator", "somebody"),
        ("is_counted", True),
        ("comparison", "1"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_records_nothing(client, project, field, value):
    make_comparisons(project, 1)
    lease = next_of(client).json()["lease"]["id"]
    answer = judge(client, **({"lease": lease} | {field: value}))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert not Judgement.objects.exists()


def test_a_lease_of_another_project_cannot_be_judged_here(client, project, annotator):
    other = make_project(slug="other")
    Membership.objects.create(annotator=annotator, project=other)
    make_comparisons(other, 1)
    make_comparisons(project, 1)
    lease = client.post("/api/v1/projects/other/next/", {}, format="json").json()["lease"]["id"]
    assert judge(client, lease).status_code == 404


def test_somebody_elses_lease_does_not_exist(client, calling, project):
    make_comparisons(project, 2)
    other = calling(make_member(project, user=make_user()).user)
    lease = next_of(other).json()["lease"]["id"]
    assert judge(client, lease).status_code == 404
    assert client.delete(f"/api/v1/leases/{lease}/").status_code == 404
    for verb in ("skip", "flag", "renew"):
        answer = client.post(f"/api/v1/leases/{lease}/{verb}/", {"reason": "other"}, format="json")
        assert answer.status_code == 404
    assert Lease.objects.get(public_id=lease).state == LeaseState.LIVE


def test_a_judgement_stands_although_the_project_was_paused_meanwhile(client, project):
    make_comparisons(project, 2)
    lease = next_of(client).json()["lease"]["id"]
    Project.objects.update(is_paused=True)
    answer = judge(client, lease)
    assert answer.status_code == 201
    assert answer.json()["next"] is None
    assert Judgement.objects.count() == 1


def test_a_judgement_takes_few_queries(client, project, django_assert_max_num_queries):
    make_comparisons(project, 20)
    held = next_of(client, ahead=True).json()
    held = judge(client, held["lease"]["id"], ahead=True).json()
    with django_assert_max_num_queries(17):
        answer = judge(client, held["next"]["lease"]["id"], ahead=True)
    assert answer.status_code == 201


def test_next_needs_no_body(client, project):
    make_comparisons(project, 1)
    answer = client.generic("POST", "/api/v1/projects/helpful/next/")
    assert answer.status_code == 200
