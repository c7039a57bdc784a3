"""Comparisons taken along: as many as the project allows, for longer, and never hoarded."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.errors import InvalidInput, MemberPaused, NotAMember, OfflineNotOffered, ProjectPaused
from annotate.judging.leases import release_expired, release_leases_of, renew_leases
from annotate.judging.offline import give_back, protocol_along, take_along, taken_along
from annotate.judging.protocols.versions import add_version
from annotate.models import Comparison, Lease, LeaseState, Membership, Project
from annotate.models.protocol import usual_declaration
from annotate.projects.progress import progress
from annotate.projects.projects import change_project
from annotate.projects.waiting import has_work
from tests.factories import hold, judge, make_comparisons, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = make_project(overlap=1, offline_pairs=10, offline_hours=48)
    make_comparisons(project, 25)
    return project


@pytest.fixture
def annotator(project):
    return make_member(project)


def take(annotator, project) -> list[Lease]:
    return take_along(annotator=annotator, project=project)


def test_a_batch_is_held_for_as_long_as_the_project_says_and_shown_on_no_page(project, annotator):
    taken = take(annotator, project)

    assert len({lease.comparison_id for lease in taken}) == 10
    ends = Lease.objects.filter(is_offline=True).values_list("expires_at", flat=True)
    in_two_days = timezone.now() + timedelta(hours=48)
    assert all(abs((end - in_two_days).total_seconds()) < 60 for end in ends)
    assert Comparison.objects.filter(n_leased=1).count() == 10
    shown = hold(annotator, project, ahead=True)
    assert not {shown.current.comparison_id, shown.ahead.comparison_id} & {
        lease.comparison_id for lease in taken
    }
    assert {lease.pk for lease in taken_along(annotator, project)} == {one.pk for one in taken}
    assert progress(project).n_taken_along == 10


def test_taken_twice_it_is_the_same_batch_and_what_was_judged_is_made_up_for(project, annotator):
    taken = take(annotator, project)
    assert [lease.pk for lease in take(annotator, project)] == [lease.pk for lease in taken]
    judged = [judge(annotator, lease) for lease in taken[:3]]
    assert all(judgement.is_counted for judgement in judged)
    again = take(annotator, project)
    assert [lease.pk for lease in again[:7]] == [lease.pk for lease in taken[3:]]
    assert len(again) == 10


def test_nobody_hoards_and_the_rest_is_for_others(project, annotator):
    other = make_member(project)
    both = [*take(annotator, project), *take(other, project)]
    assert len({lease.comparison_id for lease in both}) == 20
    third = take(make_member(project), project)
    assert len(third) == 5  # all that is left
    assert take(make_member(project), project) == []


def test_sides_are_balanced_in_every_eight(project, annotator):
    assert sum(lease.first_is_left for lease in take(annotator, project)[:8]) == 4


def test_a_renewal_on_the_judging_page_leaves_the_batch_as_it_is(project, annotator):
    take(annotator, project)
    hold(annotator, project)
    before = list(Lease.objects.filter(is_offline=True).values_list("pk", "expires_at"))
    assert renew_leases(annotator=annotator, project=project) == 1
    assert list(Lease.objects.filter(is_offline=True).values_list("pk", "expires_at")) == before


def test_what_is_past_its_end_is_free_for_others_and_still_taken_as_late(project, annotator):
    taken = take(annotator, project)
    Lease.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert release_expired() == 10
    assert not Comparison.objects.filter(n_leased__gt=0).exists()
    other = make_member(project)
    for lease in take(other, project):
        judge(other, lease)
    late = [judge(annotator, lease) for lease in taken]
    lost = {lease.comparison_id for lease in taken} & set(
        Comparison.objects.filter(judgements__annotator=other).values_list("pk", flat=True)
    )
    assert [one.is_counted for one in late] == [one.comparison_id not in lost for one in late]
    assert Comparison.objects.filter(n_counted__gt=1).count() == 0


def test_ones_own_batch_past_its_end_is_taken_anew(project, annotator):
    take(annotator, project)
    Lease.objects.update(expires_at=Now() - timedelta(seconds=1))
    again = take(annotator, project)
    assert len(again) == 10
    assert all(lease.expires_at > timezone.now() for lease in again)
    assert Lease.objects.filter(state=LeaseState.EXPIRED).count() == 10


def test_it_is_given_back_by_hand_and_by_a_pause(project, annotator):
    judge(annotator, take(annotator, project)[0])
    assert give_back(annotator=annotator, project=project) == 9
    assert give_back(annotator=annotator, project=project) == 0
    assert not Comparison.objects.filter(n_leased__gt=0).exists()
    take(annotator, project)
    assert release_leases_of(annotator=annotator, project=project) == 10


def test_while_it_was_shown_under_an_earlier_protocol_nothing_is_added(project, annotator):
    taken = take(annotator, project)
    first = project.current_protocol
    judge(annotator, taken[0])
    add_version(project, {**usual_declaration(), "note": {}})
    assert len(take(annotator, project)) == 9
    assert protocol_along(annotator, project) == first
    give_back(annotator=annotator, project=project)
    assert protocol_along(annotator, project).version == 2
    assert {lease.protocol_id for lease in take(annotator, project)} == {project.protocol_id}


def test_a_judgement_notes_the_guidelines_that_went_along(project, annotator):
    taken = take(annotator, project)
    change_project(project=project, changed_by=None, guidelines="Read twice.")
    assert judge(annotator, taken[0]).guidelines_version == 1
    assert judge(annotator, hold(annotator, project).current).guidelines_version == 2


def test_it_is_off_until_a_lead_allows_it_and_refused_as_judging_is(project, annotator):
    Project.objects.update(offline_pairs=0)
    with pytest.raises(OfflineNotOffered):
        take(annotator, project)
    Project.objects.update(offline_pairs=10, is_paused=True)
    with pytest.raises(ProjectPaused):
        take(annotator, project)
    Membership.objects.update(is_active=False)
    with pytest.raises(MemberPaused):
        take(annotator, project)
    with pytest.raises(NotAMember):
        take(make_member(make_project()), project)
    assert not Lease.objects.exists()
    assert make_project().offline_pairs == 0


@pytest.mark.parametrize(("field", "value"), [("offline_pairs", 9), ("offline_pairs", 51)])
def test_a_batch_has_ten_to_fifty(project, field, value):
    with pytest.raises(InvalidInput) as refused:
        change_project(project=project, changed_by=None, **{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.update(**{field: value})


def test_a_large_batch_takes_as_few_queries_as_a_small_one(annotator, project):
    make_comparisons(project, 60)

    def queries_of(n: int) -> int:
        give_back(annotator=annotator, project=project)
        Project.objects.update(offline_pairs=n)
        with CaptureQueriesContext(connection) as captured:
            assert len(take(annotator, project)) == n
        return len(captured)

    queries_of(10)
    assert queries_of(50) == queries_of(10) <= 16


def test_what_is_held_on_a_device_is_no_work_for_the_page(project, annotator):
    Comparison.objects.exclude(pk__in=Comparison.objects.order_by("pk")[:10]).delete()
    take(annotator, project)
    membership = Membership.objects.get(annotator=annotator)
    assert hold(annotator, project).current is None
    assert not has_work(project, membership)
