import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from alignment_core.data.records import digest_of_records, parse_line
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Annotator, Judgement
from tests.factories import judge_comparison, make_comparison, make_project, make_user
from tests.training.conftest import freeze, simulate, worded_comparison
from training.artifacts.store import StoredDirectory, artifact_store
from training.checkpoints.registry import register_checkpoint
from training.errors import SnapshotRefused
from training.models import Checkpoint, Installation, Run, Snapshot, SnapshotPair, Split
from training.reports.details import (
    checkpoints_from,
    judgements_behind,
    snapshot_detail,
    snapshot_lines,
)
from training.snapshots.erasure import mark_erased_pairs
from training.snapshots.freezing import freeze_snapshot, split_of
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_selection_at_the_same_instant_has_the_same_digest(judged_project):
    project, cutoff_at = judged_project(12), timezone.now() + timedelta(hours=1)
    frozen = [
        freeze_snapshot(name=name, projects=[project], selection=Selection(), cutoff_at=cutoff_at)
        for name in ("One", "Two")
    ]
    assert frozen[0].digest == frozen[1].digest
    assert frozen[0].file == frozen[1].file


def test_what_came_after_the_cutoff_changes_nothing(judged_project):
    project = judged_project(6)
    before = freeze(project)
    for judgement in Judgement.objects.filter(project=project)[:2]:
        Annotator.objects.filter(pk=judgement.annotator_id).update(user=make_user())
        withdraw_judgement(annotator=judgement.annotator, judgement_id=judgement.public_id)
    judge_comparison(worded_comparison(project, 99), "second")
    again = freeze_snapshot(
        name="Again",
        projects=[project],
        selection=Selection(eval_share=0.2),
        cutoff_at=before.cutoff_at,
    )
    assert again.digest == before.digest
    now = freeze(project)
    assert now.digest != before.digest
    assert now.n_pairs == 5  # six, two withdrawn, one new


def test_the_digest_is_that_of_the_stored_records_and_their_header(judged_project):
    snapshot = freeze(judged_project(5))
    lines = list(snapshot_lines(snapshot))
    with artifact_store().open(f"snapshots/{snapshot.digest}/manifest.json") as file:
        manifest = json.load(file)
    names = ("projects", "selection", "cutoff_at", "rules", "split_salt")
    records = [parse_line(line, row=row) for row, line in enumerate(lines, start=1)]
    header = {name: manifest[name] for name in names}
    assert digest_of_records(records, header=header) == snapshot.digest == manifest["digest"]
    rows = snapshot.pairs.order_by("position").values_list("digest", flat=True)
    assert [hashlib.sha256(line).hexdigest() for line in lines] == list(rows)


def test_a_prompt_stays_on_its_side_in_every_snapshot(judged_project):
    project = judged_project(40)
    first = freeze(project, eval_share=0.3)
    for number in range(50, 60):
        judge_comparison(worded_comparison(project, number), "second")
    second = freeze(project, eval_share=0.3)

    def sides(snapshot: Snapshot) -> dict[int, str]:
        return dict(snapshot.pairs.values_list("preference__comparison__prompt", "split"))

    assert sides(first).items() <= sides(second).items()
    assert set(sides(first).values()) == {"train", "eval"}
    assert first.n_train + first.n_eval == first.n_pairs == 40


def test_the_side_follows_from_the_first_user_turn_and_the_salt_alone():
    prompt = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Bye"},
    ]
    # sha256("salt\nHello") begins with this share of 2^64
    drawn = int(hashlib.sha256(b"salt\nHello").hexdigest()[:16], 16) / 2**64
    assert split_of(prompt, salt="salt", eval_share=drawn + 1e-9) is Split.EVAL
    assert split_of(prompt, salt="salt", eval_share=drawn - 1e-9) is Split.TRAIN
    assert split_of(prompt[1:2], salt="salt", eval_share=drawn + 1e-9) is Split.EVAL


def test_simulated_judgements_stay_out_unless_they_are_named(judged_project):
    people, simulated = judged_project(5), judged_project(7)
    simulate(simulated)
    assert freeze(people, simulated, eval_share=0).n_pairs == 5
    everything = freeze(people, simulated, eval_share=0, kinds=("person", "simulated"))
    assert (everything.n_pairs, everything.n_judgements, everything.n_simulated) == (12, 12, 7)
    assert snapshot_detail(everything).judgements_by_kind == {"person": 5, "simulated": 7}


def test_ties_are_kept_as_ties_and_both_bad_only_if_asked_for():
    project = make_project(overlap=1)
    for verdict in ("first", "first", "tie", "both_bad"):
        judge_comparison(make_comparison(project), verdict)
    assert [freeze(project, eval_share=0).n_pairs, freeze(project, eval_share=0).n_ties] == [3, 1]
    whole = freeze(project, eval_share=0, include_both_bad=True)
    assert (whole.n_pairs, whole.n_ties, whole.n_both_bad) == (4, 1, 1)
    assert freeze(project, eval_share=0, include_ties=False).n_pairs == 2


def test_a_snapshot_without_pairs_is_refused_with_what_was_left_out(judged_project):
    project = judged_project(4)
    simulate(project)
    with pytest.raises(SnapshotRefused, match=r"4 rest on judgements of kinds .*simulated"):
        freeze(project)
    tied = make_project(overlap=1)
    judge_comparison(make_comparison(tied), "tie")
    with pytest.raises(SnapshotRefused, match="1 are ties or “both bad”"):
        freeze(tied)
    empty = make_project()
    make_comparison(empty)
    with pytest.raises(SnapshotRefused, match="1 comparisons have 0 judgements"):
        freeze(empty)
    with pytest.raises(SnapshotRefused, match="held-out side"):
        freeze(judged_project(1), eval_share=0.999999)
    assert not Snapshot.objects.exists()


def test_dates_and_agreement_that_leave_nothing_are_named(judged_project):
    project = judged_project(3)
    with pytest.raises(SnapshotRefused, match="3 lie outside the dates"):
        freeze(project, since=timezone.now() + timedelta(days=1))
    divided = make_project(overlap=3, min_agreement=0.5)
    judge_comparison(make_comparison(divided), "first", "first", "second")
    with pytest.raises(SnapshotRefused, match=r"1 have an agreement below 0\.9"):
        freeze(divided, min_agreement=0.9)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kinds": ["robot"]}, "kinds"),
        ({"min_agreement": 1.5}, "min_agreement"),
        ({"eval_share": 1.0}, "eval_share"),
        ({"since": "not a date"}, "since"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "until"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_selection_names_its_field(values, field):
    with pytest.raises(SnapshotRefused) as refused:
        Selection.from_json(values)
    assert refused.value.field == field


def test_every_pair_leads_back_to_its_judgements_and_forward_to_every_checkpoint(
    judged_project, tiny_base
):
    project = judged_project(4)
    snapshot = freeze(project, eval_share=0)
    assert set(judgements_behind(snapshot)) == set(Judgement.objects.filter(project=project))

    sft, dpo = (made_from(base, snapshot) for base in (tiny_base, None))
    dpo.run.base, dpo.run.snapshot = sft, freeze(judged_project(3), eval_share=0)
    dpo.run.save()
    preference = snapshot.pairs.first().preference
    assert list(checkpoints_from(preference)) == [sft, dpo]
    stranger = dpo.run.snapshot.pairs.first().preference
    assert list(checkpoints_from(stranger)) == [dpo]


def test_erased_verdicts_mark_the_pair_and_all_that_learnt_of_it(judged_project, tiny_base):
    snapshot = freeze(judged_project(4), eval_share=0)
    learnt, later = made_from(tiny_base, snapshot), made_from(tiny_base, snapshot)
    later.run.base = learnt
    later.run.snapshot = freeze(judged_project(2), eval_share=0)
    later.run.save()
    assert mark_erased_pairs() == 0

    judgement = judgements_behind(snapshot).first()  # of a person without an account any more
    withdraw_judgement(annotator=judgement.annotator, judgement_id=judgement.public_id)
    assert mark_erased_pairs() == 1
    assert snapshot.pairs.filter(state=SnapshotPair.State.ERASED).count() == 1
    marked = Checkpoint.objects.filter(uses_erased_data=True)
    assert set(marked) == {learnt, later}
    assert Snapshot.objects.get(pk=snapshot.pk).digest == snapshot.digest


def test_a_checkpoint_is_marked_if_its_run_was_given_rows_that_are_erased_by_now(
    judged_project, tiny_base
):
    snapshot = freeze(judged_project(3), eval_share=0)
    snapshot.pairs.filter(position=0).update(state="erased")

    def register(base, n_left_out: int) -> Checkpoint:
        run = Run.objects.create(kind="train", method="sft", snapshot=snapshot, base=base)
        stored = StoredDirectory(folder="x", digest="x", manifest=[])
        return register_checkpoint(
            run=run, stored=stored, step=1, is_final=True, n_left_out=n_left_out
        )

    learnt = register(tiny_base, 0)
    assert learnt.uses_erased_data
    assert not register(tiny_base, 1).uses_erased_data
    assert register(learnt, 1).uses_erased_data  # what it starts from has learnt of them


def test_there_is_one_salt_for_the_installation(judged_project):
    project = judged_project(3)
    assert freeze(project).split_salt == freeze(project).split_salt
    assert Installation.objects.count() == 1


def made_from(base, snapshot) -> Checkpoint:
    run = Run.objects.create(
        kind="train", method="sft", snapshot=snapshot, base=base or Checkpoint.objects.first()
    )
    return Checkpoint.objects.create(
        kind="policy", name="trained", digest=str(run.pk), manifest=[], size_bytes=0, run=run
    )
