"""The registry of models: bases that were brought along, and what was trained here."""

from pathlib import Path

from django.db import transaction

from alignment_core.canonical import digest_of_json, directory_manifest
from alignment_core.configs import METHODS
from alignment_core.models.adapter_files import digest_of_layers
from annotate.models import User
from training.access.audit import record_act
from training.artifacts.store import StoredDirectory
from training.checkpoints.base_sources import layers_of, local_directory, require_hub_id
from training.checkpoints.dropping import remove_unnamed
from training.checkpoints.hub import fetch_from_hub
from training.checkpoints.storing import require_stored
from training.models import Checkpoint, CheckpointKind, Run, RunState, SnapshotPair

N_KEPT = 2  # resumable checkpoints of a run: the newest, and one more should that be damaged


def register_base(
    *, path_or_hub_id: str, name: str = "", registered_by: User | None = None
) -> Checkpoint:
    """Make a model directory of this machine, or one from the hub, known as a base.

    Of an adapter, what it lies over becomes known as well. Registered again, an unchanged model is
    the row that is there already.
    Raises: BaseRefused, in a sentence that says what is wrong with it.
    """
    wanted = path_or_hub_id.strip()
    directory = local_directory(wanted)
    source = str(directory)
    if directory is None:
        require_hub_id(wanted)
        directory, source = fetch_from_hub(wanted)
    beneath: Checkpoint | None = None
    read = [(layer, directory_manifest(layer)) for layer in layers_of(directory)]
    digests = [digest_of_json(manifest) for _layer, manifest in read]
    with transaction.atomic():
        for place, (layer, manifest) in enumerate(read):
            is_wanted = layer == directory
            beneath, is_new = Checkpoint.objects.get_or_create(
                kind=CheckpointKind.BASE,
                digest=digest_of_layers(digests[0], digests[1 : place + 1]),
                folder=str(layer),
                defaults={
                    "name": (name or Path(wanted).name) if is_wanted else layer.name,
                    "manifest": manifest,
                    "size_bytes": sum(entry["size"] for entry in manifest),
                    "is_local": True,
                    "source": source if is_wanted else str(layer),
                    "lies_over": beneath,
                },
            )
            if is_new:
                record_act(user=registered_by, action="checkpoint.register", target=beneath)
    if beneath is None:
        raise AssertionError("a model has at least the layer that was asked for")
    return beneath


def register_checkpoint(
    *, run: Run, stored: StoredDirectory, step: int, is_final: bool, n_left_out: int
) -> Checkpoint:
    """Record what a run has stored; inside the transaction that holds the run's claim.

    Args:
        n_left_out: erased rows that the run was not given; more of them by now, and it has
            learnt from somebody who asked to be forgotten.
    Raises: FileNotFoundError.
    """
    is_reward_model = METHODS[run.method].makes == "reward_model"
    n_erased = SnapshotPair.objects.filter(
        snapshot=run.snapshot, state=SnapshotPair.State.ERASED
    ).count()
    require_stored(stored)
    values = {
        "kind": CheckpointKind.REWARD_MODEL if is_reward_model else CheckpointKind.POLICY,
        "name": str(run) if is_final else f"{run} · {step}",
        "digest": stored.digest,
        "manifest": stored.manifest,
        "size_bytes": stored.size_bytes,
        "folder": stored.folder,
        "uses_erased_data": n_erased > n_left_out
        or bool(run.base and run.base.uses_erased_data)
        or run.reward_models.filter(uses_erased_data=True).exists(),
    }
    if is_final:
        return Checkpoint.objects.create(run=run, step=step, is_final=True, **values)
    checkpoint, _is_new = Checkpoint.objects.update_or_create(
        run=run, step=step, is_final=False, defaults=values
    )
    return checkpoint


def register_merged(*, run: Run, stored: StoredDirectory) -> Checkpoint:
    """Record what the merging of an adapter has made: a base, as the adapter was.

    Raises: FileNotFoundError.
    """
    require_stored(stored)
    return Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        run=run,
        name=str(run),
        digest=stored.digest,
        manifest=stored.manifest,
        size_bytes=stored.size_bytes,
        folder=stored.folder,
        uses_erased_data=bool(run.base and run.base.uses_erased_data),
    )


def drop_resumable_checkpoints(run: Run, *, keep: int) -> None:
    """Delete the older resumable checkpoints of a run, and their files."""
    old = list(run.checkpoints.filter(is_final=False).order_by("-step")[keep:])
    for checkpoint in old:
        checkpoint.delete()
        remove_unnamed(checkpoint.folder, checkpoint.manifest)


def drop_leftover_checkpoints() -> None:
    """Nothing goes on from a run that succeeded, also if its worker died before it could tidy."""
    for run in Run.objects.filter(state=RunState.SUCCEEDED, checkpoints__is_final=False).distinct():
        drop_resumable_checkpoints(run, keep=0)
