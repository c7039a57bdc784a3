import gc
import hashlib
import json
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from alignment_core.data.records import digest_of_records, parse_line
from annotate.database.bulk_insert import insert
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Annotator, Judgement, Membership, Preference, Project
from annotate.preferences.records import preference_record
from tests.annotate.imports.importing import imported, json_lines, votes_row
from tests.factories import (
    everything_asked,
    judge_comparison,
    make_admin,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
    make_user,
)
from tests.training.conftest import SALT, freeze, simulate, worded_comparison
from training.artifacts.store import StoredDirectory, artifact_store
from training.checkpoints.registry import register_checkpoint
from training.lineage.used_votes import graph_onwards, used_votes
from training.models import Checkpoint, Installation, Run, Snapshot, SnapshotPair
from training.reports.snapshot_page import snapshot_lines
from training.snapshots import freezing, frozen
from training.snapshots.erasure import mark_erased_pairs
from training.snapshots.freezing import freeze_snapshot
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


def test_what_is_written_while_it_is_frozen_is_not_in_it(judged_project, monkeypatch):
    project = judged_project(4)

    def write_from_elsewhere():
        Membership.objects.filter(project=project).update(cohort="late")
        connection.close()

    def read_and_be_late(preference, **options):
        if not thread.ident:
            thread.start()
            thread.join()
        return preference_record(preference, **options)

    thread = threading.Thread(target=write_from_elsewhere)
    monkeypatch.setattr(frozen, "BATCH", 1)
    monkeypatch.setattr(frozen, "preference_record", read_and_be_late)
    snapshot = freeze(project, eval_share=0)
    cohorts = [json.loads(line)["verdicts_by_cohort"].keys() for line in snapshot_lines(snapshot)]
    assert cohorts == [{""}] * 4
    assert Membership.objects.filter(project=project, cohort="late").count() == 4


def test_memory_does_not_grow_with_the_snapshot(monkeypatch):
    for module in (frozen, freezing):
        monkeypatch.setattr(module, "BATCH", 100)
    held: list[int] = []  # while the rows go in, when everything was read

    def insert_and_measure(model, rows):
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
        return insert(model, rows)

    monkeypatch.setattr(freezing, "insert", insert_and_measure)
    peaks = []
    for n_preferences in (200, 2000):
        project = make_project()
        rows = [votes_row("a", prompt=f"Prompt {number}") for number in range(n_preferences)]
        imported(project, json_lines(*rows), recorded_use="count")
        held.clear()
        tracemalloc.start()
        assert freeze(project, eval_share=0).n_pairs == n_preferences
        tracemalloc.stop()
        peaks.append(max(held))
    assert len(held) == 20
    assert peaks[1] < 1.5 * peaks[0]


# The bytes of version 1 of the format. Snapshots are stored, cited and compared by these digests.
PINNED = "1ce944f01ec3948602d33c4c31a79fcc884c760afeb5eacda76658df28fc83cb"
PINNED_ROWS = "737ae7ea65a36f1308e9aa6cde2f2d7a75f8d1978ed9adece72c8092d9eaac0b"


def test_what_was_frozen_before_has_the_same_digest_for_ever():
    snapshot = freeze_snapshot(
        name="Pinned",
        projects=[project_of_fixed_rows()],
        selection=Selection(
            min_agreement=0.5,
            since=datetime(2026, 1, 1, tzinfo=UTC),
            until=datetime(2026, 2, 1, tzinfo=UTC),
            include_both_bad=True,
            eval_share=0.25,
        ),
        cutoff_at=datetime(2026, 1, 31, 12, 30, 15, 250_000, tzinfo=UTC),
    )
    lines = list(snapshot_lines(snapshot))
    assert len(lines) == snapshot.n_pairs == 12
    assert hashlib.sha256(b"".join(lines)).hexdigest() == PINNED_ROWS
    assert snapshot.digest == PINNED


def project_of_fixed_rows() -> Project:
    """Judged comparisons of which nothing that enters a snapshot is left to chance."""
    Installation.objects.create(pk=1, split_salt=SALT)
    project = make_project(slug="pinned", overlap=3, asks=everything_asked())
    for number in range(12):
        prompt = make_prompt(
            project, text=f"Why is it {number} o’clock?", tags=["time", "钟"], language="en"
        )
        first, second = (
            make_completion(
                prompt,
                text=f"Because {number} “{side}”\n\tit is.",
                public_id=UUID(int=1000 + 2 * number + side),
                origin=("", "model-b")[side],
            )
            for side in range(2)
        )
        comparison = make_comparison(project, prompt=prompt, first=first, second=second)
        verdict = ("first", "second", "tie", "both_bad")[number % 4]
        judgements = [
            judge_comparison(
                comparison, given, strength=number % 3 if given in ("first", "second") else None
            )[0]
            for given in (verdict, "first", verdict)
        ]
        Membership.objects.filter(annotator=judgements[0].annotator).update(cohort="experts")
        Preference.objects.filter(comparison=comparison, superseded_at=None).update(
            public_id=UUID(int=12 - number), resolved_at=datetime(2026, 1, 2 + number, tzinfo=UTC)
        )
    return project


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


def test_simulated_judgements_stay_out_unless_they_are_named(judged_project):
    people, simulated = judged_project(5), judged_project(7)
    simulate(simulated)
    of_people = freeze(people, simulated, eval_share=0)
    assert (of_people.n_pairs, of_people.n_judgements, of_people.n_simulated) == (5, 5, 0)
    everything = freeze(people, simulated, eval_share=0, kinds=("person", "simulated"))
    assert (everything.n_pairs, everything.n_judgements, everything.n_simulated) == (12, 12, 7)
    assert everything.judgements_by_kind == {"person": 5, "simulated": 7}


def test_ties_are_kept_as_ties_and_both_bad_only_if_asked_for():
    project = make_project(overlap=1)
    for verdict in ("first", "first", "tie", "both_bad"):
        judge_comparison(make_comparison(project), verdict)
    assert [freeze(project, eval_share=0).n_pairs, freeze(project, eval_share=0).n_ties] == [3, 1]
    whole = freeze(project, eval_share=0, include_both_bad=True)
    assert (whole.n_pairs, whole.n_ties, whole.n_both_bad) == (4, 1, 1)
    assert freeze(project, eval_share=0, include_ties=False).n_pairs == 2


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
    assert checkpoints_onwards(preference) == [sft, dpo]
    stranger = dpo.run.snapshot.pairs.first().preference
    assert checkpoints_onwards(stranger) == [dpo]


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
        with transaction.atomic():  # as a worker does
            return register_checkpoint(
                run=run, stored=stored, step=1, is_final=True, n_left_out=n_left_out
            )

    learnt = register(tiny_base, 0)
    assert learnt.uses_erased_data
    assert not register(tiny_base, 1).uses_erased_data
    assert register(learnt, 1).uses_erased_data  # what it starts from has learnt of them


def test_what_was_rewarded_by_a_model_that_learnt_of_it_is_marked_and_what_lies_over_it(
    judged_project, tiny_base
):
    snapshot = freeze(judged_project(3), eval_share=0)
    judge = made_from(tiny_base, snapshot)
    rewarded = made_from(tiny_base, freeze(judged_project(2), eval_share=0))
    rewarded.run.reward_models.add(judge)
    adapter = Checkpoint.objects.create(
        kind="base", name="adapter", digest="a", manifest=[], size_bytes=0, lies_over=rewarded
    )
    merging = Run.objects.create(kind="merge", base=adapter)
    merged, brought_back, untouched = (
        Checkpoint.objects.create(
            kind="base", name=digest, digest=digest, manifest=[], size_bytes=0, run=run
        )
        for digest, run in (("m", merging), (judge.digest, None), ("u", None))
    )
    judgement = judgements_behind(snapshot).first()
    withdraw_judgement(annotator=judgement.annotator, judgement_id=judgement.public_id)
    mark_erased_pairs()
    marked = set(Checkpoint.objects.filter(uses_erased_data=True))
    assert marked == {judge, rewarded, adapter, merged, brought_back}
    assert untouched not in marked


def test_there_is_one_salt_for_the_installation(judged_project):
    project = judged_project(3)
    assert freeze(project).split_salt == freeze(project).split_salt
    assert Installation.objects.count() == 1


def judgements_behind(snapshot):
    return Judgement.objects.filter(
        used_in__preference__snapshot_pairs__snapshot=snapshot,
        used_in__preference__snapshot_pairs__edit=None,  # the edits' pairs are of them, too
    )


def checkpoints_onwards(preference):
    comparison, boss = preference.comparison, make_admin(username=f"boss-{preference.pk}")
    graph = graph_onwards(comparison, used_votes(comparison), boss)
    made = [node.row for node in graph.nodes.values() if node.kind == "checkpoint"]
    return sorted(made, key=lambda checkpoint: checkpoint.pk)


def made_from(base, snapshot) -> Checkpoint:
    run = Run.objects.create(
        kind="train", method="sft", snapshot=snapshot, base=base or Checkpoint.objects.first()
    )
    return Checkpoint.objects.create(
        kind="policy", name="trained", digest=str(run.pk), manifest=[], size_bytes=0, run=run
    )
