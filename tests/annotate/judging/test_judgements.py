import uuid

import pytest

from annotate.errors import (
    AlreadyJudged,
    InvalidInput,
    KeyReused,
    LeaseLost,
    MemberPaused,
    NotJudgeable,
    VerdictNotOffered,
)
from annotate.judging.answers import Answer
from annotate.judging.exposures import record_exposure
from annotate.judging.leases import release_expired, release_lease
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.skips import skip_comparison
from annotate.models import Exposure, Judgement, LeaseState, Membership, Preference, Project
from tests.annotate.judging.test_leases import let_expire
from tests.factories import (
    everything_asked,
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    send_judgement,
)

pytestmark = pytest.mark.django_db


def held_by_a_member(**project_fields):
    project = make_project(**project_fields)
    comparison = make_comparison(project)
    annotator = make_member(project)
    return comparison, annotator, hold(annotator, project).current


def test_a_judgement_spends_its_lease_and_is_counted():
    comparison, annotator, lease = held_by_a_member(overlap=1, asks=everything_asked())
    ratings = {"left": 4} if lease.first_is_left else {"right": 4}

    judgement = judge(
        annotator,
        lease,
        "second",
        strength=2,
        criteria={"helpfulness": ratings},
        reasons=["clearer"],
        note="B is shorter",
        edited_text="B, but better",
        seconds=12.5,
    )

    judgement.refresh_from_db()
    assert (judgement.verdict, judgement.strength, judgement.seconds) == ("second", 2, 12.5)
    assert (judgement.criteria, judgement.reasons) == ({"helpfulness": {"first": 4}}, ["clearer"])
    assert (judgement.note, judgement.edited_text) == ("B is shorter", "B, but better")
    assert judgement.first_was_left == lease.first_is_left
    assert judgement.is_counted
    lease.refresh_from_db()
    assert lease.state == LeaseState.SPENT
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased, comparison.n_second) == (1, 0, 1)


def test_the_same_request_sent_twice_has_one_effect_and_one_answer():
    comparison, annotator, lease = held_by_a_member()

    first = send_judgement(annotator, lease, "tie", key="k")
    second = send_judgement(annotator, lease, "tie", key="k")

    assert not first.is_replay
    assert second.is_replay
    assert first.judgement == second.judgement
    comparison.refresh_from_db()
    assert comparison.n_counted == 1


def test_the_same_key_with_another_body_is_refused():
    _comparison, annotator, lease = held_by_a_member(asks=everything_asked())
    judge(annotator, lease, "first", key="k")

    with pytest.raises(KeyReused):
        judge(annotator, lease, "second", key="k")
    with pytest.raises(KeyReused):
        judge(annotator, lease, "first", key="k", note="and a word more")
    assert Judgement.objects.get().verdict == "first"


def test_two_annotators_may_use_the_same_key():
    project = make_project()
    make_comparison(project)
    for annotator in (make_member(project), make_member(project)):
        judge(annotator, hold(annotator, project).current, key="k")

    assert Judgement.objects.filter(key="k").count() == 2


def test_two_tabs_with_two_choices_keep_the_first_one():
    _comparison, annotator, lease = held_by_a_member()
    judge(annotator, lease, "first", key="tab 1")

    with pytest.raises(AlreadyJudged):
        judge(annotator, lease, "second", key="tab 2")
    assert Judgement.objects.get().verdict == "first"


def test_a_lease_of_somebody_else_records_nothing():
    comparison, _annotator, lease = held_by_a_member()

    with pytest.raises(LeaseLost):
        judge(make_member(comparison.project), lease)
    with pytest.raises(LeaseLost):
        judge_and_hold_next(
            annotator=make_member(comparison.project),
            project=comparison.project,
            lease_id=uuid.uuid4(),
            answer=Answer(side="left"),
            key="k",
        )
    assert not Judgement.objects.exists()


def test_a_verdict_that_the_project_does_not_offer_is_refused():
    comparison, annotator, lease = held_by_a_member(asks={"verdicts": ["first", "second"]})

    for verdict in ("tie", "both_bad"):
        with pytest.raises(VerdictNotOffered):
            judge(annotator, lease, verdict)
    with pytest.raises(InvalidInput):
        judge(annotator, lease, "neither")
    comparison.refresh_from_db()
    assert (comparison.n_leased, comparison.n_counted) == (1, 0)


def test_past_its_end_but_not_reclaimed_a_lease_still_has_its_slot():
    comparison, annotator, lease = held_by_a_member(overlap=1)
    let_expire(lease)

    assert judge(annotator, lease).is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased) == (1, 0)


def test_a_late_judgement_counts_where_a_slot_is_free():
    comparison, annotator, lease = held_by_a_member(overlap=1)
    let_expire(lease)
    release_expired()

    assert judge(annotator, lease).is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased) == (1, 0)


def test_a_late_judgement_is_kept_as_surplus_where_none_is_free():
    comparison, late, lease = held_by_a_member(overlap=1)
    let_expire(lease)
    judge_comparison(comparison, "second")

    judgement = judge(late, lease, "first")

    assert not judgement.is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_first, comparison.n_second) == (1, 0, 1)
    assert Preference.objects.get(superseded_at=None).n_first == 0


def test_surplus_takes_the_slot_that_somebody_else_gives_back():
    comparison, late, lease = held_by_a_member(overlap=1)
    let_expire(lease)
    other = make_member(comparison.project)
    others_lease = hold(other, comparison.project).current
    assert not judge(late, lease, "first").is_counted

    release_lease(annotator=other, lease_id=others_lease.public_id)

    assert Judgement.objects.get().is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_first, comparison.is_open) == (1, 1, False)
    assert Preference.objects.get(superseded_at=None).n_first == 1


def test_late_by_an_old_lease_uses_the_slot_of_the_newer_one():
    comparison, annotator, old = held_by_a_member(overlap=1)
    let_expire(old)
    release_expired()
    new = hold(annotator, comparison.project).current
    assert new.comparison_id == old.comparison_id
    assert new != old

    assert judge(annotator, old).is_counted
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.n_leased) == (1, 0)
    with pytest.raises(AlreadyJudged):
        judge(annotator, new)


def test_who_has_seen_the_votes_may_not_judge():
    comparison, annotator, lease = held_by_a_member()
    record_exposure(annotator=annotator, comparison=comparison)

    with pytest.raises(NotJudgeable):
        judge(annotator, lease)
    assert Exposure.objects.count() == 1
    assert not Judgement.objects.exists()


def test_who_has_skipped_may_not_judge_from_another_tab():
    _comparison, annotator, lease = held_by_a_member()
    skip_comparison(annotator=annotator, lease_id=lease.public_id, reason="broken")

    with pytest.raises(NotJudgeable):
        judge(annotator, lease)


def test_work_in_hand_counts_while_the_project_is_paused_but_not_of_a_paused_member():
    project = make_project()
    make_comparisons(project, 2)
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)
    Project.objects.update(is_paused=True)
    assert judge(annotator, held.current).is_counted

    Membership.objects.update(is_active=False)
    with pytest.raises(MemberPaused):
        judge(annotator, held.ahead)


def test_the_guidelines_version_at_the_time_is_kept():
    _comparison, annotator, lease = held_by_a_member(guidelines_version=4)

    assert judge(annotator, lease).guidelines_version == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("note", "a\0b"),
        ("note", "half \ud83d of a smile"),
        ("note", "x" * 10_001),
        ("note", 5),
        ("edited_text", "\0"),
        ("reasons", ["fine", "\udfff"]),
        ("reasons", "clearer"),
        ("criteria", {"a\0": 1}),
        ("criteria", {"a": float("nan")}),
        ("criteria", {"a": {1, 2}}),
        ("criteria", {str(n): n for n in range(51)}),
        ("strength", 4),
        ("strength", -1),
        ("strength", True),
        ("strength", 1.5),
        ("seconds", float("nan")),
        ("seconds", float("inf")),
        ("seconds", -0.1),
        ("key", ""),
        ("key", "k" * 65),
        ("key", "\0"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name_and_nothing_changes(field, value):
    comparison, annotator, lease = held_by_a_member(asks=everything_asked())

    with pytest.raises(InvalidInput) as refused:
        judge(annotator, lease, **{field: value})

    assert refused.value.field == field
    comparison.refresh_from_db()
    assert (comparison.n_leased, comparison.n_counted) == (1, 0)
