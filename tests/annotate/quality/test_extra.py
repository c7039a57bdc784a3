"""What comes between the queue's comparisons: how often, for whom, and at no place's cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.agreement.counts import read_counts, report_of
from annotate.exports.export_options import ExportOptions
from annotate.exports.selected import Selected
from annotate.judging.exposures import record_exposure
from annotate.judging.leases import release_expired, release_lease
from annotate.judging.priorities import set_wanted
from annotate.judging.skips import skip_comparison
from annotate.judging.undo import undo_action
from annotate.models import Comparison, Judgement, Lease, LeaseState, Membership, Verdict
from annotate.projects.progress import progress
from annotate.quality.drawn_turns import is_turn_of
from tests.factories import (
    hold,
    judge,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_set,
)

pytestmark = pytest.mark.django_db
EVERY = 4


def test_every_block_has_one_turn_at_a_place_that_changes():
    membership = Membership.objects.get(annotator=make_member(make_project()))
    turns = []
    for turn in range(400):
        membership.n_sides_drawn = turn
        if is_turn_of("gold", membership, every=10):
            turns.append(turn)
    assert [turn // 10 for turn in turns] == list(range(40))
    assert len({turn % 10 for turn in turns}) > 5
    membership.n_sides_drawn = 0
    assert not is_turn_of("gold", membership, every=0)


def judge_on(annotator, project, n: int, verdict: str = Verdict.FIRST) -> list[Lease]:
    """The leases by which this annotator judged the next `n` comparisons."""
    leases = []
    for _number in range(n):
        lease = hold(annotator, project).current
        if lease is None:
            break
        judge(annotator, lease, verdict)
        leases.append(lease)
    return leases


class TestGold:
    @pytest.fixture
    def project(self):
        project = make_project(overlap=1, gold_every=EVERY)
        make_comparisons(project, 6, gold_verdict=Verdict.FIRST, wanted=0)  # the queue has none
        make_comparisons(project, 40)
        return project

    def test_one_of_every_block_is_gold_until_all_gold_is_known(self, project):
        annotator = make_member(project)
        leases = judge_on(annotator, project, 40)
        extra = [lease for lease in leases if lease.is_extra]
        assert len({lease.comparison_id for lease in extra}) == len(extra) == 6
        assert all(lease.comparison.gold_verdict for lease in extra)
        assert all(not lease.comparison.gold_verdict for lease in leases if not lease.is_extra)

    def test_it_takes_no_place_and_its_judgement_is_surplus(self, project):
        annotator, other = make_member(project), make_member(project)
        extra = [lease for lease in judge_on(annotator, project, 16) if lease.is_extra]
        judge_on(other, project, 16)
        for lease in extra:
            comparison = Comparison.objects.get(pk=lease.comparison_id)
            assert (comparison.wanted, comparison.n_counted, comparison.n_leased) == (0, 0, 0)
            assert not Judgement.objects.get(lease=lease).is_counted
        assert Judgement.objects.exclude(comparison__gold_verdict="").count() > len(extra)

    def test_where_a_place_is_free_it_counts(self, project):
        Comparison.objects.exclude(gold_verdict="").update(wanted=3, priority=1)
        extra = [lease for lease in judge_on(make_member(project), project, 8) if lease.is_extra]
        assert extra
        assert all(Judgement.objects.get(lease=lease).is_counted for lease in extra)

    def test_what_they_have_seen_or_skipped_is_not_given(self, project):
        annotator = make_member(project)
        gold = list(project.comparisons.exclude(gold_verdict=""))
        for comparison in gold[:5]:
            record_exposure(annotator=annotator, comparison=comparison)
        extra = [lease for lease in judge_on(annotator, project, 20) if lease.is_extra]
        assert [lease.comparison_id for lease in extra] == [gold[5].pk]

    def test_gold_of_a_set_is_not_given(self):
        project = make_project(gold_every=EVERY)
        of_set = make_set(project, priority=1)  # behind all others: it would have to be ranked
        of_set.comparisons.update(gold_verdict=Verdict.FIRST)
        make_comparisons(project, 20)
        assert not any(one.is_extra for one in judge_on(make_member(project), project, 12))

    def test_undo_gives_the_same_gold_back_and_skipping_frees_nothing(self, project):
        annotator = make_member(project)
        lease = next(one for one in iter(lambda: _next(annotator, project), None) if one.is_extra)
        judge(annotator, lease)
        again = undo_action(annotator=annotator, project=project).lease
        assert (again.comparison_id, again.is_extra, again.state) == (
            lease.comparison_id,
            True,
            LeaseState.LIVE,
        )
        assert again.first_is_left == lease.first_is_left
        skip_comparison(annotator=annotator, lease_id=again.public_id, reason="other")
        assert Comparison.objects.get(pk=lease.comparison_id).n_leased == 0

    def test_an_end_of_its_lease_frees_nothing(self, project):
        annotator = make_member(project)
        lease = next(one for one in iter(lambda: _next(annotator, project), None) if one.is_extra)
        Lease.objects.filter(pk=lease.pk).update(expires_at="2020-01-01T00:00:00Z")
        assert release_expired() == 1
        assert Comparison.objects.get(pk=lease.comparison_id).n_leased == 0
        release_lease(annotator=annotator, lease_id=lease.public_id)  # changes nothing more
        set_wanted(project=project, wanted=2)
        assert Comparison.objects.get(pk=lease.comparison_id).n_leased == 0

    def test_a_claim_costs_the_same_however_much_gold_there_is(self, project):
        few = [_n_queries_of_gold(make_member(project), project) for _person in range(3)]
        make_comparisons(project, 60, gold_verdict=Verdict.FIRST, wanted=0)
        many = [_n_queries_of_gold(make_member(project), project) for _person in range(3)]
        assert max(many) <= max(few)


def _next(annotator, project) -> Lease:
    """The next lease; what was held before it is judged."""
    held = hold(annotator, project).current
    if held is not None and not held.is_extra:
        judge(annotator, held)
        held = hold(annotator, project).current
    return held


def _n_queries_of_gold(annotator, project) -> int:
    while True:
        with CaptureQueriesContext(connection) as queries:
            lease = hold(annotator, project).current
        if lease.is_extra:
            return len(queries)
        judge(annotator, lease)


class TestRepeats:
    @pytest.fixture
    def project(self):
        project = make_project(overlap=2, repeat_every=EVERY, repeat_after=5)
        make_comparisons(project, 60)
        return project

    def test_a_repeat_is_theirs_from_before_with_the_sides_exchanged(self, project):
        annotator = make_member(project)
        leases = judge_on(annotator, project, 40)
        extra = [(at, lease) for at, lease in enumerate(leases) if lease.is_extra]
        assert len(extra) >= 6
        place = {lease.comparison_id: at for at, lease in enumerate(leases)}
        for at, lease in extra:
            original = lease.comparison.repeat_of
            then = Judgement.objects.get(comparison=original, annotator=annotator)
            assert lease.first_is_left != then.first_was_left
            assert at - place[original.pk] > 5
        repeated = [lease.comparison.repeat_of_id for _at, lease in extra]
        assert len(set(repeated)) == len(repeated)

    def test_nothing_is_repeated_to_a_newcomer(self, project):
        assert not any(one.is_extra for one in judge_on(make_member(project), project, 5))

    def test_nobody_else_is_asked_it_and_it_is_no_work_of_the_project(self, project):
        annotator, other = make_member(project), make_member(project)
        before = progress(project)
        judge_on(annotator, project, 40)
        repeats = set(Comparison.objects.exclude(repeat_of=None).values_list("pk", flat=True))
        for pk in repeats:
            repeat = Comparison.objects.get(pk=pk)
            assert (repeat.wanted, repeat.n_counted, repeat.is_open) == (1, 1, False)
        others = judge_on(other, project, 60)
        of_others = {one.comparison_id for one in others if not one.is_extra}
        assert not of_others & repeats
        after = progress(project)
        assert (after.n_comparisons, after.n_wanted) == (before.n_comparisons, before.n_wanted)

    def test_the_report_tells_how_far_they_say_the_same_again(self, project):
        left, right = make_member(project), make_member(project)
        for annotator, is_steady in ((left, False), (right, True)):
            for _number in range(40):
                lease = hold(annotator, project).current
                on_left = Verdict.FIRST if lease.first_is_left else Verdict.SECOND
                judge(annotator, lease, Verdict.FIRST if is_steady else on_left)
        section = report_of(read_counts(project))["sections"]["all"]["repeats"]
        shares = {
            one["annotator"]: one["percent_agreement"]["value"] for one in section["annotators"]
        }
        assert shares == {left.pseudonym: 0, right.pseudonym: 1}

    def test_taken_back_it_is_open_to_nobody_and_counts_when_judged_again(self, project):
        annotator = make_member(project)
        extra = [lease for lease in judge_on(annotator, project, 30) if lease.is_extra]
        judgement = Judgement.objects.get(lease=extra[0])
        undone = undo_action(
            annotator=annotator, project=project, action_id=judgement.public_id
        ).lease
        repeat = Comparison.objects.get(pk=extra[0].comparison_id)
        assert (repeat.wanted, repeat.n_counted, repeat.is_open) == (0, 0, False)
        assert undone.state == LeaseState.LIVE
        assert judge(annotator, undone).is_counted

    def test_an_export_leaves_them_out_and_says_so(self, project):
        annotator = make_member(project)
        n_extra = sum(lease.is_extra for lease in judge_on(annotator, project, 30))
        selected = Selected(project, ExportOptions())
        rows = list(selected.judgements())
        assert len(rows) == 30 - n_extra
        assert selected.left_out["repeat"] == n_extra

    def test_a_claim_costs_the_same_however_much_they_have_judged(self, project):
        annotator = make_member(project)
        judge_on(annotator, project, 2 * project.repeat_after)  # before that, it looks twice
        costs = []
        while len(costs) < 4:
            with CaptureQueriesContext(connection) as queries:
                lease = hold(annotator, project).current
            if lease.is_extra:
                costs.append(len(queries))
            judge(annotator, lease)
        assert len(set(costs)) == 1


def test_off_nothing_is_asked_of_the_database_for_it():
    project = make_project()
    make_comparisons(project, 3, gold_verdict=Verdict.FIRST)
    make_comparison(project)
    annotator = make_member(project)
    with CaptureQueriesContext(connection) as queries:
        hold(annotator, project)
    assert not any("gold_verdict\" = ''" in query["sql"] for query in queries)
    assert not any("repeat_of" in query["sql"].split(" WHERE ")[-1] for query in queries)
