"""Which weights the rules keep, what a preview shows, and what deleting leaves."""

import subprocess
import sys
import time
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from annotate.models import Arena, AuditEvent, Contestant, Project
from tests.factories import make_admin
from tests.stack import ROOT, Stack
from tests.training.automation.rounds import begin, dpo_steps, make_recipe
from training.artifacts.store import artifact_store
from training.automation.recipes import change_steps
from training.checkpoints import dropping, kept
from training.checkpoints.dropping import drop
from training.checkpoints.kept import change_rules, delete_by_itself, delete_now, preview
from training.errors import AliasRefused, RunRefused
from training.execution import leftovers
from training.execution.attempt_directory import model_directory
from training.models import (
    Alias,
    AliasOrigin,
    Checkpoint,
    CheckpointKind,
    Evaluation,
    ModelRole,
    Retention,
    Round,
    RoundStep,
    Run,
    RunState,
    Sweep,
)
from training.promotion.aliases import set_alias
from training.promotion.proposals import propose
from training.runs.claimed import resume_point
from training.runs.queue import queue_evaluation_run, resume_run

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = {"keep_newest": 0, "keep_best": 0}


@pytest.fixture
def trained(queued_run):
    """Makes results of runs that have ended; all but for what they say are copies of one run."""
    first: list[Run] = []

    def a_run() -> Run:
        if not first:
            first.append(queued_run())
            return first[0]
        copy = Run.objects.get(pk=first[0].pk)
        copy.pk, copy.public_id, copy.sweep = None, uuid.uuid4(), None
        copy.base = first[0].base
        copy.save(force_insert=True)
        return copy

    def make(
        name: str, *, days: int = 10, size: int = 100, base=None, ending="succeeded", **fields
    ) -> Checkpoint:
        run = a_run()
        ended_at = Now() - timedelta(days=days)
        Run.objects.filter(pk=run.pk).update(state=ending, finished_at=ended_at)
        if base is not None:
            Run.objects.filter(pk=run.pk).update(base=base)
        folder = f"checkpoints/{name}"
        artifact_store().save(f"{folder}/config.json", ContentFile(b"{}"))
        made = Checkpoint.objects.create(
            run=run,
            name=name,
            digest=name,
            manifest=[{"path": "config.json", "size": 2, "sha256": "0"}],
            size_bytes=size,
            folder=folder,
            **{"kind": CheckpointKind.POLICY, **fields},
        )
        Checkpoint.objects.filter(pk=made.pk).update(created_at=Now() - timedelta(days=days))
        return made

    yield make
    for checkpoint in Checkpoint.objects.filter(is_local=False):
        artifact_store().delete(f"{checkpoint.folder}/config.json")


def named(checkpoint: Checkpoint) -> Checkpoint:
    Alias.objects.create(
        project=Project.objects.order_by("pk").first(),
        role=ModelRole.of(checkpoint),
        name=f"kept-{checkpoint.pk}",
        number=1,
        checkpoint=checkpoint,
        origin=AliasOrigin.HAND,
    )
    return checkpoint


def names_deleted(**rules) -> list[str]:
    return [one.name for one in preview(Retention(**{**NOTHING, **rules})).deleted]


def test_what_no_rule_keeps_is_shown_and_nothing_is_deleted_by_looking(trained, tiny_base):
    first, second = trained("first", days=9), trained("second", days=8)
    found = preview(Retention(**NOTHING))
    assert found.deleted == [first, second]
    assert found.bytes_freed == found.bytes_in_all == 200
    assert not Checkpoint.objects.exclude(dropped_at=None).exists()
    assert tiny_base not in found.deleted  # it was brought along


def test_newest_best_promoted_young_and_wanted_are_kept(trained, queued_run):
    trained("old", days=9)
    promoted = named(trained("promoted", days=8))
    best = trained("best", days=7)
    worse = trained("worse", days=6)
    wanted = trained("wanted", days=5)
    trained("newest", days=4)
    trained("young", days=0)
    for checkpoint, accuracy in ((best, 0.8), (worse, 0.6)):
        Evaluation.objects.create(
            checkpoint=checkpoint,
            snapshot=best.run.snapshot,
            run=checkpoint.run,
            figures={"accuracy": {"value": accuracy}},
        )
    queued_run(base=wanted)
    assert names_deleted(keep_best=1) == ["old", "worse", "newest"]
    assert names_deleted(keep_best=2, keep_newest=2) == ["old"]
    assert promoted.name not in names_deleted()


def test_the_best_are_the_best_of_those_that_are_there(trained):
    gone, best, worse = (trained(name) for name in ("gone", "best", "worse"))
    for checkpoint, accuracy in ((gone, 0.9), (best, 0.8), (worse, 0.6)):
        Evaluation.objects.create(
            checkpoint=checkpoint,
            snapshot=best.run.snapshot,
            run=checkpoint.run,
            figures={"accuracy": {"value": accuracy}},
        )
    Checkpoint.objects.filter(pk=gone.pk).update(dropped_at=Now())
    assert names_deleted(keep_best=1) == ["worse"]


def test_what_a_kept_one_was_trained_from_is_kept_too(trained):
    first = trained("first", days=9)
    second = trained("second", days=8, base=first)
    third = named(trained("third", days=7, base=second))
    assert names_deleted() == []
    third.aliases.all().delete()
    assert names_deleted() == ["first", "second", "third"]


def test_with_a_limit_the_oldest_go_until_the_rest_fits(trained):
    gib = kept.GIB
    for number, days in ((1, 9), (2, 8), (3, 7), (4, 6)):
        trained(f"n{number}", days=days, size=gib)
    assert names_deleted(most_gib=4) == []
    assert names_deleted(most_gib=3) == ["n1"]
    assert names_deleted(most_gib=1) == ["n1", "n2", "n3"]


def test_deleting_leaves_the_row_and_a_sentence_and_takes_only_what_was_seen(trained):
    seen, unseen = trained("seen", days=9), trained("unseen", days=8)
    admin = make_admin()
    change_rules(**NOTHING, most_gib=None, is_automatic=False, changed_by=admin)
    assert delete_now(only={seen.public_id}, by=admin) == 1
    assert not artifact_store().exists(f"{seen.folder}/config.json")
    assert artifact_store().exists(f"{unseen.folder}/config.json")
    seen.refresh_from_db()
    assert seen.dropped_at is not None
    assert AuditEvent.objects.filter(action="checkpoint.drop").count() == 1
    with pytest.raises(RunRefused, match="were deleted on"):
        model_directory(seen)
    with pytest.raises(RunRefused, match="were deleted on"):
        queue_evaluation_run(checkpoint=seen, snapshot=seen.run.snapshot)
    assert delete_now(only={seen.public_id}) == 0


def test_equal_weights_of_another_stay_in_the_store(trained):
    first, second = trained("first", days=9), named(trained("second", days=8))
    Checkpoint.objects.filter(pk=second.pk).update(folder=first.folder)
    change_rules(**NOTHING)
    assert preview(kept.rules()).bytes_freed == 0
    assert delete_now() == 1
    assert artifact_store().exists(f"{first.folder}/config.json")


def test_what_stays_keeps_what_it_was_trained_from_under_a_limit_too(trained):
    gib = kept.GIB
    first = trained("first", days=9, size=gib)
    second = trained("second", days=8, size=gib, base=first)
    trained("third", days=7, size=gib)
    assert names_deleted(most_gib=2) == ["second"]  # it goes before what it was trained from
    assert names_deleted(most_gib=1) == ["first", "second"]
    named(second)
    assert names_deleted(most_gib=1) == ["third"]


def test_equal_weights_count_once_under_a_limit(trained):
    gib = kept.GIB
    first, second = (trained(name, size=gib) for name in ("first", "second"))
    Checkpoint.objects.filter(pk=second.pk).update(folder=first.folder)
    assert names_deleted(most_gib=1) == []


def test_open_arenas_rounds_recipes_and_sweeps_hold_what_they_name(trained, judged_project):
    ground = {name: trained(name) for name in ("meets", "named", "made", "swept", "free")}
    project = Project.objects.order_by("pk").first()
    arena = Arena.objects.create(project=project, name="A", target=10)
    Contestant.objects.create(arena=arena, number=1, name="m", origin=ground["meets"].digest)
    recipe = make_recipe(project, ground["named"])
    begun = begin(make_recipe(project, ground["free"], name="Other"))
    RoundStep.objects.filter(round=begun, number=2).update(run=ground["made"].run)
    sweep = Sweep.objects.create(name="S", method="sft", varied={"beta": [1]})
    Run.objects.filter(pk=ground["swept"].run_id).update(sweep=sweep)
    assert names_deleted() == []
    assert names_deleted(keep_sweeps=False) == ["swept"]
    Arena.objects.update(state="closed", closed_at=Now())
    Round.objects.update(state="cancelled", finished_at=Now())
    assert names_deleted(keep_sweeps=False) == ["meets", "made", "swept"]
    change_steps(recipe_id=recipe.public_id, steps=dpo_steps(ground["swept"], beta=0.1))
    assert names_deleted(keep_sweeps=False) == ["meets", "named", "made"]


def test_a_sweep_that_goes_on_keeps_all_its_results(trained, queued_run):
    swept = trained("swept")
    sweep = Sweep.objects.create(name="S", method="sft", varied={"beta": [1]})
    waiting = queued_run()
    Run.objects.filter(pk__in=[swept.run_id, waiting.pk]).update(sweep=sweep)
    assert names_deleted(keep_sweeps=False) == []


def test_what_a_failed_run_can_go_on_from_stays_for_a_while(trained):
    base = trained("base", days=40)
    old = trained("old", days=20, ending="failed", is_final=False, base=base)
    young = trained("young", days=5, ending="cancelled", is_final=False)
    trained("busy", days=30, ending="queued", is_final=False)
    assert names_deleted(resumable_days=None) == []
    assert names_deleted(resumable_days=14) == ["old"]  # its base is read by it until it is gone
    assert names_deleted(resumable_days=2) == ["old", "young"]
    change_rules(**NOTHING, resumable_days=14)
    assert delete_now() == 1
    assert not Checkpoint.objects.filter(pk=old.pk).exists()
    assert not artifact_store().exists(f"{old.folder}/config.json")
    assert artifact_store().exists(f"{young.folder}/config.json")
    resumed = resume_run(run_id=old.run.public_id)
    assert resume_point(resumed) is None  # from its beginning
    assert names_deleted() == []


def test_a_run_whose_base_was_deleted_cannot_be_resumed(trained):
    base = trained("base", days=40)
    failed = trained("failed", days=20, ending="failed", is_final=False, base=base)
    change_rules(**NOTHING, resumable_days=1)
    assert (delete_now(), delete_now()) == (1, 1)
    with pytest.raises(RunRefused, match="were deleted on"):
        resume_run(run_id=failed.run.public_id)
    assert Run.objects.get(pk=failed.run_id).state == RunState.FAILED


def test_what_came_to_be_needed_since_the_preview_stays(trained, queued_run):
    ties = {
        "named": named,
        "queued": lambda one: queued_run(base=one),
        "trained from": lambda one: trained("child", base=one),
    }
    change_rules(**NOTHING)
    for name, tie in ties.items():
        chosen = trained(name)
        assert chosen in preview(kept.rules()).deleted
        tie(chosen)
        assert not drop(chosen, kept.rules(), by=None)
    failed = trained("failed", days=30, ending="failed", is_final=False)
    resume_run(run_id=failed.run.public_id)
    assert not drop(failed, kept.rules(), by=None)
    assert not Checkpoint.objects.exclude(dropped_at=None).exists()


def test_a_name_cannot_be_given_to_what_was_deleted(trained):
    gone = trained("gone")
    project = Project.objects.order_by("pk").first()
    change_rules(**NOTHING)
    assert delete_now() == 1
    with pytest.raises(AliasRefused, match="were deleted"):
        set_alias(project=project, name="best", checkpoint=gone, seen=0, user=None)
    with pytest.raises(AliasRefused, match="were deleted"):
        propose(project=project, checkpoint=gone)


def test_a_chain_goes_from_its_end(trained, monkeypatch):
    first = trained("first", days=9)
    trained("second", days=8, base=first)
    change_rules(**NOTHING)
    gone: list[str] = []
    monkeypatch.setattr(dropping, "remove_unnamed", lambda folder, _files: gone.append(folder))
    assert delete_now() == 2
    assert gone == ["checkpoints/second", "checkpoints/first"]


def test_files_that_could_not_be_deleted_are_collected_later(trained, monkeypatch):
    one = trained("one")
    change_rules(**NOTHING)
    with monkeypatch.context() as broken:
        broken.setattr(dropping, "remove_directory", fail_with(OSError("read-only")))
        with pytest.raises(OSError, match="read-only"):
            delete_now()
    one.refresh_from_db()
    assert one.dropped_at is not None
    assert artifact_store().exists(f"{one.folder}/config.json")
    monkeypatch.setattr(leftovers, "YOUNG_SECONDS", -1)
    leftovers.drop_unregistered_checkpoints()
    assert not artifact_store().exists(f"{one.folder}/config.json")


def fail_with(error: Exception):
    def fail(*_arguments):
        raise error

    return fail


@pytest.mark.slow
@pytest.mark.any_database
def test_killed_while_it_deletes_every_row_says_what_is_there(trained, monkeypatch):
    made = [trained(f"n{number}") for number in range(60)]
    change_rules(**NOTHING)
    stack = Stack()
    for name in ("n3", "n40"):  # slow to delete
        for number in range(300):
            artifact_store().save(f"checkpoints/{name}/{number}", ContentFile(b"x" * 1000))
    with subprocess.Popen(
        [sys.executable, "manage.py", "retention", "--delete"],
        cwd=ROOT,
        env=stack.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as deleting:
        deadline = time.monotonic() + 60
        while not Checkpoint.objects.exclude(dropped_at=None).exists():
            assert deleting.poll() is None or time.monotonic() > deadline
            time.sleep(0.002)
        deleting.kill()
    stack.stop()
    there = Checkpoint.objects.filter(pk__in=[one.pk for one in made], dropped_at=None)
    assert all(artifact_store().exists(f"{one.folder}/config.json") for one in there)
    assert there.count() < 60
    monkeypatch.setattr(leftovers, "YOUNG_SECONDS", -1)
    leftovers.drop_unregistered_checkpoints()
    folders, _files = artifact_store().listdir("checkpoints")
    assert {f"checkpoints/{name}" for name in folders} >= {one.folder for one in there}
    gone = {one.folder for one in made} - {one.folder for one in there}
    assert not gone & {f"checkpoints/{name}" for name in folders}
    delete_now()
    assert not there.all().exists()


def test_nothing_goes_by_itself_unless_the_rules_say_so(trained):
    trained("first", days=9)
    change_rules(**NOTHING)
    delete_by_itself()
    assert not Checkpoint.objects.exclude(dropped_at=None).exists()
    change_rules(is_automatic=True)
    delete_by_itself()
    assert Checkpoint.objects.exclude(dropped_at=None).count() == 1


def test_what_lies_on_this_machine_cannot_be_marked_as_deleted(tiny_base):
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkpoint.objects.filter(pk=tiny_base.pk).update(dropped_at=Now())
