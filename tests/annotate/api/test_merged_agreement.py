"""Several projects measured as one, by REST: asked for, computed by a worker, read."""

import pytest

from annotate.agreement.merged import merged_report
from annotate.agreement.merged_reports import MERGED_REPORTS, compute_merged_report
from annotate.models import Judgement, MergedReport, Role, WorkState
from annotate.projects.protocols import change_protocol
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/merged-agreements/"


@pytest.fixture
def projects():
    found = [make_project(slug=slug, name=slug.title(), overlap=2) for slug in ("east", "west")]
    for project in found:
        for verdicts in (("first", "first"), ("second", "first")):
            judge_comparison(make_comparison(project), *verdicts)
    return found


@pytest.fixture
def reviewer(projects):
    user = make_user()
    for project in projects:
        make_member(project, user=user, role=Role.REVIEWER)
    return user


def ask(calling, user, *slugs):
    return calling(user).post(ADDRESS, {"projects": list(slugs)}, format="json")


def computed(answer):
    row = MergedReport.objects.get(public_id=answer.json()["id"])
    compute_merged_report(merged_report_id=row.pk)
    row.refresh_from_db()
    return row


def test_projects_are_asked_for_computed_and_read(calling, projects, reviewer):
    asked = ask(calling, reviewer, "west", "east")
    assert asked.status_code == 202
    body = asked.json()
    assert (body["projects"], body["state"], body["n_judgements"]) == (
        ["east", "west"],
        "queued",
        None,
    )
    address = asked["Location"]
    assert address.endswith(f"{ADDRESS}{body['id']}/")
    waiting = calling(reviewer).get(address)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "queued")
    assert "report" not in waiting.json()

    computed(asked)
    answer = calling(reviewer).get(f"{address}?include=asked,plan")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["state"], found["n_done"], found["n_total"]) == ("succeeded", 2, 2)
    assert (found["is_current"], found["n_judgements"]) == (True, 8)
    assert set(found["sections"]["all"]) == {"asked", "plan"}
    assert "sections" not in found["report"]
    wanted = merged_report(projects).report["all"]["figures"]
    assert found["report"]["all"]["figures"] == wanted
    pseudonyms = {entry["annotator"] for entry in found["report"]["all"]["annotators"]}
    assert pseudonyms == {j.annotator.pseudonym for j in Judgement.objects.all()}


def test_the_same_projects_are_one_report_and_are_computed_again_only_when_judged(
    calling, projects, reviewer
):
    first = ask(calling, reviewer, "east", "west")
    row = computed(first)
    again = ask(calling, reviewer, "west", "east")
    assert (again.json()["id"], again.json()["state"]) == (first.json()["id"], "succeeded")
    judge_comparison(make_comparison(projects[0]), "first", "second")
    stale = calling(reviewer).get(first["Location"]).json()
    assert (stale["is_current"], stale["n_judgements"]) == (False, 8)
    assert ask(calling, reviewer, "west", "east").json()["state"] == "queued"
    compute_merged_report(merged_report_id=row.pk)
    fresh = calling(reviewer).get(first["Location"]).json()
    assert (fresh["is_current"], fresh["n_judgements"]) == (True, 10)
    assert MergedReport.objects.count() == 1


def test_whoever_may_not_see_each_project_sees_nothing_of_both(calling, projects, reviewer):
    asked = ask(calling, reviewer, "east", "west")
    row = computed(asked)
    for role, status in ((None, 404), (Role.ANNOTATOR, 403)):
        user = make_user()
        make_member(projects[0], user=user, role=Role.LEAD)
        if role is not None:
            make_member(projects[1], user=user, role=role)
        assert ask(calling, user, "east", "west").status_code == status
        assert calling(user).get(asked["Location"]).status_code == status
    # the models are for those who lead both
    assert calling(reviewer).get(f"{asked['Location']}?include=ratings").status_code == 403
    lead = make_user()
    for project in projects:
        make_member(project, user=lead, role=Role.LEAD)
    answer = calling(lead).get(f"{asked['Location']}?include=ratings&ties=davidson").json()
    assert answer["sections"]["all"]["ratings"]["ties"] == "davidson"
    projects[1].memberships.filter(annotator__user=lead).update(is_active=False)
    assert calling(lead).get(asked["Location"]).status_code == 404
    assert row.report["sections"]["all"]["ratings"]  # which no answer above gave to the reviewer


@pytest.mark.parametrize(
    ("slugs", "status"),
    [(["east"], 400), (["east", "east"], 400), (["east", "nowhere"], 404), ([], 400)],
)
def test_too_few_the_same_and_unknown_projects_are_refused(
    calling, projects, reviewer, slugs, status
):
    answer = ask(calling, reviewer, *slugs)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not MergedReport.objects.exists()


def test_projects_that_offer_different_verdicts_are_refused_at_once(calling, reviewer, projects):
    other = make_project(slug="two-way", asks={"verdicts": ["first", "second"]})
    make_member(other, user=reviewer, role=Role.REVIEWER)
    answer = ask(calling, reviewer, "east", "two-way")
    assert answer.status_code == 400
    assert "offers" in answer.content.decode()


def test_an_opinion_that_would_count_twice_is_refused_in_words(calling, projects, reviewer):
    voter = None
    for project in projects:
        prompt = make_prompt(project, text="Same?")
        answers = [make_completion(prompt, text=text) for text in ("yes", "no")]
        comparison = make_comparison(project, prompt=prompt, first=answers[0], second=answers[1])
        judge_comparison(comparison, "first")
        judgement = comparison.judgements.get()
        voter = voter or judgement.annotator
        Judgement.objects.filter(pk=judgement.pk).update(annotator=voter)
    asked = ask(calling, reviewer, "east", "west")
    computed(asked)
    answer = calling(reviewer).get(asked["Location"])
    assert (answer.status_code, answer.json()["state"]) == (200, "failed")
    assert f"{voter.pseudonym} judged comparison" in answer.json()["reason"]
    assert "report" not in answer.json()
    # asked again it is not computed again, as nothing has changed
    assert ask(calling, reviewer, "east", "west").json()["state"] == "failed"


def test_a_refusal_is_looked_at_again_once_the_verdicts_offered_have_changed(
    calling, projects, reviewer
):
    asked = ask(calling, reviewer, "east", "west")
    change_protocol(
        project=projects[0], changed_by=None, declaration={"verdicts": ["first", "second"]}
    )
    assert computed(asked).state == WorkState.FAILED
    declaration = projects[1].current_protocol.declaration
    change_protocol(project=projects[0], changed_by=None, declaration=declaration)
    assert ask(calling, reviewer, "east", "west").json()["state"] == "queued"
    assert computed(asked).state == WorkState.SUCCEEDED


def test_figures_of_an_older_kind_are_not_shown_and_are_computed_again(calling, projects, reviewer):
    asked = ask(calling, reviewer, "east", "west")
    row = computed(asked)
    MergedReport.objects.filter(pk=row.pk).update(report={"schema": 1, "sections": {"all": {}}})
    answer = calling(reviewer).get(f"{asked['Location']}?include=asked")
    assert (answer.status_code, answer.json()["is_current"]) == (200, False)
    assert not {"report", "sections"} & answer.json().keys()
    assert ask(calling, reviewer, "east", "west").json()["state"] == "queued"


def test_a_lost_message_is_rung_again_and_two_workers_compute_once(
    calling, projects, reviewer, monkeypatch
):
    asked = ask(calling, reviewer, "east", "west")
    row = MergedReport.objects.get()
    assert MERGED_REPORTS.claimable().get() == row
    held = MERGED_REPORTS.claim(row.pk)
    assert held is not None
    compute_merged_report(merged_report_id=row.pk)  # somebody has it
    row.refresh_from_db()
    assert row.state == WorkState.RUNNING
    assert calling(reviewer).get(asked["Location"]).status_code == 202


def test_a_project_that_is_gone_takes_the_report_with_it(calling, projects, reviewer):
    asked = ask(calling, reviewer, "east", "west")
    row = MergedReport.objects.get()
    row.projects.remove(projects[1])
    assert calling(reviewer).get(asked["Location"]).status_code == 404
    compute_merged_report(merged_report_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.reason) == (WorkState.FAILED, "One of the projects is no more.")
