"""Comparisons that close once their outcome is sure, and the controls that say what that saves.

Of two verdicts, by hand: 2 to 0 is sure to .875, 2 to 1 to .6875, 3 to 1 to .8125, 4 to 1 to .8906.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alignment_core.formats.rows import NewComparison
from annotate.agreement.counts import read_counts, report_of
from annotate.errors import InvalidInput
from annotate.imports.adding import add_comparisons
from annotate.judging.leases import release_lease
from annotate.judging.priorities import set_wanted
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Comparison, ComparisonState, Preference, RuleChange
from annotate.projects.projects import change_project
from annotate.projects.rule_changes import apply_rule_change
from annotate.quality.control_share import control_share, replay
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
    make_set,
)

pytestmark = pytest.mark.django_db
TWO_WAY = {"verdicts": ["first", "second"]}
ADAPTIVE = {"closes_at": 0.85, "fewest_judgements": 2, "control_every": 2}
NO_CONTROL, CONTROL = 1, 2  # keys of the queue: every second is a control


def adaptive_project(**fields):
    return make_project(**{"asks": TWO_WAY, "overlap": 5, **ADAPTIVE, **fields})


def adaptive_comparison(project, *, rand_key: int = NO_CONTROL, **fields) -> Comparison:
    comparison = make_comparison(project, rand_key=rand_key, **fields)
    set_wanted(project=project, wanted=project.overlap)
    comparison.refresh_from_db()
    return comparison


def now(comparison) -> tuple[int, int, bool]:
    """What is wanted, what is counted, and whether a place is free."""
    comparison.refresh_from_db()
    return comparison.wanted, comparison.n_counted, comparison.is_open


class TestClosing:
    def test_two_who_agree_are_enough(self):
        comparison = adaptive_comparison(adaptive_project())
        assert now(comparison) == (2, 0, True)
        judge_comparison(comparison, "first", "first")
        assert now(comparison) == (2, 2, False)
        assert comparison.state == ComparisonState.OPEN
        assert Preference.objects.get(comparison=comparison, superseded_at=None).n_first == 2

    def test_who_differ_are_followed_by_one_more_at_a_time_up_to_the_overlap(self):
        comparison = adaptive_comparison(adaptive_project())
        wanted = []
        for verdict in ("first", "second", "first", "first", "second"):
            judge_comparison(comparison, verdict)
            wanted.append(now(comparison)[0])
        assert wanted == [2, 3, 4, 5, 5]  # 3 to 1 is not sure enough
        assert (comparison.state, comparison.is_open) == (ComparisonState.OPEN, False)

    def test_what_all_judgements_do_not_decide_goes_to_a_ruling_and_not_before(self):
        comparison = adaptive_comparison(adaptive_project(overlap=4))
        judge_comparison(comparison, "first", "second", "first")
        assert now(comparison) == (4, 3, True)
        judge_comparison(comparison, "second")
        assert now(comparison)[1:] == (4, False)
        assert comparison.state == ComparisonState.ADJUDICATION

    def test_a_rule_without_a_winner_keeps_it_open_however_sure_it_is(self):
        comparison = adaptive_comparison(adaptive_project(min_judgements=3))
        judge_comparison(comparison, "first", "first")
        assert now(comparison) == (3, 2, True)

    def test_what_somebody_holds_is_theirs_and_no_further_place_opens(self):
        project = adaptive_project()
        comparison = adaptive_comparison(project)
        judge_comparison(comparison, "first", "second")
        holder = make_member(project)
        lease = hold(holder, project).current
        assert now(comparison) == (3, 2, False)
        assert hold(make_member(project), project).current is None
        release_lease(annotator=holder, lease_id=lease.public_id)
        assert now(comparison) == (3, 2, True)

    def test_a_judgement_taken_back_opens_it_again(self):
        project = adaptive_project()
        comparison = adaptive_comparison(project)
        one, _other = judge_comparison(comparison, "first", "first")
        lease = withdraw_judgement(annotator=one.annotator, judgement_id=one.public_id)
        assert now(comparison) == (2, 1, False)  # the place is kept for them
        release_lease(annotator=one.annotator, lease_id=lease.public_id)
        assert now(comparison) == (2, 1, True)

    def test_whoever_was_told_that_nothing_is_left_is_given_the_place_that_opens(self):
        project = adaptive_project()
        comparison = adaptive_comparison(project)
        people = [make_member(project) for _n in range(3)]
        leases = [hold(one, project).current for one in people[:2]]
        assert hold(people[2], project).current is None
        judge(people[0], leases[0], "first")
        assert hold(people[2], project).current is None
        judge(people[1], leases[1], "second")
        assert hold(people[2], project).current.comparison == comparison

    def test_surplus_fills_a_place_that_opens(self):
        project = adaptive_project()
        comparison = adaptive_comparison(project, wanted=1)
        judge_comparison(comparison, "first", "second")
        late = make_member(project)
        lease = hold(late, project).current
        Comparison.objects.filter(pk=comparison.pk).update(n_leased=0, wanted=2)
        lease.state = "expired"
        lease.save()
        assert not judge(late, lease, "second").is_counted
        set_wanted(project=project, wanted=5)
        assert now(comparison) == (4, 3, True)

    def test_judging_costs_no_query_more_where_no_place_opens_and_a_claim_none_at_all(self):
        costs = []
        for settings in ({"closes_at": 0.0}, {}):
            project = adaptive_project(**settings)
            for _n in range(3):
                adaptive_comparison(project)
            annotator = make_member(project)
            with CaptureQueriesContext(connection) as claim:
                lease = hold(annotator, project).current
            with CaptureQueriesContext(connection) as judgement:
                judge(annotator, lease)
            costs.append((len(claim), len(judgement)))
        (fixed_claim, fixed_judgement), (claim, judgement) = costs
        assert claim == fixed_claim
        assert judgement <= fixed_judgement + 1  # a look for surplus


class TestPlanning:
    def test_controls_get_the_full_overlap_and_others_the_fewest(self):
        project = make_project(asks=TWO_WAY, overlap=5)
        control = make_comparison(project, rand_key=CONTROL)
        other = make_comparison(project, rand_key=NO_CONTROL)
        ranked = make_set(project)
        change_project(project=project, changed_by=None, **ADAPTIVE)
        assert now(control) == (5, 0, True)
        assert now(other) == (2, 0, True)
        assert (control.is_control, other.is_control) == (True, False)
        of_set = Comparison.objects.filter(completion_set=ranked)
        assert set(of_set.values_list("wanted", "most", "is_control")) == {(5, 0, False)}
        judge_comparison(control, "first", "first", "first")
        assert now(control) == (5, 3, True)

    def test_turned_on_it_closes_what_is_sure_and_turned_off_it_opens_it_again(self):
        project = make_project(asks=TWO_WAY, overlap=5)
        comparison = make_comparison(project, rand_key=NO_CONTROL)
        judge_comparison(comparison, "first", "first", "first")
        change_project(project=project, changed_by=None, **ADAPTIVE)
        assert now(comparison) == (3, 3, False)
        change_project(project=project, changed_by=None, closes_at=0.0)
        assert now(comparison) == (5, 3, True)
        assert not Comparison.objects.exclude(most=0, is_control=False).exists()

    def test_one_comparison_whose_number_is_set_has_it_whatever_is_said(self):
        comparison = adaptive_comparison(adaptive_project())
        set_wanted(comparison=comparison, wanted=3)
        judge_comparison(comparison, "first", "first")
        assert now(comparison) == (3, 2, True)

    def test_a_stricter_rule_opens_what_it_no_longer_decides(self):
        project = adaptive_project()
        comparison = adaptive_comparison(project)
        judge_comparison(comparison, "first", "first")
        change_project(project=project, changed_by=None, min_judgements=4)
        apply_rule_change(rule_change_id=RuleChange.objects.get().pk)
        assert now(comparison) == (3, 2, True)
        assert comparison.state == ComparisonState.OPEN

    def test_what_is_imported_wants_the_fewest(self):
        project = adaptive_project(control_every=100)
        rows = [
            NewComparison(
                messages=[{"role": "user", "content": f"{n}?"}], first_text="a", second_text="b"
            )
            for n in range(20)
        ]
        add_comparisons(project=project, rows=rows)
        wanted = set(Comparison.objects.values_list("wanted", "most", "is_control"))
        assert (2, 5, False) in wanted
        assert wanted <= {(2, 5, False), (5, 0, True)}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"fewest_judgements": 6}, "fewest_judgements"), ({"overlap": 1}, "overlap")],
    )
    def test_more_than_the_overlap_before_closing_is_refused(self, changes, field):
        with pytest.raises(InvalidInput) as refused:
            change_project(project=adaptive_project(), changed_by=None, **changes)
        assert refused.value.field == field


def test_agreement_is_measured_on_the_fewest_judgements_of_each():
    project = adaptive_project()
    for _n in range(6):
        judge_comparison(adaptive_comparison(project), "first", "second", "first", "first", "first")
    for _n in range(6):
        judge_comparison(adaptive_comparison(project), "first", "first")
    report = report_of(read_counts(project))["all"]
    assert report["redundancy"]["m"] == 2
    assert report["redundancy"]["is_corrected"]
    # by hand: of 12 first pairs, 6 agree
    assert report["figures"]["percent_agreement"]["value"] == pytest.approx(0.5)


class TestControls:
    def test_votes_are_replayed_in_their_order(self):
        project = adaptive_project()
        sure = replay(["first", "first", "second", "second", "second"], 1, project)
        assert (sure.n_enough, sure.is_same) == (2, False)
        late = replay(["first", "second", "first", "first", "first"], 1, project)
        assert (late.n_enough, late.is_same) == (5, True)

    def test_what_they_save_and_cost_by_hand(self):
        project = adaptive_project()
        for verdicts in (["first"] * 5, ["first"] * 5, ["first", "first", *["second"] * 3]):
            judge_comparison(adaptive_comparison(project, rand_key=CONTROL), *verdicts)
        judge_comparison(adaptive_comparison(project, rand_key=CONTROL), "first")  # not complete
        judge_comparison(adaptive_comparison(project), "first", "first")  # no control
        found = control_share(project)
        assert (found.n_controls, found.n_full, found.n_enough) == (3, 15, 6)
        assert found.saved == pytest.approx(0.6)
        assert (found.low, found.saves_something) == (None, None)  # three prompts
        assert (found.early.n_hits, found.early.n) == (2, 3)
        assert not found.costs_accuracy  # the interval reaches the .85 that were promised

    def test_it_says_when_nothing_is_saved_and_when_it_costs_accuracy(self):
        project = adaptive_project()
        for _n in range(7):
            judge_comparison(
                adaptive_comparison(project, rand_key=CONTROL), *["first", "second"] * 2, "first"
            )
        nothing = control_share(project)
        assert (nothing.saved, nothing.early.n, nothing.costs_accuracy) == (0, 0, False)
        for _n in range(8):
            verdicts = ["first", "first", *["second"] * 3]
            judge_comparison(adaptive_comparison(project, rand_key=CONTROL), *verdicts)
        found = control_share(project)
        assert found.saves_something
        assert found.low < found.saved < found.high
        assert found.costs_accuracy

    def test_without_any_there_is_nothing_to_say(self):
        assert control_share(adaptive_project()).saved is None
