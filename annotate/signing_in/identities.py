"""Who comes in by single sign-on: whoever is known, invited, of a domain, or has a mapped claim.

Nobody is recognised by an e-mail address: people type any into their account here, and a provider
may let them do so, too. An account that is there is connected by whoever is signed in to it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import AccordError, InvalidInput
from annotate.models import Identity, Invitation, Membership, Project, User
from annotate.people.invitations import join, why_closed
from annotate.people.members import add_member, create_user

NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")
EMAIL = "email"


class NotAdmitted(AccordError):
    code = "not_admitted"
    status = 403
    default_message = gettext_lazy(
        "Your organisation knows you, and this site does not yet. Open the invitation that you "
        "were sent, or sign in with your password and connect the two on the page of your account."
    )


class AccountClosed(AccordError):
    code = "account_closed"
    status = 403
    default_message = gettext_lazy("This account is closed. Ask an admin of this installation.")


def wanted_claims() -> list[str]:
    """What is read of a person besides who they are."""
    top = [name.partition(".")[0] for name in settings.ACCORD_OIDC_ROLES]
    return [EMAIL, *top]


@transaction.atomic
def admit(*, claims: Mapping[str, Any], invitation: Invitation | None, language: str) -> User:
    """The user whom the provider vouches for; an account is made for whoever may come in.

    Raises: NotAdmitted, AccountClosed; InvitationClosed and MemberPaused as joining does.
    """
    known = Identity.objects.select_related("user").filter(**_key(claims)).first()
    if known is not None:
        user = known.user
        if not user.is_active:
            raise AccountClosed
        Identity.objects.filter(pk=known.pk).update(last_used_at=Now())
    else:
        user = _new_user(claims, invitation, language)
    for project, role in _mapped_roles(claims):
        _let_into(project, role, user)
    return user


@transaction.atomic
def connect(*, user: User, claims: Mapping[str, Any]) -> Identity:
    """Let the provider's word open this account from now on. Raises: InvalidInput."""
    try:
        with transaction.atomic():
            identity = Identity.objects.create(user=user, shown_as=shown_as(claims), **_key(claims))
    except IntegrityError as error:
        says = _("That account of your organisation is connected to an account here already.")
        raise InvalidInput(says, field="identity") from error
    _record(user, "identity.connected")
    return identity


@transaction.atomic
def disconnect(*, user: User) -> None:
    """Raises: InvalidInput for whoever could not come in any more."""
    if not user.has_usable_password():
        says = _("You have no password here: without this you could not come in any more.")
        raise InvalidInput(says, field="identity")
    if Identity.objects.filter(user=user, issuer=settings.ACCORD_OIDC_ISSUER).delete()[0]:
        _record(user, "identity.disconnected")


def identity_of(user: User) -> Identity | None:
    return Identity.objects.filter(user=user, issuer=settings.ACCORD_OIDC_ISSUER).first()


def shown_as(claims: Mapping[str, Any]) -> str:
    """What a person knows their account at the provider by."""
    for name in ("preferred_username", EMAIL, "name", "sub"):
        if isinstance(claims.get(name), str) and claims[name].strip():
            return str(claims[name]).strip()[:254]
    return ""


def verified_email(claims: Mapping[str, Any]) -> str:
    """Empty where the provider does not say that it belongs to them."""
    email = claims.get(EMAIL)
    is_verified = claims.get("email_verified") in (True, "true")  # some write it as text
    return email if is_verified and isinstance(email, str) and "@" in email else ""


def _new_user(claims: Mapping[str, Any], invitation: Invitation | None, language: str) -> User:
    is_invited = invitation is not None and not why_closed(invitation)
    if not is_invited and not _is_of_domain(claims) and not any(_mapped_roles(claims)):
        raise NotAdmitted
    user = create_user(username=_free_name(claims), email=verified_email(claims), language=language)
    Identity.objects.create(
        user=user, shown_as=shown_as(claims), last_used_at=Now(), **_key(claims)
    )
    _record(user, "identity.admitted")
    if invitation is not None and is_invited:
        join(invitation=invitation, user=user)
    return user


def _is_of_domain(claims: Mapping[str, Any]) -> bool:
    domain = verified_email(claims).rpartition("@")[2].lower()
    return bool(domain) and domain in settings.ACCORD_OIDC_DOMAINS


def _mapped_roles(claims: Mapping[str, Any]) -> Iterator[tuple[Project, str]]:
    """What the site's settings make of the person's claims: projects that are there, and roles."""
    for path, by_value in settings.ACCORD_OIDC_ROLES.items():
        held = set(_values(claims, path))
        for value, roles in by_value.items():
            if value not in held:
                continue
            for slug, role in roles.items():
                project = Project.objects.filter(slug=slug).first()
                if project is not None:
                    yield project, role


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """A claim's texts; `realm_access.roles` is looked for within `realm_access`, too."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _let_into(project: Project, role: str, user: User) -> None:
    """As an invitation does: whoever is in stays as they are, and nobody is brought back."""
    annotator = annotator_for(user)
    if not Membership.objects.filter(project=project, annotator=annotator).exists():
        add_member(project=project, user=user, role=role, added_by=user)


def _free_name(claims: Mapping[str, Any]) -> str:
    wanted = NOT_IN_NAMES.sub("-", shown_as(claims).partition("@")[0]).strip("-.")[:100] or "user"
    name, number = wanted, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def _key(claims: Mapping[str, Any]) -> dict[str, str]:
    return {"issuer": settings.ACCORD_OIDC_ISSUER, "subject": claims["sub"]}


def _record(user: User, action: str) -> None:
    whose = annotator_for(user)
    record_event(actor=whose, action=action, target=f"annotator:{whose.pseudonym}")
