import pytest

from annotate.errors import AlreadyJudged, InvalidInput, LeaseLost, NothingToUndo, NotJudgeable
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure
from annotate.judging.flags import close_flag, flag_comparison, take_back_flag
from annotate.judging.skips import skip_comparison, take_back_skip
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


def test_a_skip_said_anew_says_what_was_said_last_and_loses_no_note():
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    skip(annotator, lease, note="half of it is cut off")
    skip(annotator, lease, reason="broken")
    assert Skip.objects.values_list("reason", "note").get() == ("broken", "half of it is cut off")


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


def test_a_flag_raised_again_keeps_both_notes_and_what_was_closed_is_raised_anew():
    project = make_project()
    make_comparison(project)
    annotator, reviewer = make_member(project), make_member(project)
    report = {"annotator": annotator, "reason": "private"}
    report["lease_id"] = hold(annotator, project).current.public_id

    for note in ("a name", "and a telephone number", "a name", ""):
        flag = flag_comparison(**report, note=note)
    assert Flag.objects.get().note == "a name\n\nand a telephone number"

    close_flag(flag=flag, closed_by=reviewer)
    anew = flag_comparison(**report, note="still there")
    assert (anew.note, anew.closed_at) == ("still there", None)
    assert flag_comparison(**report, note="still there") == anew  # sent twice
    flag.refresh_from_db()
    assert flag.note == "a name\n\nand a telephone number"


def take_back(annotator, skipped):
    return take_back_skip(annotator=annotator, skip_id=skipped.public_id)


def test_a_skip_taken_back_is_theirs_again_with_the_same_sides():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    skipped = skip(annotator, lease)

    again = take_back(annotator, skipped)

    assert (again.state, again.first_is_left) == (LeaseState.LIVE, lease.first_is_left)
    assert take_back(annotator, skipped) == again  # sent twice
    comparison.refresh_from_db()
    assert (comparison.n_leased, comparison.n_skips) == (1, 0)
    assert hold(make_member(project), project).current is None  # the slot is kept for them
    assert judge(annotator, again).is_counted


def test_what_was_skipped_taken_back_and_skipped_again_counts_once():
    project = make_project()
    comparison = make_comparison(project)
    annotator = make_member(project)
    again = take_back(annotator, skip(annotator, hold(annotator, project).current))
    second = skip(annotator, again, reason="language")
    comparison.refresh_from_db()
    assert comparison.n_skips == 1
    assert second.reason == "language"
    assert hold(annotator, project).current is None


def test_the_third_skip_taken_back_takes_it_from_the_reviewers():
    project = make_project(overlap=5)
    comparison = make_comparison(project)
    for _n in range(3):
        annotator = make_member(project)
        skipped = skip(annotator, hold(annotator, project).current)
    again = take_back(annotator, skipped)
    comparison.refresh_from_db()
    assert (comparison.state, again.state) == (ComparisonState.OPEN, LeaseState.LIVE)


def test_a_skip_taken_back_when_the_slot_is_gone_comes_as_late():
    project = make_project(overlap=1)
    make_comparison(project)
    annotator, other = make_member(project), make_member(project)
    skipped = skip(annotator, hold(annotator, project).current)
    judge(other, hold(other, project).current)
    again = take_back(annotator, skipped)
    assert again.state == LeaseState.RELEASED
    assert take_back(annotator, skipped) == again  # sent twice
    assert not judge(annotator, again).is_counted
    with pytest.raises(NothingToUndo):  # they have done something with it since
        take_back(annotator, skipped)


def test_a_skip_stands_where_it_was_ruled_on_or_the_votes_were_seen():
    project = make_project()
    comparison = make_comparison(project)
    annotator, reader = make_member(project), make_member(project)
    skipped = skip(annotator, hold(annotator, project).current)
    read = skip(reader, hold(reader, project).current)
    record_exposure(annotator=reader, comparison=comparison)
    adjudicate(reviewer=reader, comparison_id=comparison.public_id, verdict="first")
    for one in (skipped, read):
        with pytest.raises(NotJudgeable):
            take_back(one.annotator, one)
    comparison.refresh_from_db()
    assert comparison.n_skips == 2
    assert not Skip.objects.exclude(taken_back_at=None).exists()
    with pytest.raises(NothingToUndo):
        take_back(make_member(project), skipped)


def test_a_flag_can_be_taken_back_until_somebody_has_looked_and_given_again():
    project = make_project()
    make_comparison(project)
    annotator, reviewer = make_member(project), make_member(project)
    report = {"annotator": annotator, "reason": "harmful"}
    report["lease_id"] = hold(annotator, project).current.public_id
    flag = flag_comparison(**report)
    for _n in range(2):
        take_back_flag(annotator=annotator, flag_id=flag.public_id)
    assert not Flag.objects.filter(closed_at=None).exists()
    again = flag_comparison(**report)
    assert again != flag
    close_flag(flag=again, closed_by=reviewer)
    with pytest.raises(NothingToUndo):
        take_back_flag(annotator=annotator, flag_id=again.public_id)
    with pytest.raises(NothingToUndo):
        take_back_flag(annotator=reviewer, flag_id=flag.public_id)
