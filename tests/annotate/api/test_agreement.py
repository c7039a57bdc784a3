"""The stored agreement figures by REST."""

import pytest

from annotate.agreement.reports import refresh_report
from annotate.models import Role
from tests.factories import judge_comparison, make_comparison, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_figures_are_computing_until_a_worker_has_stored_them(calling):
    project, user = make_project(), make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    judge_comparison(make_comparison(project), "first", "first")
    address = f"/api/v1/projects/{project.slug}/agreement/"

    answer = calling(user).get(address)
    assert answer.status_code == 202
    assert answer.json() == {
        "state": "computing",
        "n_judgements": None,
        "computed_at": None,
        "report": None,
    }

    stored = refresh_report(project)
    answer = calling(user).get(address)
    assert answer.status_code == 200
    assert answer.json()["state"] == "ready"
    assert answer.json()["n_judgements"] == 2
    assert answer.json()["report"] == {
        name: value
        for name, value in stored.report.items()
        if name not in ("sections", "imagined", "by_day")
    }
    assert "sections" not in answer.json()
    figures = answer.json()["report"]["without_simulated"]["figures"]
    assert figures["percent_agreement"]["value"] == 1.0
    assert figures["krippendorff_alpha"]["undefined"] == "one_comparison"


@pytest.fixture
def stored():
    project = make_project()
    judge_comparison(make_comparison(project), "first", "second")
    return refresh_report(project)


def asked(calling, stored, role, query):
    user = make_user()
    make_member(stored.project, user=user, role=role)
    return calling(user).get(f"/api/v1/projects/{stored.project.slug}/agreement/?{query}")


@pytest.mark.parametrize(
    ("role", "query", "status"),
    [
        (Role.ANNOTATOR, "include=pairwise", 403),
        (Role.ANNOTATOR, "include=ratings", 403),
        (Role.REVIEWER, "include=pairwise,weighted,plan", 200),
        (Role.REVIEWER, "include=ratings", 403),
        (Role.REVIEWER, "include=plan,ratings", 403),
        (Role.LEAD, "include=ratings,pairwise,weighted,plan", 200),
    ],
)
def test_models_are_named_to_leads_alone(calling, stored, role, query, status):
    answer = asked(calling, stored, role, query)
    assert answer.status_code == status
    if status == 403:
        assert answer["Content-Type"] == "application/problem+json"
        assert "sections" not in answer.json()


def test_sections_asked_for_come_by_cohort_and_no_others(calling, stored):
    answer = asked(calling, stored, Role.LEAD, "include=plan,%20ratings&width=0.2").json()
    assert set(answer["sections"]) == {"all", "without_simulated"}
    found = answer["sections"]["all"]
    assert set(found) == {"plan", "ratings"}
    assert found["ratings"]["undefined"] == "models_unknown"
    assert [entry["width"] for entry in found["plan"]["imagined"]["needed"]] == [0.2]


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("include=elo", "include", "“elo” is none of ratings, pairwise, weighted, asked, rank"),
        ("include=ratings,elo", "include", "“elo” is none of"),
        ("include=", "include", "It needs a value."),
        ("include=elo&include=plan", "include", "“elo” is none of"),
        ("include=plan&width=0", "width", "A width is above 0.000001."),
        ("include=plan&width=1e-200", "width", "A width is above 0.000001."),
        ("include=plan&width=nan", "width", ""),
        ("include=plan&width=wide", "width", ""),
        ("width=0.1", "width", "add include=plan"),
        ("includes=plan", "includes", "There is no such field here."),
    ],
)
def test_what_is_asked_wrongly_is_named(calling, stored, query, field, told):
    answer = asked(calling, stored, Role.LEAD, query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert told in answer.json()["detail"]


def test_sections_wait_with_the_figures(calling):
    project, user = make_project(), make_user()
    make_member(project, user=user, role=Role.LEAD)
    answer = calling(user).get(f"/api/v1/projects/{project.slug}/agreement/?include=ratings")
    assert answer.status_code == 202
