"""Users, their part in projects, and the tokens they call the API with. Erasure: `erasure`."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.access.tokens import new_plain_token, token_digest, token_prefix
from annotate.errors import InvalidInput
from annotate.judging.leases import release_leases_of
from annotate.models import Annotator, ApiToken, Invitation, Membership, Project, Role, User

CHANGEABLE = ("role", "cohort", "is_active")
Facts = dict[str, object]


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str | None = None,
    email: str = "",
    language: str = "",
    is_site_admin: bool = False,
    created_by: User | None = None,
) -> User:
    """Somebody who can sign in, with the annotator they judge as.

    Without a password they cannot sign in until one is set. Raises: InvalidInput.
    """
    user = User(
        username=User.normalize_username(username),
        email=User.objects.normalize_email(email),
        language=language,
        is_staff=is_site_admin,
        is_superuser=is_site_admin,
    )
    if password is not None:
        _check_password(password, user)
    user.set_password(password)
    _check_user(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # taken since it was checked
        raise _taken(user) from error
    record_event(
        actor=None if created_by is None else annotator_for(created_by),
        action="user.created",
        target=f"annotator:{annotator_for(user).pseudonym}",
        after={"is_site_admin": is_site_admin},
    )
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error


def _check_user(user: User) -> None:
    check_fields(user)
    try:
        user.validate_unique()
    except ValidationError as error:
        raise _taken(user) from error


def _taken(user: User) -> InvalidInput:
    says = _("A user with that username already exists.")
    return InvalidInput(says, field="username", value=user.username)


def check_fields(row: User | Membership | Invitation) -> None:
    """Raises: InvalidInput for the first field whose value cannot be kept."""
    try:
        row.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(
            " ".join(messages), field=field, value=getattr(row, field, None)
        ) from error


@transaction.atomic
def add_member(
    *,
    project: Project,
    role: Role | str,
    user: User | None = None,
    annotator: Annotator | None = None,
    cohort: str = "",
    added_by: User | None = None,
) -> Membership:
    """Give a user, or an annotator, a part in a project; somebody who left comes back as they were.

    Raises: InvalidInput if they are a member already, or the role is not known.
    """
    if annotator is None:
        if user is None:
            raise ValueError("add_member needs a user or an annotator")
        annotator = annotator_for(user)
    _check_role(role)
    wished = Membership(project=project, annotator=annotator, role=role, cohort=cohort)
    check_fields(wished)
    membership, is_new = Membership.objects.select_for_update().get_or_create(
        project=project, annotator=annotator, defaults={"role": role, "cohort": cohort}
    )
    if not is_new:
        if membership.is_active:
            raise InvalidInput(_("They are a member of this project already."), field="user")
        membership.role, membership.cohort, membership.is_active = role, cohort, True
        membership.left_at = None
        membership.save(update_fields=["role", "cohort", "is_active", "left_at"])
    _record_membership(membership, "member.added", by=added_by, after=_facts(membership))
    return membership


@transaction.atomic
def change_member(
    *, membership: Membership, changed_by: User | None = None, **fields: object
) -> Membership:
    """Change role, cohort or is_active; who is paused gives back what they hold.

    Raises: InvalidInput, also for a lead who would shut themselves out.
    """
    unknown = sorted(set(fields) - set(CHANGEABLE))
    if unknown:
        raise InvalidInput(_("This cannot be changed."), field=unknown[0])
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    if membership.left_at is not None:
        raise InvalidInput(_("They have left this project: add them again."), field="user")
    _refuse_shutting_oneself_out(membership, changed_by, fields)
    before = _facts(membership)
    if "role" in fields:
        _check_role(fields["role"])
    for field, value in fields.items():
        setattr(membership, field, value)
    check_fields(membership)
    membership.save(update_fields=[*fields])
    if not membership.is_active:
        release_leases_of(annotator=membership.annotator, project=membership.project)
    _record_membership(
        membership, "member.changed", by=changed_by, before=before, after=_facts(membership)
    )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, removed_by: User | None = None) -> None:
    """End somebody's part in a project; what they judged stays, and so does their row.

    Raises: InvalidInput for a lead who would shut themselves out.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    _refuse_shutting_oneself_out(membership, removed_by, {"is_active": False})
    before = _facts(membership)
    Membership.objects.filter(pk=membership.pk).update(is_active=False, left_at=Now())
    release_leases_of(annotator=membership.annotator, project=membership.project)
    _record_membership(membership, "member.removed", by=removed_by, before=before)


def _refuse_shutting_oneself_out(
    membership: Membership, by: User | None, fields: Mapping[str, object]
) -> None:
    is_oneself = by is not None and membership.annotator_id == annotator_for(by).pk
    if not is_oneself or by is None or by.is_site_admin or membership.role != Role.LEAD:
        return
    if fields.get("role", Role.LEAD) != Role.LEAD or not fields.get("is_active", True):
        raise InvalidInput(_("Ask another lead to do this to you."), field="user")


def members_of(project: Project) -> QuerySet[Membership]:
    """Whoever has a part in the project, paused or not; not those who have left."""
    return Membership.objects.filter(project=project, left_at=None)


def _check_role(role: object) -> None:
    if role not in Role.values:
        raise InvalidInput(_("This role is not known."), field="role", value=str(role))


def _facts(membership: Membership) -> Facts:
    return {field: str(getattr(membership, field)) for field in CHANGEABLE}


def _record_membership(
    membership: Membership,
    action: str,
    *,
    by: User | None,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    record_event(
        actor=None if by is None else annotator_for(by),
        action=action,
        target=f"annotator:{membership.annotator.pseudonym}",
        project=membership.project,
        before=before,
        after=after,
    )


@transaction.atomic
def issue_token(
    *, user: User, name: str, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A key to the API, and its plain text, which is shown once and never stored."""
    if not name.strip():
        raise InvalidInput(_("Give the token a name."), field="name", value=name)
    plain = new_plain_token()
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:80],
        prefix=token_prefix(plain),
        digest=token_digest(plain),
        expires_at=expires_at,
    )
    record_event(
        actor=annotator_for(user), action="token.issued", target=f"token:{token.public_id}"
    )
    return token, plain


@transaction.atomic
def revoke_token(*, token: ApiToken, revoked_by: User | None = None) -> None:
    """End a token now; a second call changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
        record_event(
            actor=annotator_for(revoked_by or token.user),
            action="token.revoked",
            target=f"token:{token.public_id}",
        )
    token.refresh_from_db(fields=["revoked_at"])
