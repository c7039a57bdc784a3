"""Freezing preferences into a snapshot: the same selection at the same instant, the same digest."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from alignment_core.canonical import canonical_json, digest_of_file
from alignment_core.data.records import (
    SCHEMA_VERSION,
    PreferenceRecord,
    canonical_line,
    digest_of_records,
    message_text,
)
from annotate.access.permissions import annotator_for
from annotate.database.transactions import consistent_read
from annotate.judging.exposures import record_exposure_to_project
from annotate.models import (
    AnnotatorKind,
    Outcome,
    Preference,
    PreferenceJudgement,
    Project,
    User,
)
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import trainable_preferences, with_judgements
from training.artifacts.store import store_file, store_json
from training.errors import SnapshotRefused
from training.models import Installation, Snapshot, SnapshotPair, Split
from training.snapshots.selection import Selection
from training.snapshots.snapshot_refusal import why_nothing_is_left

BATCH = 2000


@dataclass
class Frozen:
    """What one pass over the preferences found, beside the file that it wrote."""

    digest: str = ""
    rows: list[tuple[int, str, str]] = field(default_factory=list)  # preference, split, digest
    splits: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    trainable: Counter[str] = field(default_factory=Counter)  # preferences by split: no ties
    judgements: Counter[str] = field(default_factory=Counter)  # by kind of annotator


def freeze_snapshot(
    *,
    name: str,
    projects: Sequence[Project],
    selection: Selection,
    frozen_by: User | None = None,
    cutoff_at: datetime | None = None,
) -> Snapshot:
    """Write the selected preferences of the projects down for good.

    Args:
        cutoff_at: take what stood at this instant; now, if not given.
    Raises: SnapshotRefused where no pair is left to learn from, with what was left out and why.
    """
    if not projects:
        raise SnapshotRefused(_("Name at least one project."), field="projects", value=[])
    projects = sorted(projects, key=lambda project: project.slug)
    installation, _is_new = Installation.objects.get_or_create(pk=1)
    cutoff_at = cutoff_at or _database_now()
    with tempfile.TemporaryDirectory(dir=settings.ACCORD_DATA_DIR, prefix="freezing-") as folder:
        file = Path(folder) / "records.jsonl"
        with consistent_read():
            header = _header(projects, selection, cutoff_at, installation.split_salt)
            frozen = _freeze_rows(file, projects, selection, header)
            if not frozen.trainable[Split.TRAIN]:
                raise SnapshotRefused(
                    why_nothing_is_left(projects, selection, cutoff_at, frozen.trainable),
                    field="selection",
                    value=selection.as_json(),
                )
        stored_name = f"snapshots/{frozen.digest}/records.jsonl"
        store_file(file, name=stored_name, sha256=digest_of_file(file))
    store_json(_manifest(header, frozen), name=f"snapshots/{frozen.digest}/manifest.json")
    return _record_snapshot(
        Snapshot(
            name=name,
            selection={"projects": header["projects"], **selection.as_json()},
            cutoff_at=cutoff_at,
            split_salt=installation.split_salt,
            eval_share=selection.eval_share,
            schema_version=SCHEMA_VERSION,
            digest=frozen.digest,
            file=stored_name,
            n_pairs=len(frozen.rows),
            n_train=frozen.splits[Split.TRAIN],
            n_eval=frozen.splits[Split.EVAL],
            n_ties=frozen.outcomes[Outcome.TIE],
            n_both_bad=frozen.outcomes[Outcome.BOTH_BAD],
            n_judgements=frozen.judgements.total(),
            n_simulated=frozen.judgements[AnnotatorKind.SIMULATED],
            frozen_by=frozen_by,
        ),
        projects,
        frozen.rows,
    )


def split_of(prompt: Sequence[dict[str, Any]], *, salt: str, eval_share: float) -> Split:
    """The side of a prompt, by its first user turn: the same in every snapshot."""
    first_turn = next((message for message in prompt if message["role"] == "user"), prompt[0])
    drawn = hashlib.sha256(f"{salt}\n{message_text(first_turn)}".encode()).digest()
    share = int.from_bytes(drawn[:8], "big") / 2**64
    return Split.EVAL if share < eval_share else Split.TRAIN


def selected_preferences(
    projects: Sequence[Project], selection: Selection, cutoff_at: datetime
) -> QuerySet[Preference]:
    preferences = trainable_preferences(
        projects=projects,
        kinds=selection.kinds,
        cohorts=selection.cohorts or None,
        min_agreement=selection.min_agreement,
        since=selection.since,
        cutoff_at=cutoff_at,
    ).filter(outcome__in=selection.outcomes)
    if selection.until:
        preferences = preferences.filter(resolved_at__lt=selection.until)
    return preferences


def _header(
    projects: Sequence[Project], selection: Selection, cutoff_at: datetime, salt: str
) -> dict[str, Any]:
    """What names the snapshot beside its records."""
    preferences = selected_preferences(projects, selection, cutoff_at)
    rules = {canonical_json(rule) for rule in preferences.values_list("rule", flat=True)}
    return {
        "projects": [project.slug for project in projects],
        "selection": selection.as_json(),
        "cutoff_at": cutoff_at.isoformat(),
        "rules": sorted(rules),
        "split_salt": salt,
    }


def _freeze_rows(
    path: Path, projects: Sequence[Project], selection: Selection, header: dict[str, Any]
) -> Frozen:
    cutoff_at = datetime.fromisoformat(header["cutoff_at"])
    preferences = selected_preferences(projects, selection, cutoff_at)
    frozen = Frozen()
    with path.open("wb") as file:
        records = _written(preferences, file, frozen, header["split_salt"], selection.eval_share)
        frozen.digest = digest_of_records(records, header=header)
    used = PreferenceJudgement.objects.filter(preference__in=preferences.order_by().values("pk"))
    for kind, n_judgements in used.values_list("judgement__annotator__kind").annotate(Count("pk")):
        frozen.judgements[kind] += n_judgements
    return frozen


def _written(
    preferences: QuerySet[Preference], file: BinaryIO, frozen: Frozen, salt: str, share: float
) -> Iterator[PreferenceRecord]:
    for preference in with_judgements(preferences).iterator(chunk_size=BATCH):
        record = preference_record(preference)
        line = canonical_line(record)
        file.write(line)
        split = split_of(record.prompt, salt=salt, eval_share=share)
        frozen.rows.append((preference.pk, split, hashlib.sha256(line).hexdigest()))
        frozen.splits[split] += 1
        frozen.outcomes[record.outcome] += 1
        if record.outcome == Outcome.PREFERENCE:
            frozen.trainable[split] += 1
        yield record


def _manifest(header: dict[str, Any], frozen: Frozen) -> dict[str, Any]:
    return {
        **header,
        "schema": SCHEMA_VERSION,
        "digest": frozen.digest,
        "n_pairs": len(frozen.rows),
        "n_train": frozen.splits[Split.TRAIN],
        "n_eval": frozen.splits[Split.EVAL],
        "outcomes": dict(frozen.outcomes),
        "judgements_by_kind": dict(frozen.judgements),
    }


@transaction.atomic
def _record_snapshot(
    snapshot: Snapshot, projects: Sequence[Project], rows: Iterable[tuple[int, str, str]]
) -> Snapshot:
    snapshot.save()
    snapshot.projects.set(projects)
    SnapshotPair.objects.bulk_create(
        (
            SnapshotPair(
                snapshot=snapshot,
                preference_id=preference_id,
                position=position,
                split=split,
                digest=digest,
            )
            for position, (preference_id, split, digest) in enumerate(rows)
        ),
        batch_size=BATCH,
    )
    snapshot.refresh_from_db(fields=["frozen_at"])
    return snapshot


def _database_now() -> datetime:
    return Installation.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=1)


def note_reading(*, snapshot: Snapshot, reader: User) -> None:
    """Somebody is about to read the votes in it: they may no longer judge what these are about."""
    for project in snapshot.projects.all():
        record_exposure_to_project(
            annotator=annotator_for(reader), project=project, until=snapshot.cutoff_at
        )
