"""Edited answers in a snapshot: beside their preference, on its side, traced and erased."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from alignment_core.data.records import parse_line
from annotate.models import Annotator, Judgement, Membership, Preference
from annotate.people.erasure import erase_person
from tests.factories import everything_asked, judge_comparison, make_project, make_user
from tests.training.conftest import freeze, worded_comparison
from tests.training.snapshots.test_freezing import judgements_behind, made_from
from training.artifacts.store import artifact_store
from training.errors import SnapshotRefused
from training.models import Checkpoint, SnapshotPair
from training.reports.snapshot_page import snapshot_lines
from training.snapshots.erasure import mark_erased_pairs
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edited_project(db):
    """Comparisons of which every other one has an edit."""

    def make(n: int = 4):
        project = make_project(overlap=1, asks=everything_asked())
        for number in range(n):
            text = "" if number % 2 else f"The better answer {number}."
            (judgement,) = judge_comparison(
                worded_comparison(project, number), "first", edited_text=text
            )
            Annotator.objects.filter(pk=judgement.annotator_id).update(user=make_user())
        return project

    return make


def test_a_snapshot_holds_the_pairs_of_edits_directly_after_their_preference(edited_project):
    snapshot = freeze(edited_project(), eval_share=0, edits="over_both")
    records = [parse_line(line, row=0) for line in snapshot_lines(snapshot)]
    assert (snapshot.n_pairs, snapshot.n_train, snapshot.n_edits) == (8, 8, 4)
    assert snapshot.n_judgements == 4  # an edit's pairs are made from a judgement counted already
    assert [record.id for record in records] == sorted(record.id for record in records)
    rows = snapshot.pairs.select_related("edit", "preference").order_by("position")
    for row, record in zip(rows, records, strict=True):
        assert record.id.startswith(str(row.preference.public_id))
        assert (row.edit is None) == (record.resolved_by != "edit") == (not row.edit_over)
        if row.edit is not None:
            assert record.chosen == row.edit.edited_text
            chosen, rejected = row.preference.chosen.text, row.preference.rejected.text
            assert record.rejected == {"chosen": chosen, "rejected": rejected}[row.edit_over]
    assert (snapshot.n_train_preferences, snapshot.judgements_by_kind) == (8, {"person": 4})


def test_lineage_leads_from_an_edit_to_its_vote_and_back(edited_project):
    snapshot = freeze(edited_project(2), eval_share=0, edits="over_chosen")
    (pair,) = snapshot.pairs.exclude(edit=None)
    assert set(judgements_behind(snapshot)) == set(Judgement.objects.all())
    assert pair.edit in pair.preference.judgements.all()
    assert list(pair.edit.edit_pairs.all()) == [pair]


def test_asking_for_edits_where_there_are_none_is_the_same_snapshot(judged_project):
    project, cutoff_at = judged_project(6), timezone.now() + timedelta(hours=1)

    def frozen(**selection):
        return freeze_snapshot(
            name="x", projects=[project], selection=Selection(**selection), cutoff_at=cutoff_at
        )

    plain, asked = frozen(), frozen(edits="over_both")
    assert plain.digest == asked.digest
    assert "edits" not in plain.selection
    assert asked.selection["edits"] == "over_both"


def test_what_was_not_asked_for_is_counted_and_stored(edited_project):
    project = edited_project()
    snapshot = freeze(project, eval_share=0)
    assert (snapshot.n_edits, snapshot.edits_left_out) == (0, {"edit_unasked": 2})
    with artifact_store().open(f"snapshots/{snapshot.digest}/manifest.json") as file:
        assert json.load(file)["edits_left_out"] == {"edit_unasked": 2}
    with pytest.raises(SnapshotRefused) as refused:
        Selection(edits="all")
    assert (refused.value.field, refused.value.value) == ("edits", "all")


def test_edits_stay_on_the_side_of_their_prompt(edited_project):
    snapshot = freeze(edited_project(24), eval_share=0.4, edits="over_both")
    sides = set(snapshot.pairs.values_list("preference", "split"))
    assert len(sides) == Preference.objects.count() == 24
    edited = snapshot.pairs.exclude(edit=None)
    assert {side for (side,) in edited.values_list("split")} == {"train", "eval"}


def test_what_is_edited_after_the_cutoff_changes_nothing(edited_project):
    project = edited_project()
    before = freeze(project, eval_share=0, edits="over_both")
    judge_comparison(worded_comparison(project, 99), "first", edited_text="Late.")
    again = freeze_snapshot(
        name="Again",
        projects=[project],
        selection=Selection(eval_share=0, edits="over_both"),
        cutoff_at=before.cutoff_at,
    )
    assert again.digest == before.digest


def test_cohorts_and_kinds_that_leave_a_preference_out_leave_its_edits_out(edited_project):
    project = edited_project(4)
    one, other = Judgement.objects.exclude(edited_text="")
    Membership.objects.filter(annotator=one.annotator).update(cohort="experts")
    experts = freeze(project, eval_share=0, edits="over_both", cohorts=("experts",))
    assert set(experts.pairs.values_list("edit", flat=True)) == {None, one.pk}
    Annotator.objects.filter(pk=other.annotator_id).update(kind="model", user=None)
    people = freeze(project, eval_share=0, edits="over_both")
    assert set(people.pairs.values_list("edit", flat=True)) == {None, one.pk}


def test_a_forgotten_person_s_edits_are_marked_though_their_verdicts_stay(
    edited_project, tiny_base
):
    project = edited_project(4)
    snapshot = freeze(project, eval_share=0, edits="over_both")
    learnt, plain = made_from(tiny_base, snapshot), made_from(tiny_base, freeze(project))
    assert mark_erased_pairs() == 0
    editor = Judgement.objects.exclude(edited_text="").first().annotator
    erase_person(user=editor.user)
    assert mark_erased_pairs() == 2
    assert mark_erased_pairs() == 0
    erased = snapshot.pairs.filter(state=SnapshotPair.State.ERASED)
    assert {pair.edit.annotator for pair in erased.select_related("edit")} == {editor}
    assert set(Checkpoint.objects.filter(uses_erased_data=True)) == {learnt}
    assert plain not in Checkpoint.objects.filter(uses_erased_data=True)
    assert freeze(project, eval_share=0, edits="over_both").n_edits == 2


@pytest.mark.parametrize("values", [{"edit_over": "chosen"}, {"edit": True, "edit_over": ""}])
def test_the_database_keeps_an_edit_and_what_it_is_set_over_together(edited_project, values):
    snapshot = freeze(edited_project(2), eval_share=0)
    if values.get("edit"):
        values = values | {"edit": Judgement.objects.first()}
    with pytest.raises(IntegrityError), transaction.atomic():
        snapshot.pairs.update(**values)


def test_the_database_holds_one_plain_pair_of_a_preference(edited_project):
    snapshot = freeze(edited_project(2), eval_share=0)
    pair = snapshot.pairs.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        SnapshotPair.objects.create(
            snapshot=snapshot, preference=pair.preference, position=99, split="train", digest="x"
        )
