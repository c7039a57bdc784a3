import pytest

from annotate.errors import AlreadyJudged, InvalidInput, LeaseLost
from annotate.judging.flags import close_flag, flag_comparison
from annotate.judging.skips import skip_comparison
from annotate.models import AuditEvent, ComparisonState, Flag, LeaseState, Preference, Skip
from tests.factories import hold, judge, make_comparison, make_member, make_project

pytestmark = pytest.mark.django_db


def skip(annotator, lease, reason="unclear", **fields):
    return skip_comparison(annotator=annotator, lease_id=lease.public_id, reason=reason, **fields)


def test_a_skip_frees_the_slot_and_hides_the_comparison_from_them_alone():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    annotator, other = make_member(project), make_member(project)
    lease = hold(annotator, project).current

    skip(annotator, lease, note="no idea")

    comparison.refresh_from_db()
    assert (comparison.n_leased, comparison.n_skips, comparison.is_open) == (0, 1, True)
    lease.refresh_from_db()
    assert lease.state == LeaseState.RELEASED
    assert hold(annotator, project).current is None
    assert hold(other, project).current.comparison_id == comparison.pk


def test_a_skip_sent_twice_is_one_skip():
    project = make_project()
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    assert skip(annotator, lease) == skip(annotator, lease, reason="other")
    comparison.refresh_from_db()
    assert comparison.n_skips == 1


def test_three_skips_send_it_to_adjudication():
    project = make_project(overlap=5)
    comparison = make_comparison(project)
    for n_skips in (1, 2, 3):
        annotator = make_member(project)
        skip(annotator, hold(annotator, project).current)
        comparison.refresh_from_db()
        expected = ComparisonState.ADJUDICATION if n_skips == 3 else ComparisonState.OPEN
        assert comparison.state == expected
    assert hold(make_member(project), project).current is None


def test_work_in_hand_counts_although_others_skipped_it_into_adjudication():
    project = make_project(overlap=5)
    comparison = make_comparison(project)
    judging = make_member(project)
    lease = hold(judging, project).current
    for _n in range(3):
        annotator = make_member(project)
        skip(annotator, hold(annotator, project).current)

    assert judge(judging, lease).is_counted
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.ADJUDICATION
    assert Preference.objects.get(superseded_at=None).n_first == 1


def test_what_was_judged_cannot_be_skipped():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    judge(annotator, lease)

    with pytest.raises(AlreadyJudged):
        skip(annotator, lease)
    assert not Skip.objects.exists()


def test_wrong_reasons_and_strangers_are_refused():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    with pytest.raises(InvalidInput) as refused:
        skip(annotator, lease, reason="bored")
    assert (refused.value.field, refused.value.value) == ("reason", "bored")
    with pytest.raises(InvalidInput):
        skip(annotator, lease, note="\0")
    with pytest.raises(LeaseLost):
        skip(make_member(project), lease)
    with pytest.raises(LeaseLost):
        flag_comparison(annotator=make_member(project), lease_id=lease.public_id, reason="harmful")
    with pytest.raises(InvalidInput):
        flag_comparison(annotator=annotator, lease_id=lease.public_id, reason="ugly")


def test_a_flag_is_kept_once_apart_from_the_lease_and_closed_once():
    project = make_project()
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    report = {"annotator": annotator, "lease_id": lease.public_id, "reason": "harmful"}

    flag = flag_comparison(**report, note="threat")
    assert flag_comparison(**report) == flag
    assert judge(annotator, lease).is_counted
    assert flag_comparison(**{**report, "reason": "private"}) != flag

    reviewer = make_member(project)
    assert close_flag(flag=flag, closed_by=reviewer)
    assert not close_flag(flag=flag, closed_by=reviewer)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("flag.closed", reviewer.pseudonym)
    assert Flag.objects.filter(closed_at=None).count() == 1
    assert Flag.objects.filter(comparison=comparison).count() == 2
