"""What follows from answers to gold: a warning, a pause, going on, and work that is judged anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.errors import InvalidInput, PausedOnGold
from annotate.judging.undo import undo_action
from annotate.judging.withdrawals import withdraw_since
from annotate.models import (
    AfterGold,
    AuditEvent,
    Comparison,
    ComparisonState,
    GoldAnswer,
    Judgement,
    Lease,
    LeaseState,
    Membership,
    Standing,
    Verdict,
)
from annotate.preferences.trainable import trainable_preferences
from annotate.projects.waiting import has_work
from annotate.quality.by_person import people_of, person_of
from annotate.quality.look_after import let_go_on
from annotate.quality.marking import mark_gold, unmark_gold
from annotate.quality.unanimous import proposed_gold, verdict_of_all
from tests.annotate.quality.sending import send_on_screen
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_set,
)

pytestmark = pytest.mark.django_db
FEWEST = 8


@pytest.fixture
def project():
    """All of it is gold, and its first answer is the better one."""
    project = make_project(after_gold=AfterGold.PAUSE, gold_fewest=FEWEST)
    make_comparisons(project, 40, gold_verdict=Verdict.FIRST)
    return project


def answer(annotator, project, *verdicts: str) -> list[Judgement]:
    return [judge(annotator, hold(annotator, project).current, verdict) for verdict in verdicts]


def standing(annotator) -> str:
    return Membership.objects.get(annotator=annotator).standing


def test_nothing_follows_from_fewer_than_the_plan_says(project):
    annotator = make_member(project)
    answer(annotator, project, *[Verdict.SECOND] * (FEWEST - 1))
    assert standing(annotator) == Standing.FINE
    answer(annotator, project, Verdict.SECOND)  # all eight wrong: .3 ** 8 is far below 1 in 100
    assert standing(annotator) == Standing.PAUSED


def test_who_is_paused_is_given_nothing_and_keeps_nothing(project):
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)
    for _number in range(FEWEST):
        judge(annotator, held.current, Verdict.SECOND)
        if standing(annotator) == Standing.FINE:
            held = hold(annotator, project, ahead=True)
    with pytest.raises(PausedOnGold, match="A lead of the project"):
        hold(annotator, project)
    with pytest.raises(PausedOnGold):
        undo_action(annotator=annotator, project=project)
    assert not has_work(project, Membership.objects.get(annotator=annotator))
    assert GoldAnswer.objects.count() == FEWEST
    event = AuditEvent.objects.get(action="member.paused")
    assert event.actor == ""
    assert event.after == {"standing": "paused", "n_gold": FEWEST, "n_right": 0}


def test_what_was_fetched_ahead_is_given_back_with_the_last_answer(project):
    annotator = make_member(project)
    for _number in range(FEWEST):
        judged = send_on_screen(annotator, project, Verdict.SECOND)
    assert judged.held.current is None
    assert not Lease.objects.filter(annotator=annotator, state=LeaseState.LIVE).exists()


def test_a_warning_comes_sooner_than_a_pause_and_goes_again(project):
    project.after_gold = AfterGold.WARN
    project.save()
    annotator = make_member(project)
    answer(annotator, project, *[Verdict.SECOND] * FEWEST)
    assert standing(annotator) == Standing.WARNED
    answer(annotator, project, *[Verdict.FIRST] * 25)
    assert standing(annotator) == Standing.FINE


def test_where_nothing_is_to_follow_nothing_does(project):
    project.after_gold = AfterGold.NOTHING
    project.save()
    annotator = make_member(project)
    answer(annotator, project, *[Verdict.SECOND] * 12)
    assert standing(annotator) == Standing.FINE
    assert GoldAnswer.objects.filter(is_right=False).count() == 12


def test_a_lead_lets_them_go_on_and_counts_afresh(project):
    lead, annotator = make_member(project), make_member(project)
    answer(annotator, project, *[Verdict.SECOND] * FEWEST)
    let_go_on(membership=Membership.objects.get(annotator=annotator), by=lead)
    assert standing(annotator) == Standing.FINE
    answer(annotator, project, *[Verdict.SECOND] * (FEWEST - 1))
    assert standing(annotator) == Standing.FINE
    assert person_of(Membership.objects.get(annotator=annotator)).gold.n == FEWEST - 1
    assert AuditEvent.objects.get(action="member.fine").actor == lead.pseudonym


def test_an_answer_that_was_taken_back_is_not_held_against_them(project):
    annotator = make_member(project)
    answer(annotator, project, Verdict.SECOND)
    undo_action(annotator=annotator, project=project)
    answer(annotator, project, Verdict.FIRST)
    person = person_of(Membership.objects.get(annotator=annotator))
    assert (person.gold.n_hits, person.gold.n) == (1, 1)


def test_people_are_listed_the_worst_first_with_their_intervals(project):
    good, bad = make_member(project), make_member(project)
    answer(good, project, *[Verdict.FIRST] * 10)
    answer(bad, project, *[Verdict.SECOND] * FEWEST)
    first, second = people_of(project)
    assert first.membership.annotator == bad
    assert (first.gold.n_hits, first.gold.n, first.gold.share) == (0, FEWEST, 0)
    assert first.surely_at_most < 0.7
    assert second.gold.low == pytest.approx(0.7225, abs=1e-4)  # Wilson, 10 of 10
    assert second.surely_at_most == 1


class TestMarking:
    def test_answers_are_held_against_what_is_right_now(self, project):
        lead, annotator = make_member(project), make_member(project)
        (judgement,) = answer(annotator, project, Verdict.SECOND)
        comparison = judgement.comparison
        mark_gold(comparison=comparison, verdict=Verdict.FIRST, also=Verdict.SECOND, by=lead)
        assert GoldAnswer.objects.get().is_right
        mark_gold(comparison=comparison, verdict=Verdict.TIE, by=lead)
        assert not GoldAnswer.objects.get().is_right
        unmark_gold(comparison=comparison, by=lead)
        assert not GoldAnswer.objects.exists()
        actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["comparison.gold_marked"] * 2 + ["comparison.gold_unmarked"]

    def test_what_was_judged_before_it_was_gold_is_no_answer_to_gold(self):
        project = make_project()
        lead, annotator = make_member(project), make_member(project)
        make_comparison(project)
        (judgement,) = answer(annotator, project, Verdict.SECOND)
        mark_gold(comparison=judgement.comparison, verdict=Verdict.FIRST, by=lead)
        assert not GoldAnswer.objects.exists()

    def test_training_learns_nothing_from_gold(self):
        project = make_project(overlap=1)
        comparison = make_comparison(project)
        judge_comparison(comparison, Verdict.FIRST)
        assert trainable_preferences(projects=[project], cutoff_at=None).count() == 1
        mark_gold(comparison=comparison, verdict=Verdict.FIRST, by=make_member(project))
        assert trainable_preferences(projects=[project], cutoff_at=None).count() == 0

    @pytest.mark.parametrize(
        ("verdict", "also", "field"),
        [("left", "", "verdict"), ("", "", "verdict"), ("first", "x", "also")],
    )
    def test_an_unknown_verdict_is_refused(self, project, verdict, also, field):
        comparison = project.comparisons.first()
        with pytest.raises(InvalidInput) as refused:
            mark_gold(comparison=comparison, verdict=verdict, also=also, by=make_member(project))
        assert refused.value.field == field

    def test_the_same_verdict_twice_a_set_and_the_archive_are_refused(self, project):
        lead = make_member(project)
        archived = make_comparison(project, state=ComparisonState.ARCHIVED)
        repeat = make_comparison(project, repeat_of=archived, wanted=0)
        for comparison in (archived, repeat, make_set(project).comparisons.first()):
            with pytest.raises(InvalidInput):
                mark_gold(comparison=comparison, verdict=Verdict.FIRST, by=lead)
        with pytest.raises(InvalidInput, match="already"):
            mark_gold(comparison=project.comparisons.first(), verdict="tie", also="tie", by=lead)


def test_what_three_people_say_alike_is_proposed():
    project = make_project(overlap=3)
    alike, split, two, bad = make_comparisons(project, 4)
    judge_comparison(alike, *[Verdict.SECOND] * 3)
    judge_comparison(split, Verdict.FIRST, Verdict.FIRST, Verdict.SECOND)
    judge_comparison(two, Verdict.FIRST, Verdict.FIRST)
    judge_comparison(bad, *[Verdict.BOTH_BAD] * 3)
    (proposed,) = proposed_gold(project)
    assert proposed == alike
    assert verdict_of_all(proposed) == Verdict.SECOND
    assert verdict_of_all(Comparison.objects.get(pk=split.pk)) is None
    mark_gold(comparison=proposed, verdict=Verdict.SECOND, by=make_member(project))
    assert not proposed_gold(project).exists()


def test_work_is_taken_back_from_a_day_on_and_waits_for_others():
    project = make_project(overlap=1)
    lead, annotator, other = (make_member(project) for _person in range(3))
    before, after = make_comparisons(project, 2)
    gold = make_comparison(project, gold_verdict=Verdict.FIRST)
    judgements = answer(annotator, project, *[Verdict.FIRST] * 3)
    by_comparison = {one.comparison_id: one for one in judgements}
    Judgement.objects.filter(pk=by_comparison[before.pk].pk).update(judged_at="2026-01-01T00:00Z")
    membership = Membership.objects.get(annotator=annotator)
    since = timezone.now() - timedelta(days=1)
    assert withdraw_since(membership=membership, since=since, withdrawn_by=lead) == 1
    by_comparison[after.pk].refresh_from_db()
    assert by_comparison[after.pk].withdrawn_at is not None
    assert Judgement.objects.get(comparison=gold).withdrawn_at is None
    assert hold(other, project).current.comparison_id == after.pk
    event = AuditEvent.objects.get(action="member.judgements_withdrawn")
    assert event.after["n_judgements"] == 1
