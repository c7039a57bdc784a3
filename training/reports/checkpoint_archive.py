"""A checkpoint's directory as an archive to take away."""

from collections.abc import Iterator

from training.artifacts.store import tar_stream
from training.models import Checkpoint


def archive_of(checkpoint: Checkpoint) -> Iterator[bytes]:
    """The checkpoint's directory as a tar archive, block by block."""
    return tar_stream(
        checkpoint.folder,
        checkpoint.manifest,
        top=archive_top(checkpoint),
        is_local=checkpoint.is_local,
    )


def archive_top(checkpoint: Checkpoint) -> str:
    """The one folder inside a checkpoint's archive."""
    name = "".join(letter if letter.isalnum() else "-" for letter in checkpoint.name).strip("-")
    return f"{name[:60] or 'checkpoint'}-{checkpoint.digest[:12]}"


def api_archive_top(checkpoint: Checkpoint) -> str:
    """The one folder inside the archive that the API sends."""
    return f"checkpoint-{checkpoint.digest[:12]}"
