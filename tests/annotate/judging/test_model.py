"""Random sequences of all that people can do while judging, against rules that always hold."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from annotate.comparisons.resolution_rule import winning_verdict
from annotate.errors import AccordError
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.leases import release_expired, release_lease, renew_leases
from annotate.judging.priorities import set_priorities, set_wanted
from annotate.judging.skips import skip_comparison
from annotate.judging.undo import undo_action
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import (
    Comparison,
    ComparisonState,
    Judgement,
    Lease,
    LeaseState,
    Preference,
    Project,
    Verdict,
)
from tests.factories import hold, make_comparison, make_member, make_project, send_judgement

N_PEOPLE = 4
N_COMPARISONS = 3
people = st.integers(0, N_PEOPLE - 1)
numbers = st.integers(0, 1000)  # picks a row, by remainder
verdicts = st.sampled_from(Verdict.values)


class Judging(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.n_keys = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(overlap=st.integers(1, 3), min_judgements=st.integers(1, 2))
    def a_project(self, overlap, min_judgements):
        self.project = make_project(overlap=overlap, min_judgements=min_judgements)
        self.people = [make_member(self.project) for _n in range(N_PEOPLE)]
        for _n in range(N_COMPARISONS):
            make_comparison(self.project)

    @rule(who=people, ahead=st.booleans())
    def claim(self, who, ahead):
        annotator = self.people[who]
        before = set(self.live_leases(annotator).values_list("pk", "first_is_left"))
        held = hold(annotator, self.project, ahead=ahead)
        after = set(self.live_leases(annotator).values_list("pk", "first_is_left"))
        assert before <= after, "a claim dropped what was held, or turned its sides"
        if held.current is None:
            assert not self.open_to(annotator), "somebody was told that nothing is left"

    @rule(who=people, which=numbers, verdict=verdicts, is_twice=st.booleans())
    def judge_by_any_lease_they_ever_had(self, who, which, verdict, is_twice):
        lease = self.pick(Lease.objects.filter(annotator=self.people[who]), which)
        if lease is None:
            return
        self.n_keys += 1
        request = {
            "annotator": self.people[who],
            "lease": lease,
            "verdict": verdict,
            "key": str(self.n_keys),
        }
        judgement = self.attempt(send_judgement, **request)
        if is_twice and judgement is not None:
            again = send_judgement(**request)
            assert again.is_replay
            assert again.judgement == judgement.judgement

    @rule(who=people, which=numbers)
    def undo_any(self, who, which):
        judgement = self.pick(Judgement.objects.filter(annotator=self.people[who]), which)
        if judgement is not None:
            lease = self.attempt(
                withdraw_judgement,
                annotator=self.people[who],
                judgement_id=judgement.public_id,
            )
            if lease is not None and lease.comparison_id == judgement.comparison_id:
                assert lease.first_is_left == judgement.first_was_left

    @rule(who=people)
    def undo_latest(self, who):
        self.attempt(undo_action, annotator=self.people[who], project=self.project)

    @rule(who=people, which=numbers)
    def skip(self, who, which):
        lease = self.pick(Lease.objects.filter(annotator=self.people[who]), which)
        if lease is not None:
            self.attempt(
                skip_comparison,
                annotator=self.people[who],
                lease_id=lease.public_id,
                reason="unclear",
            )

    @rule(who=people, which=numbers)
    def release(self, who, which):
        lease = self.pick(Lease.objects.filter(annotator=self.people[who]), which)
        if lease is not None:
            release_lease(annotator=self.people[who], lease_id=lease.public_id)

    @rule(who=people)
    def renew(self, who):
        renew_leases(annotator=self.people[who], project=self.project)

    @rule(which=numbers)
    def time_passes_for_a_lease(self, which):
        lease = self.pick(Lease.objects.filter(state=LeaseState.LIVE), which)
        if lease is not None:
            Lease.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(minutes=1))

    @rule()
    def sweep(self):
        release_expired()

    @rule(who=people, which=numbers)
    def see_the_votes(self, who, which):
        if which % 4 == 0:  # else everybody would soon have seen everything
            record_exposure(annotator=self.people[who], comparison=self.any_comparison(which))

    @rule(who=people, which=numbers, verdict=verdicts)
    def adjudicate(self, who, which, verdict):
        if which % 4 == 0:
            adjudicate(
                reviewer=self.people[who],
                comparison_id=self.any_comparison(which).public_id,
                verdict=verdict,
            )

    @rule(wanted=st.integers(1, 4), which=st.none() | numbers)
    def want_another_number(self, wanted, which):
        if which is None:
            set_wanted(project=self.project, wanted=wanted)
        else:
            set_wanted(comparison=self.any_comparison(which), wanted=wanted)

    @rule(which=numbers, priority=st.integers(-2, 2))
    def prefer(self, which, priority):
        comparison = self.any_comparison(which)
        set_priorities(project=self.project, priorities={comparison.public_id: priority})

    @rule()
    def publish_another(self):
        if self.project.comparisons.count() < 2 * N_COMPARISONS:
            make_comparison(self.project)
            Project.objects.filter(pk=self.project.pk).update(queue_epoch=F("queue_epoch") + 1)

    @invariant()
    def counters_are_what_the_rows_say(self):
        for comparison in self.comparisons():
            live = list(comparison.judgements.filter(withdrawn_at=None))
            counted = Counter(one.verdict for one in live if one.is_counted)
            leases = comparison.leases.filter(state=LeaseState.LIVE)
            assert comparison.n_leased == leases.count()
            assert comparison.n_skips == comparison.skips.filter(taken_back_at=None).count()
            assert {verdict: counted[verdict] for verdict in Verdict.values} == {
                "first": comparison.n_first,
                "second": comparison.n_second,
                "tie": comparison.n_tie,
                "both_bad": comparison.n_both_bad,
            }
            assert comparison.n_counted == counted.total()

    @invariant()
    def taken_is_within_wanted_and_no_slot_is_free_beside_surplus(self):
        for comparison in self.comparisons():
            taken = comparison.n_counted + comparison.n_leased
            assert taken <= comparison.wanted
            surplus = comparison.judgements.filter(withdrawn_at=None, is_counted=False)
            assert taken == comparison.wanted or not surplus.exists()

    @invariant()
    def nobody_holds_more_than_two_or_has_two_live_judgements(self):
        for annotator in getattr(self, "people", ()):
            assert self.live_leases(annotator).count() <= 2
            judged = Judgement.objects.filter(annotator=annotator, withdrawn_at=None)
            ids = list(judged.values_list("comparison_id", flat=True))
            assert len(ids) == len(set(ids))
            assert not self.live_leases(annotator).filter(comparison__in=ids).exists()

    @invariant()
    def the_preference_is_what_the_judgements_amount_to(self):
        for comparison in self.comparisons():
            preference = Preference.objects.filter(
                comparison=comparison, superseded_at=None
            ).first()
            ruling = comparison.adjudications.filter(superseded_at=None).first()
            winner = ruling.verdict if ruling else winning_verdict(comparison, self.project)
            if comparison.state in (ComparisonState.OPEN, ComparisonState.ADJUDICATION):
                is_full = comparison.n_counted >= comparison.wanted
                is_disputed = comparison.n_skips >= 3 or (is_full and winner is None)
                assert is_disputed == (comparison.state == ComparisonState.ADJUDICATION)
            assert (preference is None) == (winner is None)
            if preference is None:
                continue
            expected = winner if winner in ("tie", "both_bad") else "preference"
            assert preference.outcome == expected
            is_second = winner == Verdict.SECOND
            assert preference.chosen_id == (
                comparison.second_id if is_second else comparison.first_id
            )
            counted = comparison.judgements.filter(withdrawn_at=None, is_counted=True)
            assert set(preference.judgements.all()) == set(counted)

    def comparisons(self):
        return Comparison.objects.filter(project=getattr(self, "project", None))

    def any_comparison(self, which):
        return self.pick(self.comparisons(), which)

    def live_leases(self, annotator):
        return Lease.objects.filter(annotator=annotator, state=LeaseState.LIVE)

    def open_to(self, annotator):
        """By the plain definition, without a cursor."""
        return [
            comparison
            for comparison in self.comparisons().filter(state=ComparisonState.OPEN)
            if comparison.n_counted + comparison.n_leased < comparison.wanted
            and not comparison.judgements.filter(annotator=annotator, withdrawn_at=None).exists()
            and not comparison.skips.filter(annotator=annotator, taken_back_at=None).exists()
            and not comparison.exposures.filter(annotator=annotator).exists()
        ]

    @staticmethod
    def pick(rows, which):
        rows = list(rows.order_by("pk"))
        return rows[which % len(rows)] if rows else None

    @staticmethod
    def attempt(service, **arguments):
        try:
            return service(**arguments)
        except AccordError:
            return None  # refused in words; the invariants say whether anything was left behind


@pytest.mark.django_db
def test_judging_keeps_its_promises_whatever_people_do():
    run_state_machine_as_test(
        Judging,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
