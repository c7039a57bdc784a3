"""A quiz before work: gold and nothing else, until it is passed; then the queue."""

import pytest

from annotate.errors import InvalidInput, QuizFirst, QuizNotPassed, QuizTooShort
from annotate.judging.offline import take_along
from annotate.models import AuditEvent, Membership, Role, Standing, Verdict
from annotate.projects.projects import change_project
from annotate.quality.by_person import person_of
from annotate.quality.look_after import let_go_on
from tests.annotate.quality.sending import send_on_screen
from tests.factories import hold, judge, make_comparisons, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(quiz_size=4, quiz_needed=3, overlap=1)
    make_comparisons(project, 9, gold_verdict=Verdict.FIRST, wanted=0)
    make_comparisons(project, 10)
    return project


def answer(annotator, project, n_right: int, n_wrong: int):
    verdicts = [Verdict.FIRST] * n_right + [Verdict.SECOND] * n_wrong
    return [send_on_screen(annotator, project, verdict) for verdict in verdicts]


def member(annotator) -> Membership:
    return Membership.objects.get(annotator=annotator)


def test_gold_comes_first_and_the_queue_once_it_is_passed(project):
    annotator = make_member(project)
    judged = answer(annotator, project, 3, 1)
    assert all(one.recorded.judgement.comparison.gold_verdict for one in judged)
    assert [one.news for one in judged] == ["", "", "", "passed"]
    assert member(annotator).quiz_passed_at is not None
    assert person_of(member(annotator)).gold.n == 0  # what follows is counted afresh
    while (lease := hold(annotator, project).current).is_extra:
        judge(annotator, lease)  # fetched ahead while the quiz went on
    assert not lease.comparison.gold_verdict
    facts = AuditEvent.objects.get(action="member.quiz_passed").after
    assert facts == {"n_gold": 4, "n_right": 3}


def test_who_fails_is_stopped_until_a_lead_lets_them_try_again_with_other_gold(project):
    lead, annotator = make_member(project, role=Role.LEAD), make_member(project)
    first = answer(annotator, project, 2, 2)
    assert first[-1].held.current is None
    assert member(annotator).standing == Standing.FAILED
    with pytest.raises(QuizNotPassed):
        hold(annotator, project)
    let_go_on(membership=member(annotator), by=lead)
    second = answer(annotator, project, 4, 0)
    asked = [one.recorded.judgement.comparison_id for one in (*first, *second)]
    assert len(set(asked)) == 8
    assert member(annotator).quiz_passed_at is not None


def test_the_last_gold_there_is_can_be_judged_though_nothing_is_left_to_fetch_ahead(project):
    gold = project.comparisons.filter(is_gold=True)
    project.comparisons.filter(pk__in=gold.values("pk")[4:]).update(gold_verdict="")
    annotator = make_member(project)
    assert answer(annotator, project, 4, 0)[-1].news == "passed"


def test_nothing_is_taken_along_before_it_is_passed(project):
    project.offline_pairs = 10
    project.save()
    annotator = make_member(project)
    with pytest.raises(QuizFirst):
        take_along(annotator=annotator, project=project)
    answer(annotator, project, 4, 0)
    assert take_along(annotator=annotator, project=project)


def test_when_no_gold_is_left_the_queue_is_not_opened(project):
    annotator = make_member(project)
    project.comparisons.exclude(gold_verdict="").update(gold_verdict="")
    with pytest.raises(QuizTooShort):
        hold(annotator, project)


def test_reviewers_and_leads_have_no_quiz(project):
    for role in (Role.REVIEWER, Role.LEAD):
        assert not hold(make_member(project, role=role), project).current.is_extra


def test_a_quiz_needs_as_much_gold_as_it_asks_and_can_be_passed():
    project = make_project()
    make_comparisons(project, 3, gold_verdict=Verdict.FIRST)
    for fields, field in (
        ({"quiz_size": 4}, "quiz_size"),
        ({"quiz_size": 2}, "quiz_size"),
        ({"quiz_size": 3, "quiz_needed": 4}, "__all__"),
    ):
        with pytest.raises(InvalidInput) as refused:
            change_project(project=project, changed_by=None, **fields)
        assert refused.value.field == field
    change_project(project=project, changed_by=None, quiz_size=3, quiz_needed=2)
