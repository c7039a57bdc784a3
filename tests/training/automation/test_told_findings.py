"""What was found of models is told to those who may see them, on pages and by the API."""

import pytest
from django.urls import reverse

from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.api.calls import V1
from tests.training.automation.scheduling import make_recipe, schedule_of
from tests.training.automation.test_model_facts import name, with_accuracy
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot, project
from training.automation.fact_measurement import measure_facts
from training.automation.looking import look_at, press
from training.models import Round, RoundState, RoundStep, ScheduleCheck

__all__ = ["project"]
pytestmark = pytest.mark.django_db
ASKED = {
    "all": [
        {"fact": "accuracy.lower", "at_least": 0.6},
        {"fact": "preferences", "at_least": 7},
    ]
}


@pytest.fixture
def champion(project):
    """Made of two projects' votes, so that whoever leads one of them alone may not see it."""
    snapshot = make_snapshot(project)
    snapshot.projects.add(make_project(name="Other"))
    made = make_policy(make_base(), snapshot, name="SECRET")
    with_accuracy(made, snapshot, 0.5321, 0.4321, 0.6321)
    name(project, made, "champion")
    return made


@pytest.fixture
def checked(champion, project):
    schedule = schedule_of(make_recipe(project), conditions=ASKED)
    measure_facts(project)
    press(schedule.pk, pressed_by=None)
    return schedule


def lead_of(project):
    lead = make_user()
    make_member(project, user=lead, role=Role.LEAD)
    return lead


def reading(client, schedule, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    here = schedule.public_id
    answers = [
        client.get(address)
        for address in (
            reverse("training:schedule", args=[here]),
            f"{V1}schedules/{here}/checks/",
            f"{V1}schedules/{here}/dry-run/",
        )
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [answer.content.decode() for answer in answers]


def test_a_lead_reads_no_figure_and_no_name_of_a_model_that_others_made(
    client, champion, checked, project
):
    page, checks, dry_run = reading(client, checked, lead_of(project))
    for told in (page, checks, dry_run):
        assert "SECRET" not in told
        assert str(champion.public_id) not in told
        assert "4321" not in told and "43.2" not in told
        assert "preferences" in told  # what is of the project is told
    assert page.count("an admin can say what was found") == 2  # by the dry run and by the history
    assert '"is_hidden":true' in checks and '"is_hidden":true' in dry_run
    stored = ScheduleCheck.objects.get()
    assert stored.clauses[0]["called"] == "SECRET"  # it was shown so, and is kept as it was


def test_an_admin_reads_all_of_it(client, champion, checked):
    page, checks, dry_run = reading(client, checked, make_admin())
    assert page.count("SECRET") == 2
    assert str(champion.public_id) in checks and "0.4321" in dry_run
    assert "is_hidden" not in checks + dry_run


def test_a_lead_of_all_that_it_learnt_from_reads_all_of_it(client, champion, checked, project):
    lead = lead_of(project)
    make_member(champion.run.snapshot.projects.get(name="Other"), user=lead, role=Role.LEAD)
    page, checks, dry_run = reading(client, checked, lead)
    assert "SECRET" in page and "SECRET" in checks and "SECRET" in dry_run


def test_the_history_of_a_schedule_tells_no_reason_that_the_round_s_page_keeps(
    client, champion, project
):
    schedule = schedule_of(make_recipe(project))
    begun = press(schedule.pk, pressed_by=None).round
    names = {"champion": str(champion.public_id)}
    Round.objects.filter(pk=begun.pk).update(
        names=names,
        state=RoundState.FAILED,
        reason="“SECRET” is gone.",
        finished_at=begun.started_at,
    )
    RoundStep.objects.filter(round=begun).update(reason="“SECRET” is gone.")
    page, *_rest = reading(client, schedule, lead_of(project))
    assert "SECRET" not in page and "An admin can say why" in page
    assert "SECRET" in reading(client, schedule, make_admin())[0]


def test_a_lead_is_not_told_what_a_comparison_with_such_a_model_found(client, champion, project):
    schedule = schedule_of(make_recipe(project))
    begun = press(schedule.pk, pressed_by=None).round
    Round.objects.filter(pk=begun.pk).update(names={"champion": str(champion.public_id)})
    found = {"said": "worse", "first": 0.4321, "second": 0.5, "difference": -0.0679, "n": 60}
    found |= {"name": "accuracy", "low": -0.1, "high": -0.01, "n_prompts": 60}
    RoundStep.objects.filter(round=begun).update(kind="compare", result=found)
    address = f"{V1}rounds/{begun.public_id}/"
    client.force_login(lead_of(project), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).json()["steps"][0]["result"] == {"said": "not_told"}
    page = client.get(reverse("training:round", args=[begun.public_id])).content.decode()
    assert "An admin can say what was found" in page and "43" not in page.partition("step-1")[2]
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).json()["steps"][0]["result"]["first"] == 0.4321


def test_looking_stores_what_was_found_whoever_reads_it(champion, checked):
    look_at(checked.pk)
    assert ScheduleCheck.objects.filter(clauses__0__called="SECRET").exists()
