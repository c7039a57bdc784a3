"""What workers that were killed have left behind: collected once nobody can be busy with it."""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from training.artifacts.store import artifact_store
from training.checkpoints.dropping import remove_unnamed
from training.execution.attempt_directory import lighten
from training.models import Checkpoint, Run, RunState

YOUNG_SECONDS = 24 * 3600.0  # what is younger may still be in somebody's hands


def collect_leftovers() -> None:
    lighten_lost_attempts()
    drop_unregistered_checkpoints()


def lighten_lost_attempts() -> None:
    """Remove the heavy parts of attempts on this machine whose worker is gone."""
    running = Run.objects.filter(state=RunState.RUNNING)
    held = {str(token) for token in running.values_list("token", flat=True)}
    for attempt in (settings.ACCORD_DATA_DIR / "runs").glob("*/*-*"):
        _number, _dash, token = attempt.name.partition("-")
        if token not in held and attempt.stat().st_mtime < time.time() - YOUNG_SECONDS:
            lighten(attempt)


def drop_unregistered_checkpoints() -> None:
    """Delete model directories in the store that no row names: their worker died in between.

    A run that is storing the very same weights finds that out as it registers them, and stores
    them again.
    """
    store = artifact_store()
    try:
        digests, _files = store.listdir("checkpoints")
    except FileNotFoundError:
        return  # nothing was ever stored
    folders = [f"checkpoints/{digest}" for digest in digests]
    kept = Checkpoint.objects.filter(folder__in=folders, dropped_at=None)
    named = set(kept.values_list("folder", flat=True))
    oldest_young = timezone.now() - timedelta(seconds=YOUNG_SECONDS)
    for folder in folders:
        if folder in named:
            continue
        files = list(_files_below(folder))
        if all(store.get_modified_time(f"{folder}/{name}") < oldest_young for name in files):
            remove_unnamed(folder, [{"path": name} for name in files])


def _files_below(folder: str, *, top: str = "") -> Iterator[str]:
    folders, files = artifact_store().listdir(f"{folder}/{top}")
    yield from (top + name for name in files)
    for name in folders:
        yield from _files_below(folder, top=f"{top}{name}/")
