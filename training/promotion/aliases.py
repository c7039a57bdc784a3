"""Names for checkpoints: given, taken back, gone back to. Each is one more row of its history."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.models import Project, User
from training.access.audit import record_act
from training.errors import AliasMoved, AliasRefused
from training.models import CHAMPION, Alias, AliasOrigin, Checkpoint, ModelRole


def newest_line(project: Project, role: ModelRole | str, name: str) -> Alias | None:
    """The last line of a name's history, which may say that it was taken back."""
    lines = Alias.objects.filter(project=project, role=role, name=name).order_by("-number")
    return lines.select_related("checkpoint").first()


def set_alias(
    *,
    project: Project,
    name: str,
    checkpoint: Checkpoint | None,
    role: ModelRole | str | None = None,
    seen: int,
    reason: str = "",
    user: User | None,
) -> Alias:
    """Give a free name to a checkpoint, or take it back with None.

    Args:
        role: of the history, where no checkpoint says it.
        seen: number of the line that stood when the person decided; 0 if there was none.
    Raises: AliasRefused for the champion, and for what it means already; AliasMoved if somebody was
        faster.
    """
    name = name.lower()  # “Stable” beside “stable” would be two
    if name == CHAMPION:
        raise AliasRefused(
            _("The champion changes by a proposal, or by going back to an earlier one."),
            field="name",
            value=name,
        )
    if checkpoint is not None:
        require_final(checkpoint)
        role = ModelRole.of(checkpoint)
    elif role is None:
        raise AliasRefused(_("Say of what kind the name is."), field="role", value=None)
    present = newest_line(project, role, name)
    means = None if present is None else present.checkpoint
    if checkpoint is None and means is None:
        raise AliasRefused(
            _("“%(name)s” means nothing, so there is nothing to take back.") % {"name": name},
            field="name",
            value=name,
        )
    if means == checkpoint:
        raise _means_that_already(field="name", value=name)
    line = Alias(
        project=project,
        role=role,
        name=name,
        checkpoint=checkpoint,
        origin=AliasOrigin.HAND,
        reason=reason,
        set_by=user,
    )
    return append(line, seen=seen)


def roll_back(*, to: Alias, seen: int, reason: str = "", user: User | None) -> Alias:
    """Let a name mean again what it meant in an earlier line of its history.

    Raises: AliasRefused where it means that already, and where that line took it back: giving and
        taking back is `set_alias`, which fewer people may. AliasMoved if somebody was faster.
    """
    if to.checkpoint_id is None:
        raise AliasRefused(
            _("In that line “%(name)s” meant nothing. Take the name back instead.")
            % {"name": to.name},
            field="to",
            value=str(to.public_id),
        )
    present = newest_line(to.project, to.role, to.name)
    if present is not None and present.checkpoint_id == to.checkpoint_id:
        raise _means_that_already(field="to", value=str(to.public_id))
    line = Alias(
        project=to.project,
        role=to.role,
        name=to.name,
        checkpoint=to.checkpoint,
        origin=AliasOrigin.ROLLBACK,
        restores=to.restores or to,
        reason=reason,
        set_by=user,
    )
    return append(line, seen=seen)


def append(line: Alias, *, seen: int) -> Alias:
    """Add a line behind the one that was seen.

    Raises: AliasMoved if that is not the last, AliasRefused where the files are gone.
    """
    present = newest_line(line.project, line.role, line.name)
    if (0 if present is None else present.number) != seen:
        raise AliasMoved
    line.number = seen + 1
    try:
        with transaction.atomic():
            if line.checkpoint is not None:
                hold_files(line.checkpoint)
            line.save(force_insert=True)
            record_act(
                user=line.set_by,
                action=f"alias.{line.origin}",
                target=line,
                after={
                    "project": line.project.slug,
                    "name": line.name,
                    "number": line.number,
                    "checkpoint": str(line.checkpoint.public_id) if line.checkpoint else None,
                },
            )
    except IntegrityError as error:  # both saw the same last line: the database lets one on
        raise AliasMoved from error
    line.refresh_from_db(fields=["set_at"])
    return line


def require_final(checkpoint: Checkpoint) -> None:
    """Raises: AliasRefused for one that only exists so that its run can go on."""
    if not checkpoint.is_final:
        raise AliasRefused(
            _("“%(name)s” is not the end of its run.") % {"name": checkpoint},
            field="checkpoint",
            value=str(checkpoint.public_id),
        )


def hold_files(checkpoint: Checkpoint) -> None:
    """Until the transaction ends nobody deletes them, and then it has a name.

    Raises: AliasRefused where they were deleted.
    """
    there = Checkpoint.objects.select_for_update(of=("self",), no_key=True)
    if not there.filter(pk=checkpoint.pk, dropped_at=None).exists():
        raise files_gone(checkpoint)


def files_gone(checkpoint: Checkpoint) -> AliasRefused:
    return AliasRefused(
        _("The files of “%(name)s” were deleted: nobody could use it.") % {"name": checkpoint},
        field="checkpoint",
        value=str(checkpoint.public_id),
    )


def _means_that_already(*, field: str, value: str) -> AliasRefused:
    return AliasRefused(_("It means that already."), field=field, value=value)
