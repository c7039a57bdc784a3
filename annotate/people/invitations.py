"""Links that let people into a project: made by a lead, used by whoever has one.

A link opens the door and nothing more: it changes no role of somebody who is in already, and does
not bring back whom a lead has paused or removed.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for, has_role
from annotate.access.tokens import new_plain_token, token_digest
from annotate.errors import InvalidInput, InvitationClosed, MemberPaused
from annotate.models import (
    MOST_INVITED,
    Annotator,
    Invitation,
    InvitationUse,
    Membership,
    Project,
    Role,
    User,
)
from annotate.people.members import add_member, check_fields, create_user

MOST_DAYS = 90


@dataclass(frozen=True)
class Joined:
    """Somebody's part in a project, and whether it is new."""

    membership: Membership
    is_new: bool


@transaction.atomic
def invite(
    *,
    project: Project,
    invited_by: User,
    role: str = Role.ANNOTATOR,
    cohort: str = "",
    most_uses: int = 1,
    days: int = 7,
    note: str = "",
) -> tuple[Invitation, str]:
    """An invitation, and the secret part of its link, which is told once and never stored.

    Raises: InvalidInput.
    """
    if role not in Role.values:
        raise InvalidInput(_("This role is not known."), field="role", value=role)
    if not 1 <= most_uses <= MOST_INVITED:
        says = _("From 1 to %(most)d people.") % {"most": MOST_INVITED}
        raise InvalidInput(says, field="most_uses", value=most_uses)
    if role != Role.ANNOTATOR and most_uses > 1:
        says = _("Leads and reviewers are invited one by one: a link for one person.")
        raise InvalidInput(says, field="most_uses", value=most_uses)
    if not 1 <= days <= MOST_DAYS:
        says = _("From 1 to %(most)d days.") % {"most": MOST_DAYS}
        raise InvalidInput(says, field="days", value=days)
    plain = new_plain_token()
    invitation = Invitation(
        project=project,
        note=note.strip(),
        role=role,
        cohort=cohort.strip(),
        digest=token_digest(plain),
        most_uses=most_uses,
        made_by=annotator_for(invited_by),
        expires_at=timezone.now() + timedelta(days=days),
    )
    check_fields(invitation)
    invitation.save()
    _record(
        invitation,
        "invitation.made",
        by=annotator_for(invited_by),
        after={"role": role, "most_uses": most_uses, "days": days},
    )
    return invitation, plain


def invitations_of(project: Project) -> QuerySet[Invitation]:
    """The newest first."""
    return Invitation.objects.filter(project=project).order_by("-pk")


def invitation_of(plain: str) -> Invitation | None:
    """What a link means, open or not."""
    found = Invitation.objects.select_related("project", "made_by__user").filter(
        digest=token_digest(plain)
    )
    return found.first()


def why_closed(invitation: Invitation) -> str:
    """A sentence, if nobody can come in by it any more."""
    if invitation.withdrawn_at is not None:
        return _("This invitation was withdrawn. Ask whoever sent it for another.")
    if invitation.expires_at <= timezone.now():
        return _("This invitation has expired. Ask whoever sent it for another.")
    if invitation.n_uses >= invitation.most_uses:
        return _("This invitation has been used. Ask whoever sent it for another.")
    maker = invitation.made_by.user
    if maker is None or not maker.is_active or not has_role(maker, invitation.project, Role.LEAD):
        return _("Whoever sent this invitation no longer leads the project. Ask who does.")
    return ""


@transaction.atomic
def join(*, invitation: Invitation, user: User) -> Joined:
    """Give somebody their part in the project; whoever is in already stays as they are.

    Raises: InvitationClosed; MemberPaused for whom a lead has paused or removed.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    annotator = annotator_for(user)
    there = Membership.objects.filter(project=invitation.project, annotator=annotator).first()
    if there is not None:
        if there.is_active:
            return Joined(there, is_new=False)
        raise MemberPaused(_("A lead has ended your part in this project, or paused it. Ask them."))
    if closed := why_closed(invitation):
        raise InvitationClosed(closed)
    membership = add_member(
        project=invitation.project,
        user=user,
        role=invitation.role,
        cohort=invitation.cohort,
        added_by=user,
    )
    Invitation.objects.filter(pk=invitation.pk).update(n_uses=F("n_uses") + 1)
    InvitationUse.objects.create(invitation=invitation, annotator=annotator)
    _record(invitation, "invitation.used", by=annotator)
    return Joined(membership, is_new=True)


@transaction.atomic
def sign_up(
    *, invitation: Invitation, username: str, password: str, email: str = "", language: str = ""
) -> User:
    """An account for somebody who has an invitation, and their part in its project.

    Raises: InvitationClosed, InvalidInput; no account is left behind.
    """
    user = create_user(username=username, password=password, email=email, language=language)
    join(invitation=invitation, user=user)
    return user


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, withdrawn_by: User) -> None:
    """Close a link now; whoever came in by it stays. A second call changes nothing."""
    live = Invitation.objects.filter(pk=invitation.pk, withdrawn_at=None)
    if live.update(withdrawn_at=Now()):
        _record(invitation, "invitation.withdrawn", by=annotator_for(withdrawn_by))


def _record(
    invitation: Invitation,
    action: str,
    *,
    by: Annotator,
    after: dict[str, object] | None = None,
) -> None:
    record_event(
        actor=by,
        action=action,
        target=f"invitation:{invitation.public_id}",
        project=invitation.project,
        after=after,
    )
