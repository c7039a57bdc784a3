import pytest
from django.utils import timezone

from annotate.judging.flags import flag_comparison
from annotate.models import AgreementReport, ComparisonState, Exposure, Role
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
HELPFUL = "/api/v1/projects/helpful/"


@pytest.fixture
def project():
    return make_project(slug="helpful", overlap=2)


@pytest.fixture
def reviewer(project):
    return make_member(project, user=make_user(), role=Role.REVIEWER)


@pytest.fixture
def lead(project):
    return make_member(project, user=make_user(), role=Role.LEAD)


def test_the_list_of_comparisons_tells_no_vote_and_spoils_nothing(calling, project, reviewer):
    judge_comparison(make_comparison(project), "first", "second")
    body = calling(reviewer.user).get(f"{HELPFUL}comparisons/")
    assert body.status_code == 200
    [row] = body.json()["results"]
    assert {"first", "second", "n_first", "judgements", "recorded_verdict"}.isdisjoint(row)
    assert not Exposure.objects.exists()


def test_reading_a_comparison_shows_everything_and_ends_ones_judging_of_it(
    calling, project, reviewer
):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    client = calling(reviewer.user)
    answer = client.get(f"/api/v1/comparisons/{comparison.public_id}/")
    assert answer.json()["n_first"] == 1
    assert [one["verdict"] for one in answer.json()["judgements"]] == ["first"]
    assert Exposure.objects.get().annotator == reviewer
    assert client.post(f"{HELPFUL}next/", {}, format="json").status_code == 204


@pytest.mark.parametrize("list_name", ["judgements", "preferences"])
def test_reading_votes_in_a_list_ends_ones_judging_of_them(calling, project, lead, list_name):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    assert calling(lead.user).get(f"{HELPFUL}{list_name}/").status_code == 200
    assert Exposure.objects.filter(annotator=lead, comparison=comparison).exists()
    assert hold(lead, project).current is None


def test_comparisons_are_filtered_by_what_is_named(calling, project, reviewer):
    disputed, agreed, _waiting = make_comparisons(project, 3)
    judge_comparison(disputed, "first", "second")
    judge_comparison(agreed, "first", "first")
    client = calling(reviewer.user)

    def found(query: str) -> set[str]:
        rows = client.get(f"{HELPFUL}comparisons/?{query}").json()["results"]
        return {row["id"] for row in rows}

    assert found("contested=true") == {str(disputed.public_id)}
    assert str(disputed.public_id) not in found("contested=false")
    assert found(f"state={ComparisonState.ARCHIVED}") == set()
    assert found("flagged=true") == set()
    assert client.get(f"{HELPFUL}comparisons/?state=staged").status_code == 400
    leak = "judgements__annotator__user__password__startswith"
    assert client.get(f"{HELPFUL}comparisons/?{leak}=md5").status_code == 400


def test_the_list_has_the_filters_of_the_page_in_both_directions(calling, project, lead, reviewer):
    old, new = make_comparisons(project, 2)
    client = calling(lead.user)
    first = client.get(f"{HELPFUL}comparisons/?page_size=1&sort=oldest&gold=false").json()
    assert [row["id"] for row in first["results"]] == [str(old.public_id)]
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [str(new.public_id)]
    assert client.get(second["previous"]).json()["results"] == first["results"]
    refused = client.get(f"{HELPFUL}comparisons/?q=...")
    assert (refused.status_code, refused.json()["field"]) == (400, "q")
    assert client.get(f"{HELPFUL}comparisons/?cursor=nothing").status_code == 400
    assert calling(reviewer.user).get(f"{HELPFUL}comparisons/?model=a").status_code == 403


def test_a_comparison_of_an_unpublished_import_is_not_there(calling, project, reviewer):
    staged = make_comparison(project, state=ComparisonState.STAGED)
    client = calling(reviewer.user)
    assert client.get(f"/api/v1/comparisons/{staged.public_id}/").status_code == 404
    assert client.get(f"{HELPFUL}comparisons/").json()["results"] == []


def test_a_ruling_replaces_the_one_before(calling, project, reviewer):
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "second")
    client = calling(reviewer.user)
    address = f"/api/v1/comparisons/{comparison.public_id}/adjudications/"
    first = client.post(address, {"verdict": "first", "note": "clear"}, format="json")
    assert first.status_code == 201
    assert client.post(address, {"verdict": "tie"}, format="json").status_code == 201
    rulings = client.get(address).json()["results"]
    assert [(one["verdict"], one["superseded_at"] is None) for one in rulings] == [
        ("tie", True),
        ("first", False),
    ]


def test_a_flag_is_seen_with_its_comparison_and_closed(calling, project, reviewer):
    comparison = make_comparison(project)
    [judgement] = judge_comparison(comparison, "first")
    flag_comparison(
        annotator=judgement.annotator, lease_id=judgement.lease.public_id, reason="private"
    )
    client = calling(reviewer.user)
    listed = client.get(f"{HELPFUL}comparisons/?flagged=true").json()["results"]
    assert [row["id"] for row in listed] == [str(comparison.public_id)]
    [flag] = client.get(f"/api/v1/comparisons/{comparison.public_id}/").json()["flags"]
    assert flag["reason"] == "private"
    assert client.post(f"/api/v1/flags/{flag['id']}/close/").status_code == 204
    assert client.get(f"{HELPFUL}comparisons/?flagged=true").json()["results"] == []


def test_judgements_are_filtered_by_what_is_named(calling, project, lead):
    one, two = judge_comparison(make_comparison(project), "first", "tie")
    client = calling(lead.user)

    def found(query: str) -> list[str]:
        rows = client.get(f"{HELPFUL}judgements/?{query}").json()["results"]
        return [row["id"] for row in rows]

    assert found("") == [str(two.public_id), str(one.public_id)]
    assert found("verdict=tie") == [str(two.public_id)]
    assert found(f"annotator={one.annotator.pseudonym}") == [str(one.public_id)]
    assert found("is_counted=false") == []
    assert found("since=2999-01-01T00:00:00Z") == []
    leak = "annotator__user__password__startswith"
    assert client.get(f"{HELPFUL}judgements/?{leak}=md5").status_code == 400


def test_preferences_show_the_outcome_with_its_votes(calling, project, lead):
    comparison = make_comparison(project)
    judge_comparison(comparison, "second", "second")
    client = calling(lead.user)
    [row] = client.get(f"{HELPFUL}preferences/").json()["results"]
    assert row["outcome"] == "preference"
    assert row["chosen"]["id"] == str(comparison.second.public_id)
    assert (row["p_first"], row["agreement"], row["n_second"]) == (0.0, 1.0, 2)
    everything = client.get(f"{HELPFUL}preferences/?superseded=true").json()["results"]
    assert len(everything) >= 1
    assert client.get(f"{HELPFUL}preferences/?outcome=tie").json()["results"] == []


def test_agreement_is_202_until_a_worker_has_computed_it(calling, project, reviewer):
    client = calling(reviewer.user)
    waiting = client.get(f"{HELPFUL}agreement/")
    assert (waiting.status_code, waiting.json()["state"]) == (202, "computing")
    report = {"schema": AgreementReport.SCHEMA, "alpha": 0.5}
    AgreementReport.objects.create(
        project=project, report=report, n_judgements=4, computed_at=timezone.now()
    )
    ready = client.get(f"{HELPFUL}agreement/")
    assert ready.status_code == 200
    assert ready.json()["state"] == "ready"
    assert (ready.json()["report"], ready.json()["n_judgements"]) == (report, 4)
