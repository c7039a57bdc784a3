"""Which weights the rules keep, what a preview shows, and what deleting leaves."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from annotate.models import AuditEvent, Project
from tests.factories import make_admin
from training.artifacts.store import artifact_store
from training.checkpoints import kept
from training.checkpoints.kept import change_rules, delete_by_itself, delete_now, preview
from training.errors import RunRefused
from training.execution.attempt_directory import model_directory
from training.models import (
    Alias,
    AliasOrigin,
    Checkpoint,
    CheckpointKind,
    Evaluation,
    ModelRole,
    Retention,
    Run,
    RunState,
)
from training.runs.queue import queue_evaluation_run

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = {"keep_newest": 0, "keep_best": 0}


@pytest.fixture
def trained(queued_run):
    """Makes results of runs that have ended, each a day older than the one made before it."""

    def make(name: str, *, days: int = 10, size: int = 100, base=None, **fields) -> Checkpoint:
        run = queued_run()
        Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
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
