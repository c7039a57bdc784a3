"""Merging: an adapter that was brought along, and what it lies over, become one whole model."""

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.models import User
from training.errors import RunRefused
from training.models import Checkpoint, Run, RunKind
from training.runs.queue import put_in_queue


@transaction.atomic
def queue_merge_run(
    *, checkpoint: Checkpoint, name: str = "", requested_by: User | None = None
) -> Run:
    """Queue the merging of an adapter; the whole model is a base, named like the run.

    Raises: RunRefused where there is nothing to merge.
    """
    if checkpoint.lies_over is None:
        raise RunRefused(
            _(
                "“%(name)s” is no adapter. What was trained here is whole already: the adapter of "
                "its run is merged in."
            )
            % {"name": checkpoint.name},
            field="checkpoint",
            value=str(checkpoint.public_id),
        )
    return put_in_queue(
        Run(
            kind=RunKind.MERGE,
            name=name or _("%(name)s, merged") % {"name": checkpoint.name},
            base=checkpoint,
            settings={"device": "cpu"},
            requested_by=requested_by,
        )
    )
