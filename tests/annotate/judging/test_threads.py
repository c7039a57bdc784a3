"""Real threads with real connections: what holds one after the other holds at the same time."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.db.models.functions import Now

from annotate.errors import AccordError, AlreadyJudged
from annotate.judging.answers import Answer
from annotate.judging.leases import lease_next, release_expired, release_lease
from annotate.judging.offline import take_along
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.skips import skip_comparison
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Comparison, Judgement, Lease, LeaseState, Preference, Verdict
from tests.factories import (
    hold,
    judge,
    make_comparisons,
    make_member,
    make_project,
    send_judgement,
)

pytestmark = pytest.mark.django_db(transaction=True)

N_THREADS = 16


def at_once(work, arguments):
    """Call `work` with each argument in a thread of its own, all let go at the same moment."""
    arguments = list(arguments)
    start = threading.Barrier(len(arguments))

    def run(argument):
        try:
            start.wait()
            return work(argument)
        finally:
            connection.close()

    connection.close()  # the main thread needs no connection of the pool meanwhile
    with ThreadPoolExecutor(len(arguments)) as threads:
        return list(threads.map(run, arguments))


def assert_counters_are_right():
    for comparison in Comparison.objects.all():
        live = comparison.judgements.filter(withdrawn_at=None)
        counted = Counter(live.filter(is_counted=True).values_list("verdict", flat=True))
        assert comparison.n_counted == counted.total()
        assert (comparison.n_first, comparison.n_second) == (counted["first"], counted["second"])
        assert comparison.n_leased == comparison.leases.filter(state=LeaseState.LIVE).count()
        assert comparison.n_counted + comparison.n_leased <= comparison.wanted
    twice = (
        Judgement.objects.filter(withdrawn_at=None)
        .values("annotator", "comparison")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert not twice.exists()
    for preference in Preference.objects.filter(superseded_at=None):
        counted = preference.comparison.judgements.filter(withdrawn_at=None, is_counted=True)
        assert set(preference.judgements.all()) == set(counted)


def test_batches_taken_along_at_once_beside_judging_share_out_every_slot_once():
    project = make_project(overlap=2, offline_pairs=10)
    make_comparisons(project, 70)
    takers = [make_member(project) for _n in range(10)]
    people = [make_member(project) for _n in range(6)]

    def work(annotator):
        if annotator in takers:
            twice = [take_along(annotator=annotator, project=project) for _time in range(2)]
            for lease in twice[1][:4]:
                judge(annotator, lease)
            return len(twice[1])
        for _time in range(4):
            judge(annotator, hold(annotator, project).current)
        return 0

    taken = at_once(work, [*takers, *people])
    assert all(n <= 10 for n in taken)
    assert sum(taken) >= 90  # what others held locked at that moment was passed over
    assert Judgement.objects.filter(is_counted=True).count() == 4 * 16
    assert_counters_are_right()


def test_sixteen_people_fill_every_slot_and_none_twice():
    project = make_project(overlap=3)
    make_comparisons(project, 20)
    people = [make_member(project) for _n in range(N_THREADS)]

    def work(annotator):
        n_judged = 0
        is_ahead = random.random() < 0.5
        held = lease_next(annotator=annotator, project=project, ahead=is_ahead)
        while held.current:
            held = judge_and_hold_next(
                annotator=annotator,
                project=project,
                lease_id=held.current.public_id,
                answer=Answer(side=random.choice(["left", "right", "tie"])),
                key=str(n_judged),
                n_next=2 if is_ahead else 1,
            ).held
            n_judged += 1
        return n_judged

    n_judged = at_once(work, people)

    assert sum(n_judged) == 20 * 3
    assert not Judgement.objects.filter(is_counted=False).exists()
    assert Comparison.objects.filter(n_counted=3, n_leased=0).count() == 20
    assert_counters_are_right()


def test_nothing_is_starved_or_over_collected_in_a_crowd_that_does_everything():
    project = make_project(overlap=2)
    make_comparisons(project, 24)
    people = [make_member(project) for _n in range(N_THREADS)]

    def work(number):
        chance, annotator = random.Random(number), people[number]
        for _step in range(15):
            held = lease_next(annotator=annotator, project=project, ahead=chance.random() < 0.5)
            if held.current is None:
                return
            try:
                act(chance, annotator, held.current)
            except AccordError:
                continue  # refused in words

    def act(chance, annotator, lease):
        draw = chance.random()
        if draw < 0.1:
            skip_comparison(annotator=annotator, lease_id=lease.public_id, reason="unclear")
        elif draw < 0.2:
            release_lease(annotator=annotator, lease_id=lease.public_id)
        elif draw < 0.3:
            Lease.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(minutes=1))
            release_expired()
            judge(annotator, lease)
        else:
            judgement = judge(annotator, lease, chance.choice(Verdict.values))
            if chance.random() < 0.2:
                withdraw_judgement(annotator=annotator, judgement_id=judgement.public_id)

    at_once(work, range(N_THREADS))
    Lease.objects.filter(state=LeaseState.LIVE).update(expires_at=Now() - timedelta(minutes=1))
    release_expired()
    assert_counters_are_right()

    # Whoever comes after the crowd finds every slot that is left, and then nothing.
    for _person in range(3):
        annotator = make_member(project)
        while (lease := hold(annotator, project).current) is not None:
            judge(annotator, lease)
    assert not Comparison.objects.filter(is_open=True).exists()
    assert_counters_are_right()


def test_the_same_request_fifty_times_at_once_is_one_judgement():
    project = make_project(overlap=2)
    make_comparisons(project, 2)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    def send(_number):
        return [send_judgement(annotator, lease, "first", key="once") for _again in range(4)]

    answers = [answer for some in at_once(send, range(12)) for answer in some]

    assert {answer.judgement.pk for answer in answers} == {Judgement.objects.get().pk}
    assert sum(not answer.is_replay for answer in answers) == 1
    assert_counters_are_right()


def test_two_tabs_with_different_choices_at_once_keep_one():
    project = make_project(overlap=2)
    make_comparisons(project, 1)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    def choose(verdict):
        try:
            return judge(annotator, lease, verdict)
        except AlreadyJudged:
            return None

    answers = at_once(choose, ["first", "second", "tie", "both_bad"])

    assert sum(answer is not None for answer in answers) == 1
    assert Judgement.objects.count() == 1
    assert_counters_are_right()


def test_tabs_that_ask_at_once_are_given_the_same_two():
    project = make_project(overlap=1)
    make_comparisons(project, 10)
    annotator = make_member(project)

    held = at_once(
        lambda _tab: lease_next(annotator=annotator, project=project, ahead=True), range(8)
    )

    assert len({(one.current.pk, one.ahead.pk) for one in held}) == 1
    assert Lease.objects.count() == 2


def test_the_last_slot_goes_to_one_of_sixteen_and_the_others_learn_of_its_return():
    project = make_project(overlap=1)
    make_comparisons(project, 1)
    people = [make_member(project) for _n in range(N_THREADS)]

    held = at_once(lambda annotator: lease_next(annotator=annotator, project=project), people)

    holders = [(who, one.current) for who, one in zip(people, held, strict=True) if one.current]
    assert len(holders) == 1
    release_lease(annotator=holders[0][0], lease_id=holders[0][1].public_id)
    assert all(release_again(annotator, project) for annotator in people), (
        "somebody was not told that the slot is free again"
    )


def release_again(annotator, project) -> bool:
    lease = hold(annotator, project).current
    if lease is not None:
        release_lease(annotator=annotator, lease_id=lease.public_id)
    return lease is not None
