import pytest

from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.changing import (
    BULK_CHANGES,
    ChangeIsOver,
    NotUndoable,
    ask_for_change,
    cancel_change,
    run_bulk_change,
    undo_change,
)
from annotate.bulk_changes.chosen_comparisons import Selection
from annotate.bulk_changes.previewing import preview
from annotate.errors import InvalidInput
from annotate.judging.adjudication import adjudicate
from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import wanted_comparisons
from annotate.listing.search_index import index_comparisons
from annotate.models import (
    AuditEvent,
    BulkChange,
    BulkChangeRow,
    Comparison,
    ComparisonState,
    Lease,
    LeaseState,
    Role,
    WorkState,
)
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_set,
    make_user,
)

pytestmark = pytest.mark.django_db
ALL = Selection(query="")


@pytest.fixture
def project():
    return make_project(overlap=2)


@pytest.fixture
def lead(project):
    return make_member(project, user=make_user(), role=Role.LEAD)


def of(*comparisons):
    return Selection(ids=[one.public_id for one in comparisons])


def do(project, action, value="", selection=ALL, lead=None):
    change = ask_for_change(
        project=project, action=action, value=value, selection=selection, asked_by=lead
    )
    run_bulk_change(bulk_change_id=change.pk)
    change.refresh_from_db()
    assert change.state == WorkState.SUCCEEDED, change.reason
    return change


def undo(change):
    undoing = undo_change(change=change, undone_by=None)
    run_bulk_change(bulk_change_id=undoing.pk)
    undoing.refresh_from_db()
    return undoing


def rows(*fields):
    return list(Comparison.objects.order_by("pk").values_list(*fields, flat=len(fields) == 1))


def test_priority_of_those_ticked_is_set_and_undone_where_nobody_changed_it_since(project):
    one, other, _third = make_comparisons(project, 3)
    change = do(project, "priority", "-5", of(one, other))
    assert rows("priority") == [-5, -5, 0]
    assert (change.n_done, change.n_changed) == (2, 2)
    Comparison.objects.filter(pk=other.pk).update(priority=9)
    assert undo(change).n_changed == 1
    assert rows("priority") == [0, 9, 0]


def test_all_that_match_are_those_that_were_there_when_it_was_asked(project):
    make_comparisons(project, 2)
    make_comparison(project, state=ComparisonState.ARCHIVED)
    change = ask_for_change(
        project=project,
        action="priority",
        value="3",
        selection=Selection(query="state=open"),
        asked_by=None,
    )
    make_comparison(project)
    run_bulk_change(bulk_change_id=change.pk)
    assert rows("priority") == [3, 3, 0, 0]


def test_overlap_keeps_what_is_over_as_surplus_and_brings_it_back(project):
    judged = make_comparison(project, wanted=2)
    judge_comparison(judged, "first", "first")
    change = do(project, "overlap", "1")
    assert rows("wanted", "n_counted") == [(1, 1)]
    undo(change)
    assert rows("wanted", "n_counted") == [(2, 2)]


def test_what_is_archived_is_taken_from_whoever_holds_it_and_comes_back_as_it_was(project):
    open_one, ruled, held = make_comparisons(project, 3)
    adjudicate(
        reviewer=make_member(project, role=Role.REVIEWER),
        comparison_id=ruled.public_id,
        verdict="tie",
    )
    lease = hold(make_member(project), project).current
    change = do(project, "archive")
    assert set(rows("state")) == {"archived"}
    assert set(rows("n_leased")) == {0}
    assert Lease.objects.get(pk=lease.pk).state == LeaseState.RELEASED
    assert hold(make_member(project), project).current is None
    assert undo(change).n_changed == 3
    assert rows("state") == ["open", "adjudicated", "open"]
    assert hold(make_member(project), project).current is not None
    del open_one, held


def test_restoring_is_undone_by_archiving_again(project):
    make_comparison(project, state=ComparisonState.ARCHIVED)
    change = do(project, "restore")
    assert rows("state") == ["open"]
    undo(change)
    assert rows("state") == ["archived"]


def test_a_set_is_archived_and_restored_as_a_whole(project):
    made = make_set(project)
    one = made.comparisons.order_by("pk").last()
    change = do(project, "archive", selection=of(one))
    assert set(rows("state")) == {"archived"}
    assert change.n_changed == 3
    undo(change)
    assert set(rows("state")) == {"open"}


def test_tags_are_given_taken_and_found(project):
    one, other = make_comparisons(project, 2)
    one.prompt.tags = ["old"]
    one.prompt.save()
    index_comparisons()
    change = do(project, "tag", "  hard   one ")
    assert [c.prompt.tags for c in Comparison.objects.order_by("pk")] == [
        ["old", "hard one"],
        ["hard one"],
    ]
    assert set(wanted_comparisons(project, Wanted({"tag": "hard one"}))) == {one, other}
    undo(change)
    assert [c.prompt.tags for c in Comparison.objects.order_by("pk")] == [["old"], []]
    do(project, "untag", "old")
    assert not wanted_comparisons(project, Wanted({"tag": "old"})).exists()


def test_what_is_sent_to_a_ruling_stays_there_whatever_is_judged_and_comes_back(project):
    unanimous = make_comparison(project, wanted=2)
    judge_comparison(unanimous, "first", "first")
    change = do(project, "ruling")
    assert rows("state") == ["adjudication"]
    assert unanimous.preferences.filter(superseded_at=None).count() == 1
    do(project, "overlap", "3")  # resolves afresh
    assert rows("state") == ["adjudication"]
    undo(change)
    assert rows("state", "awaits_ruling") == [("open", False)]


def test_a_set_that_is_still_ranked_is_sent_to_no_ruling(project):
    make_set(project)
    assert do(project, "ruling").n_changed == 0


@pytest.mark.parametrize(
    ("action", "value", "says"),
    [
        ("priority", "1.5", "“1.5” is not a whole number"),
        ("priority", "9999999", "“9999999” is not a whole number"),
        ("overlap", "0", "“0” is not a whole number from 1 to 50"),
        ("overlap", "", "“” is not a whole number"),
        ("tag", "  ", "is no tag"),
        ("tag", "x" * 101, "is no tag"),
        ("archive", "7", "“7” is one"),
    ],
)
def test_values_are_refused_by_name_and_value(project, action, value, says):
    with pytest.raises(InvalidInput, match=says) as refused:
        ask_for_change(project=project, action=action, value=value, selection=ALL, asked_by=None)
    assert refused.value.field == "value"
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    "query", ["state=staged", "project__slug=x", "q=", "length_to=-1", "q=%00"]
)
def test_selections_are_refused(project, query):
    with pytest.raises(InvalidInput):
        ask_for_change(
            project=project,
            action="archive",
            value="",
            selection=Selection(query=query),
            asked_by=None,
        )


def test_nothing_of_another_project_is_changed(project):
    elsewhere = make_comparison(make_project())
    assert do(project, "archive", selection=of(elsewhere)).n_done == 0
    assert rows("state") == ["open"]


def test_it_goes_on_where_a_worker_was_killed(project, monkeypatch):
    monkeypatch.setattr("annotate.bulk_changes.changing.BATCH", 1)
    make_comparisons(project, 3)
    change = ask_for_change(
        project=project, action="priority", value="1", selection=ALL, asked_by=None
    )
    from annotate.bulk_changes import changing

    done = changing._do_batch
    calls = []

    def killed_at_the_second(row, ids):
        calls.append(ids)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done(row, ids)

    monkeypatch.setattr(changing, "_do_batch", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run_bulk_change(bulk_change_id=change.pk)
    assert rows("priority") == [1, 0, 0]
    run_bulk_change(bulk_change_id=change.pk)
    assert rows("priority") == [1, 0, 0]  # its heartbeat is fresh: somebody has it
    BulkChange.objects.update(heartbeat_at="2026-01-01T00:00Z")
    run_bulk_change(bulk_change_id=change.pk)
    change.refresh_from_db()
    assert rows("priority") == [1, 1, 1]
    assert (change.state, change.n_done, change.n_changed) == (WorkState.SUCCEEDED, 3, 3)
    assert BulkChangeRow.objects.count() == 3


def test_a_worker_that_lost_its_claim_changes_nothing_more(project, monkeypatch):
    make_comparisons(project, 1)
    change = ask_for_change(
        project=project, action="priority", value="1", selection=ALL, asked_by=None
    )
    from annotate.bulk_changes import changing

    done = changing._do_batch

    def robbed(row, ids):
        BulkChange.objects.filter(pk=row.pk).update(token=None)
        return done(row, ids)

    monkeypatch.setattr(changing, "_do_batch", robbed)
    run_bulk_change(bulk_change_id=change.pk)
    assert rows("priority") == [0]
    assert not BulkChangeRow.objects.exists()


def test_it_is_stopped_between_two_batches_and_what_was_changed_can_be_undone(project, monkeypatch):
    monkeypatch.setattr("annotate.bulk_changes.changing.BATCH", 1)
    make_comparisons(project, 3)
    change = ask_for_change(
        project=project, action="priority", value="1", selection=ALL, asked_by=None
    )
    from annotate.bulk_changes import changing

    done = changing._do_batch

    def and_stop(row, ids):
        cancel_change(change=row, cancelled_by=None)
        return done(row, ids)

    monkeypatch.setattr(changing, "_do_batch", and_stop)
    run_bulk_change(bulk_change_id=change.pk)
    change.refresh_from_db()
    assert (change.n_done, change.was_cancelled) == (1, True)
    with pytest.raises(ChangeIsOver):
        cancel_change(change=change, cancelled_by=None)
    undo(change)
    assert rows("priority") == [0, 0, 0]
    with pytest.raises(NotUndoable):
        undo_change(change=change, undone_by=None)


def test_who_asked_and_for_what_is_in_the_audit(project, lead):
    make_comparison(project)
    change = do(project, "archive", lead=lead.annotator if hasattr(lead, "annotator") else lead)
    undo(change)
    asked, undone = AuditEvent.objects.filter(action__startswith="comparisons.").order_by("pk")
    assert (asked.action, asked.target) == (
        "comparisons.change_asked",
        f"bulk_change:{change.public_id}",
    )
    assert asked.after == {"action": "archive", "value": "", "selection": {"query": ""}}
    assert undone.action == "comparisons.change_undone"


def test_what_it_would_do_is_told_and_nothing_is_done(project):
    held, judged = make_comparisons(project, 2)
    judge_comparison(judged, "first", "first")
    hold(make_member(project), project)
    make_comparison(project, state=ComparisonState.ARCHIVED)
    told = preview(project=project, action="archive", value="", selection=ALL)
    assert (told.n_selected, told.n_changing) == (3, 2)
    assert told.told == [
        "1 of them is on somebody's screen, and is taken from them.",
        "1 of them has an outcome, from which new snapshots then learn nothing.",
    ]
    assert "archived" in rows("state")
    assert rows("state").count("archived") == 1
    del held


def test_every_action_says_what_it_does_and_waits_for_a_worker():
    assert all(one.does and one.label for one in ACTIONS.values())
    assert BULK_CHANGES.task == "annotate.tasks.run_bulk_change"
