"""Freezing preferences into a snapshot: the same selection at the same instant, the same digest."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from alignment_core.canonical import canonical_json, digest_of_file
from alignment_core.data.records import SCHEMA_VERSION
from annotate.access.permissions import annotator_for
from annotate.database.bulk_insert import insert
from annotate.database.transactions import consistent_read
from annotate.judging.exposures import record_exposure_to_project
from annotate.models import AnnotatorKind, Outcome, Project, User
from annotate.preferences.edits import EditPairs
from training.artifacts.store import store_file, store_json
from training.errors import SnapshotRefused
from training.models import Installation, Snapshot, SnapshotPair, Split
from training.snapshots.frozen import BATCH, Frozen, FrozenPair
from training.snapshots.selected_preferences import (
    n_of_arenas_not_asked_for,
    selected_preferences,
)
from training.snapshots.selection import Selection
from training.snapshots.snapshot_refusal import why_nothing_is_left


def freeze_snapshot(
    *,
    name: str,
    projects: Sequence[Project],
    selection: Selection,
    frozen_by: User | None = None,
    cutoff_at: datetime | None = None,
    recorded: Callable[[Snapshot], None] | None = None,
) -> Snapshot:
    """Write the selected preferences of the projects down for good.

    Args:
        cutoff_at: take what stood at this instant; now, if not given.
        recorded: called in the transaction that makes the snapshot known; what it raises undoes it.
    Raises: SnapshotRefused where no pair is left to learn from, with what was left out and why.
    """
    if not projects:
        raise SnapshotRefused(_("Name at least one project."), field="projects", value=[])
    projects = sorted(projects, key=lambda project: project.slug)
    installation, _is_new = Installation.objects.get_or_create(pk=1)
    cutoff_at = cutoff_at or _database_now()
    with tempfile.TemporaryDirectory(dir=settings.ACCORD_DATA_DIR, prefix="freezing-") as folder:
        frozen = Frozen(Path(folder))
        with consistent_read():
            _freeze(frozen, projects, selection, cutoff_at, installation.split_salt)
        sha256 = digest_of_file(frozen.records)
        snapshot = Snapshot(
            name=name,
            selection={"projects": frozen.header["projects"], **selection.as_json()},
            cutoff_at=cutoff_at,
            split_salt=installation.split_salt,
            eval_share=selection.eval_share,
            records_sha256=sha256,
            file=_store(frozen, sha256),
            frozen_by=frozen_by,
            **_figures(frozen),
        )
        return _record_snapshot(snapshot, projects, frozen.pairs(), recorded)


def _freeze(
    frozen: Frozen,
    projects: Sequence[Project],
    selection: Selection,
    cutoff_at: datetime,
    salt: str,
) -> None:
    """Write the records. Raises: SnapshotRefused."""
    preferences = selected_preferences(projects, selection, cutoff_at)
    rules = preferences.order_by().values_list("rule", flat=True).iterator(chunk_size=BATCH)
    header = {
        "projects": [project.slug for project in projects],
        "selection": selection.as_json(),
        "cutoff_at": cutoff_at.isoformat(),
        "rules": sorted({canonical_json(rule) for rule in rules}),
        "split_salt": salt,
    }
    edits = EditPairs(projects, selection.edits, until=cutoff_at)
    frozen.write(preferences, edits=edits, header=header)
    frozen.n_of_arenas_not_asked_for = n_of_arenas_not_asked_for(projects, selection, cutoff_at)
    if not frozen.trainable[Split.TRAIN]:
        raise SnapshotRefused(
            why_nothing_is_left(projects, selection, cutoff_at, frozen),
            field="selection",
            value=selection.as_json(),
        )


def _store(frozen: Frozen, sha256: str) -> str:
    """The name of the records in the artifact store; the manifest lies beside them."""
    name = f"snapshots/{frozen.digest}/records.jsonl"
    store_file(frozen.records, name=name, sha256=sha256)
    store_json(_manifest(frozen), name=f"snapshots/{frozen.digest}/manifest.json")
    return name


def _manifest(frozen: Frozen) -> dict[str, Any]:
    return {
        **frozen.header,
        "schema": SCHEMA_VERSION,
        "digest": frozen.digest,
        "n_pairs": frozen.n_pairs,
        "n_train": frozen.splits[Split.TRAIN],
        "n_eval": frozen.splits[Split.EVAL],
        "outcomes": dict(frozen.outcomes),
        "n_edits": frozen.n_edits,
        "edits_left_out": frozen.edits_left_out,
        "n_of_arenas_left_out": frozen.n_of_arenas_left_out,
        "judgements_by_kind": dict(frozen.judgements),
    }


def _figures(frozen: Frozen) -> dict[str, Any]:
    """The snapshot's columns that say what is in it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "digest": frozen.digest,
        "n_pairs": frozen.n_pairs,
        "n_train": frozen.splits[Split.TRAIN],
        "n_eval": frozen.splits[Split.EVAL],
        "n_train_preferences": frozen.trainable[Split.TRAIN],
        "n_eval_preferences": frozen.trainable[Split.EVAL],
        "n_ties": frozen.outcomes[Outcome.TIE],
        "n_both_bad": frozen.outcomes[Outcome.BOTH_BAD],
        "n_edits": frozen.n_edits,
        "edits_left_out": frozen.edits_left_out,
        "n_of_arenas_left_out": frozen.n_of_arenas_left_out,
        "pairs_by_project": {str(pk): n for pk, n in frozen.projects.items()},
        "judgements_by_kind": dict(frozen.judgements),
        "n_judgements": frozen.judgements.total(),
        "n_simulated": frozen.judgements[AnnotatorKind.SIMULATED],
    }


@transaction.atomic
def _record_snapshot(
    snapshot: Snapshot,
    projects: Sequence[Project],
    pairs: Iterator[FrozenPair],
    recorded: Callable[[Snapshot], None] | None,
) -> Snapshot:
    snapshot.save()
    snapshot.projects.set(projects)
    numbered = enumerate(pairs)
    while batch := list(islice(numbered, BATCH)):
        insert(
            SnapshotPair,
            [
                {"snapshot_id": snapshot.pk, "position": position, **pair._asdict()}
                for position, pair in batch
            ],
        )
    snapshot.refresh_from_db(fields=["frozen_at"])
    if recorded is not None:
        recorded(snapshot)
    return snapshot


def _database_now() -> datetime:
    return Installation.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=1)


def note_reading(*, snapshot: Snapshot, reader: User) -> None:
    """Somebody is about to read the votes in it: they may no longer judge what these are about."""
    for project in snapshot.projects.all():
        record_exposure_to_project(
            annotator=annotator_for(reader), project=project, until=snapshot.cutoff_at
        )
