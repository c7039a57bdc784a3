"""Leases end: by the clock, by their holder, or by a lead."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from annotate.errors import LeaseLost
from annotate.judging.leases import release_expired, release_lease, release_leases_of, renew_leases
from annotate.models import Comparison, Lease, LeaseState
from tests.factories import (
    hold,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def let_expire(lease: Lease) -> None:
    Lease.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(minutes=1))


def test_an_expired_lease_is_reclaimed_by_the_next_claim_of_somebody_else():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    gone, here = make_member(project), make_member(project)
    lease = hold(gone, project).current
    assert hold(here, project).current is None
    let_expire(lease)

    assert hold(here, project).current.comparison_id == comparison.pk
    lease.refresh_from_db()
    assert lease.state == LeaseState.EXPIRED


def test_who_comes_back_late_keeps_what_nobody_has_reclaimed():
    project = make_project(overlap=1)
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    let_expire(lease)

    again = hold(annotator, project).current

    assert again == lease
    assert Lease.objects.filter(pk=lease.pk, expires_at__gt=Now()).exists()


def test_the_sweeper_expires_only_what_is_past_its_end():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    leases = [hold(make_member(project), project).current for _n in range(3)]
    let_expire(leases[0])
    let_expire(leases[2])

    assert release_expired() == 2
    assert release_expired() == 0
    comparison.refresh_from_db()
    assert comparison.n_leased == 1
    assert Lease.objects.get(state=LeaseState.LIVE) == leases[1]


def test_the_sweeper_takes_no_more_than_its_limit():
    project = make_project(overlap=3)
    make_comparison(project)
    for lease in [hold(make_member(project), project).current for _n in range(3)]:
        let_expire(lease)

    assert release_expired(limit=2) == 2
    assert release_expired(limit=2) == 1


def test_renewal_pushes_back_the_end_of_both_leases():
    project = make_project()
    make_comparisons(project, 2)
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)
    for lease in (held.current, held.ahead):
        let_expire(lease)

    assert renew_leases(annotator=annotator, project=project) == 2
    assert Lease.objects.filter(expires_at__gt=Now()).count() == 2
    assert release_expired() == 0


def test_a_lease_released_twice_frees_its_slot_once():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    release_lease(annotator=annotator, lease_id=lease.public_id)
    release_lease(annotator=annotator, lease_id=lease.public_id)

    comparison.refresh_from_db()
    assert comparison.n_leased == 0
    assert comparison.is_open


def test_only_the_holder_can_release_a_lease():
    project = make_project()
    make_comparison(project)
    lease = hold(make_member(project), project).current

    with pytest.raises(LeaseLost):
        release_lease(annotator=make_member(project), lease_id=lease.public_id)
    lease.refresh_from_db()
    assert lease.state == LeaseState.LIVE


def test_all_that_somebody_holds_can_be_given_back_at_once():
    project = make_project(overlap=1)
    make_comparisons(project, 2)
    annotator = make_member(project)
    hold(annotator, project, ahead=True)

    assert release_leases_of(annotator=annotator, project=project) == 2
    assert Comparison.objects.filter(is_open=True, n_leased=0).count() == 2


def test_leases_end_by_the_databases_clock():
    project = make_project(lease_seconds=600)
    make_comparison(project)
    lease = hold(make_member(project), project).current
    lease.refresh_from_db()

    assert 599 <= (lease.expires_at - lease.claimed_at).total_seconds() <= 600
