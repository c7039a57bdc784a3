"""Space that killed workers took is given back; what anybody may still need is not touched."""

import os
import shutil
import time
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from training.artifacts.store import StoredDirectory, artifact_store, store_directory
from training.checkpoints.registry import register_checkpoint
from training.execution import leftovers
from training.models import Checkpoint, CheckpointKind, Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def attempt(queued_run):
    """An attempt at a run whose worker is busy, with something heavy in it."""
    run = queued_run()
    token = uuid.uuid4()
    directory = settings.ACCORD_DATA_DIR / "runs" / str(run.public_id) / f"1-{token}"
    (directory / "final").mkdir(parents=True)
    (directory / "final" / "weights").write_text("heavy")
    (directory / "log.txt").write_text("light")
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, token=token, lease_until="2026-01-01T00:00:00Z"
    )
    yield directory
    shutil.rmtree(directory)


def age(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        os.utime(path, (time.time() - leftovers.YOUNG_SECONDS - 60,) * 2)


def test_the_attempt_of_a_worker_that_is_gone_is_lightened_once_it_is_old(attempt):
    age(attempt)
    leftovers.collect_leftovers()
    assert (attempt / "final").is_dir()  # it is still somebody's
    Run.objects.update(state=RunState.CANCELLED, token=None)
    os.utime(attempt)
    leftovers.collect_leftovers()
    assert (attempt / "final").is_dir()  # it is young
    age(attempt)
    leftovers.collect_leftovers()
    assert not (attempt / "final").exists()
    assert (attempt / "log.txt").read_text() == "light"


@pytest.fixture
def weights(tmp_path):
    """Stores weights of a name, as old as a day and more."""

    def store(name: str) -> StoredDirectory:
        (tmp_path / name / "deep").mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "deep" / "weights").write_text(name)
        stored = store_directory(tmp_path / name)
        age(Path(artifact_store().path(stored.folder)))
        return stored

    return store


def test_weights_in_the_store_that_no_row_names_go_while_runs_go_on(attempt, weights):
    named, lost = weights("named"), weights("lost")
    Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        name="named",
        digest="d",
        manifest=[],
        size_bytes=5,
        folder=named.folder,
    )
    store = artifact_store()
    leftovers.collect_leftovers()
    assert store.exists(f"{named.folder}/deep/weights")
    assert not store.exists(lost.folder)


def test_weights_deleted_while_they_were_stored_again_are_not_registered(queued_run, weights):
    run, stored = queued_run(), weights("twice")
    leftovers.collect_leftovers()

    def register() -> None:
        with transaction.atomic():
            register_checkpoint(run=run, stored=stored, step=1, is_final=True, n_left_out=0)

    with pytest.raises(FileNotFoundError, match="deleted meanwhile"):
        register()
    assert not Checkpoint.objects.filter(run=run).exists()
    weights("twice")
    register()
    leftovers.collect_leftovers()
    assert artifact_store().exists(f"{stored.folder}/deep/weights")
    artifact_store().delete(f"{stored.folder}/deep/weights")
