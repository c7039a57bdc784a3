"""A snapshot to take away: its records, their sides, and what its digest was taken over.

    cat header.json records.jsonl | sha256sum

prints the snapshot's digest, and `sha256sum records.jsonl` the digest of its content alone.
"""

import json
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from alignment_core.canonical import canonical_json
from training.artifacts.store import TAR_END, artifact_store, tar_member
from training.models import Snapshot, SnapshotPair

HEADER = ("cutoff_at", "projects", "rules", "schema", "selection", "split_salt")
IN_MEMORY = 1 << 20  # bytes of sides, before they go to the disk
BATCH = 5000
CHECK = """\
records.jsonl   one record a line, in the order of their ids
splits.jsonl    the side of each line: train or eval; "erased" where somebody asked to be forgotten
header.json     the selection, cut-off, rules and salt that the digest names beside the records
manifest.json   the header again, with the counts

cat header.json records.jsonl | sha256sum     prints {digest}
sha256sum records.jsonl                       prints {records_sha256}
"""


def archive_name(snapshot: Snapshot) -> str:
    return f"snapshot-{snapshot.digest[:12]}"


def archive_of(snapshot: Snapshot) -> Iterator[bytes]:
    """All of it as a tar archive, block by block."""
    top = archive_name(snapshot)
    with artifact_store().open(_beside(snapshot, "manifest.json")) as file:
        manifest = file.read()
    with artifact_store().open(snapshot.file) as records:
        size = artifact_store().size(snapshot.file)
        yield from tar_member(f"{top}/records.jsonl", records, size=size)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as splits:
        size = _write_splits(snapshot, splits)
        yield from tar_member(f"{top}/splits.jsonl", splits, size=size)
    texts = {
        "header.json": header_of(json.loads(manifest)),
        "manifest.json": manifest,
        "CHECK.txt": CHECK.format(
            digest=snapshot.digest, records_sha256=snapshot.records_sha256
        ).encode(),
    }
    for name, text in texts.items():
        yield from tar_member(f"{top}/{name}", BytesIO(text), size=len(text))
    yield TAR_END


def header_of(manifest: dict[str, Any]) -> bytes:
    """The line that stands before the records when the digest is taken."""
    return canonical_json({name: manifest[name] for name in HEADER}).encode() + b"\n"


def _write_splits(snapshot: Snapshot, file: IO[bytes]) -> int:
    """A line for each record, in their order; how many bytes that is."""
    rows = snapshot.pairs.order_by("position").values_list("position", "split", "digest", "state")
    for position, split, digest, state in rows.iterator(chunk_size=BATCH):
        line = {"position": position, "split": split, "sha256": digest}
        if state == SnapshotPair.State.ERASED:
            line["erased"] = True
        file.write(canonical_json(line).encode() + b"\n")
    size = file.tell()
    file.seek(0)
    return size


def _beside(snapshot: Snapshot, name: str) -> str:
    return f"{snapshot.file.rpartition('/')[0]}/{name}"
