"""The pages of quality: what is done, how people stand, what is gold."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.models import (
    AfterGold,
    Comparison,
    Exposure,
    Judgement,
    Membership,
    Project,
    Role,
    Standing,
    Verdict,
)
from annotate.projects.projects import change_project
from annotate.views.judging import FRAGMENT
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


@pytest.fixture
def project() -> Project:
    return make_project(after_gold=AfterGold.PAUSE, gold_fewest=8, overlap=3)


@pytest.fixture
def lead(project) -> Client:
    return browser_of(make_member(project, user=make_user(username="lea"), role=Role.LEAD))


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user(username="ann"))


def browser_of(annotator) -> Client:
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, project, **ids) -> str:
    return reverse(f"annotate:{name}", kwargs={"slug": project.slug, **ids})


def answer_wrongly(annotator, project, n: int) -> None:
    make_comparisons(project, n, gold_verdict=Verdict.FIRST)
    for _number in range(n):
        judge(annotator, hold(annotator, project).current, Verdict.SECOND)


def plan(**fields) -> dict:
    return {
        "repeat_every": 0,
        "repeat_after": 50,
        "gold_every": 10,
        "gold_floor": 0.8,
        "gold_fewest": 20,
        "after_gold": "warn",
        "quiz_size": 0,
        "quiz_needed": 1,
        "closes_at": 0,
        "fewest_judgements": 2,
        "control_every": 10,
        **fields,
    }


def test_a_lead_sets_what_is_done(lead, project):
    answer = lead.post(url("quality", project), plan(), follow=True)
    assert "The settings were saved." in answer.content.decode()
    project.refresh_from_db()
    assert (project.gold_every, project.gold_floor, project.after_gold) == (10, 0.8, "warn")


@pytest.mark.parametrize(
    "wrong",
    [
        {"gold_every": 3},
        {"repeat_every": 201},
        {"gold_floor": 1},
        {"repeat_after": 4},
        {"closes_at": 0.4},
        {"control_every": 1},
        {"closes_at": 0.9, "fewest_judgements": 50},  # more than the overlap
    ],
)
def test_what_is_out_of_range_is_said_at_its_field_and_changes_nothing(lead, project, wrong):
    page = lead.post(url("quality", project), plan(**wrong))
    assert page.status_code == 200
    assert [*page.context["form"].errors] == [*wrong][-1:]
    project.refresh_from_db()
    assert project.gold_every == 0


def test_people_stand_with_their_figures_and_empty_without(lead, project, annotator):
    assert "none yet" in lead.get(url("quality", project)).content.decode()
    answer_wrongly(annotator, project, 8)
    page = lead.get(url("quality", project)).content.decode()
    assert "paused on gold" in page
    assert "0 of 8: 0 % (0 % to 32 %)" in page  # Wilson's upper end: 3.841 / 11.841


def test_a_persons_page_shows_their_gold_and_lets_them_go_on(lead, project, annotator):
    answer_wrongly(annotator, project, 8)
    member = Membership.objects.get(annotator=annotator)
    there = url("quality_person", project, member_id=member.public_id)
    page = lead.get(there).content.decode()
    assert page.count("Answer 2 is better") == page.count("Answer 1 is better") == 8
    assert Exposure.objects.filter(annotator__user__username="lea").count() == 8
    lead.post(url("quality_go_on", project, member_id=member.public_id))
    member.refresh_from_db()
    assert member.standing == Standing.FINE


def test_what_would_be_taken_back_is_counted_before_it_is(lead, project, annotator):
    make_comparisons(project, 2)
    for _number in range(2):
        judge(annotator, hold(annotator, project).current)
    member = Membership.objects.get(annotator=annotator)
    today = timezone.localdate().isoformat()
    there = url("quality_person", project, member_id=member.public_id)
    page = lead.get(there, {"since": today}).content.decode()
    assert "or later: 2." in page
    assert "made anew: 2." in page
    assert not Judgement.objects.exclude(withdrawn_at=None).exists()
    again = url("quality_judge_again", project, member_id=member.public_id)
    lead.post(again, {"since": today, "reason": "hasty"})
    assert Judgement.objects.exclude(withdrawn_at=None).count() == 2


@pytest.mark.parametrize(
    ("since", "says"),
    [
        ("0001-01-01", "or later: 1."),
        ("9999-12-31", "or later: 0."),
        ("yesterday", "Enter a valid date."),
        ("", "This field is required."),
    ],
)
def test_a_day_that_is_none_or_far_away_is_answered(lead, project, annotator, since, says):
    make_comparison(project)
    judge(annotator, hold(annotator, project).current)
    member = Membership.objects.get(annotator=annotator)
    page = lead.get(url("quality_person", project, member_id=member.public_id), {"since": since})
    assert says in page.content.decode()


def test_gold_is_marked_on_a_comparisons_page_and_taken_off(lead, project):
    comparison = make_comparison(project)
    there = url("comparison_gold", project, comparison_id=comparison.public_id)
    lead.post(there, {"verdict": "first", "also": "tie"})
    comparison.refresh_from_db()
    assert (comparison.gold_verdict, comparison.gold_also) == ("first", "tie")
    page = lead.get(url("comparisons", project), {"gold": "true"}).content.decode()
    assert str(comparison.public_id) in page
    for wrong in ({"verdict": "first", "also": "first"}, {"verdict": "", "also": "tie"}):
        lead.post(there, wrong)
        comparison.refresh_from_db()
        assert comparison.gold_also == "tie"
    lead.post(there, {"verdict": ""})
    comparison.refresh_from_db()
    assert (comparison.gold_verdict, comparison.gold_also) == ("", "")


def test_a_reviewer_has_no_such_form(project):
    reviewer = browser_of(make_member(project, user=make_user(), role=Role.REVIEWER))
    comparison = make_comparison(project)
    there = url("comparison", project, comparison_id=comparison.public_id)
    assert "comparison_gold" not in reviewer.get(there).content.decode()
    assert "What is right" not in reviewer.get(there).content.decode()


def test_proposals_become_gold_when_chosen(lead, project):
    assert "nothing to propose" in lead.get(url("quality_proposals", project)).content.decode()
    chosen, other = make_comparisons(project, 2)
    foreign = make_comparison(make_project(overlap=3))
    for comparison in (chosen, other, foreign):
        judge_comparison(comparison, *[Verdict.SECOND] * 3)
    there = url("quality_proposals", project)
    assert lead.get(there).content.decode().count("Answer 2 is better") == 2
    lead.post(there, {"chosen": [chosen.public_id, foreign.public_id]})  # one is not proposed here
    assert not Comparison.objects.exclude(gold_verdict="").exists()
    lead.post(there, {"chosen": [chosen.public_id]})
    assert Comparison.objects.exclude(gold_verdict="").get() == chosen


def test_the_screen_warns_and_then_says_why_nothing_comes(project, annotator):
    project.after_gold = AfterGold.WARN
    project.save()
    answer_wrongly(annotator, project, 7)
    make_comparison(project, gold_verdict=Verdict.FIRST)
    lease = hold(annotator, project).current
    side = "right" if lease.first_is_left else "left"
    browser = browser_of(annotator)
    body = {"lease": lease.public_id, "key": "k", "side": side}
    said = browser.post(url("judge_submit", project), body, headers={"Accept": FRAGMENT})
    assert 'notice--warning">Of comparisons whose answer is known' in said.content.decode()
    Membership.objects.filter(annotator=annotator).update(standing=Standing.PAUSED)
    page = browser.get(url("judge", project)).content.decode()
    assert "You are paused: of comparisons whose answer is known" in page


def test_the_screen_says_that_it_is_a_quiz_and_that_it_was_passed(project, annotator):
    project.quiz_size, project.quiz_needed = 3, 2
    project.save()
    make_comparisons(project, 3, gold_verdict=Verdict.FIRST)
    browser = browser_of(annotator)
    page = browser.get(url("judge", project)).content.decode()
    assert "Work begins with a quiz: 3 comparisons" in page
    for number in range(3):
        lease = hold(annotator, project).current
        side = "left" if lease.first_is_left else "right"
        body = {"lease": lease.public_id, "key": f"k{number}", "side": side}
        said = browser.post(url("judge_submit", project), body, headers={"Accept": FRAGMENT})
    assert 'notice--success">You have passed the quiz' in said.content.decode()
    make_comparison(project)
    assert "Work begins with a quiz" not in browser.get(url("judge", project)).content.decode()


def test_a_quiz_of_more_gold_than_there_is_is_refused_at_its_field(lead, project):
    page = lead.post(url("quality", project), plan(quiz_size=3, quiz_needed=2))
    assert "There are only 0 gold comparisons for it." in page.content.decode()
    page = lead.post(url("quality", project), plan(quiz_size=3, quiz_needed=4))
    assert page.status_code == 200


def test_what_closing_early_saves_stands_there_once_it_is_on(lead, project):
    assert "What closing early saves" not in lead.get(url("quality", project)).content.decode()
    change_project(project=project, changed_by=None, closes_at=0.7, control_every=2)
    assert "No control comparison has" in lead.get(url("quality", project)).content.decode()
    judge_comparison(make_comparison(project, is_control=True), *["first"] * project.overlap)
    page = lead.get(url("quality", project)).content.decode()
    assert "Judgements saved" in page
    assert "too few prompts" in page


def test_a_threshold_that_changes_what_was_judged_is_saved_once_that_was_seen(lead, project):
    judge_comparison(make_comparison(project, rand_key=1), "first", "first")
    asked = plan(closes_at=0.7)
    page = lead.post(url("quality", project), asked)
    assert "nobody more is asked" in page.content.decode()
    project.refresh_from_db()
    assert project.closes_at == 0
    lead.post(url("quality", project), asked | {"seen": page.context["seen"]})
    project.refresh_from_db()
    assert project.closes_at == 0.7
