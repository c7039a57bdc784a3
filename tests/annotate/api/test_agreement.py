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
    assert answer.json()["report"] == stored.report
    figures = answer.json()["report"]["without_simulated"]["figures"]
    assert figures["percent_agreement"]["value"] == 1.0
    assert figures["krippendorff_alpha"]["undefined"] == "one_comparison"
