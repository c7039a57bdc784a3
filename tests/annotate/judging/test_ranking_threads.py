"""Rankings of many people at once: each set is ranked as often as is wanted, and always whole."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from annotate.errors import AccordError, AlreadyJudged
from annotate.judging.leases import lease_next, release_expired
from annotate.judging.priorities import set_wanted
from annotate.judging.skips import skip_comparison
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import CompletionSet, Judgement, Lease, LeaseState, Ranking
from tests.annotate.judging.test_rankings import assert_whole, make_ranked_project
from tests.annotate.judging.test_threads import N_THREADS, assert_counters_are_right, at_once
from tests.factories import hold, make_member, make_set, send_ranking

pytestmark = pytest.mark.django_db(transaction=True)


def assert_all_is_whole():
    for completion_set in CompletionSet.objects.all():
        assert_whole(completion_set)
    assert_counters_are_right()


def test_sixteen_people_rank_every_set_as_often_as_wanted_and_no_more():
    project = make_ranked_project(overlap=3)
    for _number in range(8):
        make_set(project, 4)
    people = [make_member(project) for _n in range(N_THREADS)]

    def work(annotator):
        n_ranked = 0
        while (lease := lease_next(annotator=annotator, project=project).current) is not None:
            send_ranking(annotator, lease, random.choices(range(1, 5), k=4))
            n_ranked += 1
        return n_ranked

    assert sum(at_once(work, people)) == 8 * 3
    assert Ranking.objects.count() == 8 * 3
    assert Judgement.objects.filter(is_counted=True).count() == 8 * 3 * 6
    assert_all_is_whole()


def test_a_crowd_that_skips_undoes_expires_and_changes_overlap_leaves_sets_whole():
    project = make_ranked_project(overlap=2)
    for _number in range(10):
        make_set(project, 3)
    people = [make_member(project) for _n in range(N_THREADS)]

    def work(number):
        chance, annotator = random.Random(number), people[number]
        for _step in range(8):
            held = lease_next(annotator=annotator, project=project, ahead=chance.random() < 0.5)
            if held.current is None:
                return
            with suppress(AccordError):  # refused in words
                act(chance, annotator, held.current)

    at_once(work, range(N_THREADS))
    set_wanted(wanted=2, project=project)
    Lease.objects.filter(state=LeaseState.LIVE).update(expires_at=Now() - timedelta(minutes=1))
    release_expired()
    assert_all_is_whole()


def act(chance, annotator, lease):
    draw = chance.random()
    if draw < 0.1:
        skip_comparison(annotator=annotator, lease_id=lease.public_id, reason="unclear")
    elif draw < 0.2:
        set_wanted(wanted=chance.choice([1, 2, 3]), project=lease.project)
    elif draw < 0.35:
        Lease.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(minutes=1))
        release_expired()
        send_ranking(annotator, lease, [1, 2, 3])
    else:
        ranked = send_ranking(annotator, lease, chance.choices([1, 2, 3], k=3)).judgement
        if chance.random() < 0.3:
            withdraw_judgement(annotator=annotator, judgement_id=ranked.public_id)


def test_two_tabs_with_different_orders_at_once_keep_one():
    project = make_ranked_project(overlap=2)
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    def choose(ranks):
        try:
            return send_ranking(annotator, lease, ranks)
        except AlreadyJudged:
            return None

    answers = at_once(choose, [[1, 2, 3], [3, 2, 1], [1, 1, 1], [2, 1, 3]])

    assert sum(answer is not None for answer in answers) == 1
    assert Ranking.objects.count() == 1
    assert Judgement.objects.count() == 3
    assert_all_is_whole()


def test_the_same_order_sent_many_times_at_once_is_one_ranking():
    project = make_ranked_project(overlap=2)
    make_set(project, 3)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    answers = at_once(
        lambda _n: send_ranking(annotator, lease, [2, 1, 3], key="once"), range(N_THREADS)
    )
    assert sum(not answer.is_replay for answer in answers) == 1
    assert Ranking.objects.count() == 1
    assert_all_is_whole()
