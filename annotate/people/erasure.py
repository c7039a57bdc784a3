"""Forgetting a person: the account and their words go, verdicts stay under the pseudonym."""

from dataclasses import dataclass
from functools import partial

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import InvalidInput
from annotate.judging.leases import release_leases_of
from annotate.judging.withdrawals import withdraw_all
from annotate.models import (
    Adjudication,
    Annotator,
    Export,
    Flag,
    Judgement,
    Membership,
    Skip,
    Triage,
    User,
)
from annotate.notices.old_deliveries import forget_deliveries_to


@dataclass(frozen=True)
class Erased:
    pseudonym: str
    n_withdrawn: int
    n_exports_removed: int


def erase_person(
    *, user: User, withdraw_judgements: bool = False, erased_by: User | None = None
) -> Erased:
    """Delete a user and all that they wrote; on request their verdicts are withdrawn, too.

    Withdrawn verdicts supersede the preferences made from them; what training already learned
    from those is marked by `training`. Cut short, it can be asked for again.
    Raises: InvalidInput for the last site admin.
    """
    _refuse_last_admin(user)
    annotator = annotator_for(user)
    n_withdrawn = withdraw_all(annotator=annotator) if withdraw_judgements else 0
    with transaction.atomic():
        _end_memberships(annotator)
        n_exports = _remove_exports(annotator)
        _blank_texts(annotator)
        _delete_traces(user)
        forget_deliveries_to(user)
        record_event(
            actor=None if erased_by is None else annotator_for(erased_by),
            action="person.erased",
            target=f"annotator:{annotator.pseudonym}",
            after={"n_judgements_withdrawn": n_withdrawn},
        )
        user.delete()
    return Erased(annotator.pseudonym, n_withdrawn, n_exports)


def _refuse_last_admin(user: User) -> None:
    admins = User.objects.filter(is_superuser=True, is_active=True)
    if user.is_site_admin and not admins.exclude(pk=user.pk).exists():
        raise InvalidInput(_("The last site admin cannot be erased."), field="user")


def _end_memberships(annotator: Annotator) -> None:
    for membership in Membership.objects.filter(annotator=annotator).select_related("project"):
        release_leases_of(annotator=annotator, project=membership.project)
    Membership.objects.filter(annotator=annotator).update(is_active=False)


def _blank_texts(annotator: Annotator) -> None:
    Judgement.objects.filter(_has_text(), annotator=annotator).update(note="", edited_text="")
    Skip.objects.filter(annotator=annotator).exclude(note="").update(note="")
    Flag.objects.filter(annotator=annotator).exclude(note="").update(note="")
    Adjudication.objects.filter(reviewer=annotator).exclude(note="").update(note="")
    Triage.objects.filter(triaged_by=annotator).exclude(note="").update(note="")


def _remove_exports(annotator: Annotator) -> int:
    """Delete export files that may hold what they wrote: they can be made again."""
    projects = Judgement.objects.filter(_has_text(), annotator=annotator).values("project")
    n_removed = 0
    for export in Export.objects.filter(project__in=projects).exclude(file=""):
        name, storage = str(export.file.name), export.file.storage
        Export.objects.filter(pk=export.pk).update(file="", digest="", size_bytes=None)
        transaction.on_commit(partial(storage.delete, name))
        n_removed += 1
    return n_removed


def _has_text() -> Q:
    return ~Q(note="") | ~Q(edited_text="")


def _delete_traces(user: User) -> None:
    """Records of signing in, and the admin's log, which hold the name and the address."""
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(username=user.username).delete()
    LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    ).delete()
