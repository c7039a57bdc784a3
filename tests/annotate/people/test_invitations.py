from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.errors import InvalidInput, InvitationClosed, MemberPaused
from annotate.models import AuditEvent, Invitation, Membership, Project, Role, User
from annotate.people.invitations import (
    invitation_of,
    invite,
    join,
    sign_up,
    why_closed,
    withdraw_invitation,
)
from annotate.people.members import change_member, remove_member
from tests.factories import make_admin, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 17"


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project) -> User:
    user = make_user(username="lead")
    make_member(project, user=user, role=Role.LEAD)
    return user


def test_a_link_lets_in_with_its_role_and_cohort_and_counts(project, lead):
    invitation, plain = invite(
        project=project, invited_by=lead, cohort="nurses", most_uses=2, note="ward 3"
    )
    found = invitation_of(plain)
    assert found == invitation and plain not in str(Invitation.objects.values().get())

    user = sign_up(invitation=found, username="zoe", password=PASSWORD)

    part = Membership.objects.get(annotator=user.annotator)
    assert (part.project, part.role, part.cohort) == (project, Role.ANNOTATOR, "nurses")
    assert user.check_password(PASSWORD) and not user.is_site_admin
    invitation.refresh_from_db()
    assert (invitation.n_uses, invitation.uses.get().annotator) == (1, user.annotator)


def test_who_comes_twice_is_let_in_once(project, lead):
    invitation, _plain = invite(project=project, invited_by=lead)
    user = make_user()
    assert join(invitation=invitation, user=user).is_new
    assert not join(invitation=invitation, user=user).is_new  # a second click
    invitation.refresh_from_db()
    assert invitation.n_uses == 1


def test_a_member_keeps_the_role_they_have(project, lead):
    invitation, _plain = invite(project=project, invited_by=lead, role=Role.ANNOTATOR)
    assert not join(invitation=invitation, user=lead).is_new
    assert Membership.objects.get(annotator=lead.annotator).role == Role.LEAD


@pytest.mark.parametrize("end", ["pause", "remove"])
def test_a_link_does_not_bring_back_whom_a_lead_has_sent_away(project, lead, end):
    user = make_user()
    member = make_member(project, user=user).memberships.get()
    if end == "pause":
        change_member(membership=member, is_active=False, changed_by=lead)
    else:
        remove_member(membership=member, removed_by=lead)
    invitation, _plain = invite(project=project, invited_by=lead)
    with pytest.raises(MemberPaused, match="Ask them"):
        join(invitation=invitation, user=user)
    member.refresh_from_db()
    assert not member.is_active
    assert Invitation.objects.get().n_uses == 0


def closed_by(what: str, invitation: Invitation, lead: User) -> None:
    if what == "withdrawn":
        withdraw_invitation(invitation=invitation, withdrawn_by=lead)
    elif what == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "used":
        join(invitation=invitation, user=make_user())
    elif what == "its lead is a lead no more":
        Membership.objects.filter(annotator=lead.annotator).update(role=Role.REVIEWER)
    else:
        User.objects.filter(pk=lead.pk).update(is_active=False)


@pytest.mark.parametrize(
    "what", ["withdrawn", "expired", "used", "its lead is a lead no more", "its lead is gone"]
)
def test_a_closed_link_makes_no_account(project, lead, what):
    invitation, plain = invite(project=project, invited_by=lead)
    closed_by(what, invitation, lead)
    found = invitation_of(plain)
    assert found is not None and why_closed(found).startswith(("This invit", "Whoever"))
    with pytest.raises(InvitationClosed):
        sign_up(invitation=found, username="zoe", password=PASSWORD)
    assert not User.objects.filter(username="zoe").exists()


def test_a_refused_account_leaves_the_place_free(project, lead):
    invitation, _plain = invite(project=project, invited_by=lead)
    for username, password in (("lead", PASSWORD), ("zoe", "123"), ("a b", PASSWORD)):
        with pytest.raises(InvalidInput):
            sign_up(invitation=invitation, username=username, password=password)
    invitation.refresh_from_db()
    assert invitation.n_uses == 0 and why_closed(invitation) == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"most_uses": 0}, "most_uses"),
        ({"most_uses": 1001}, "most_uses"),
        ({"role": Role.LEAD, "most_uses": 2}, "most_uses"),
        ({"role": Role.REVIEWER, "most_uses": 2}, "most_uses"),
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
        ({"cohort": "c" * 61}, "cohort"),
        ({"note": "n" * 81}, "note"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_by_field(project, lead, fields, field):
    with pytest.raises(InvalidInput) as refused:
        invite(project=project, invited_by=lead, **fields)
    assert refused.value.field == field
    assert not Invitation.objects.exists()


def test_the_table_itself_lets_no_more_in_than_are_invited(project, lead):
    invite(project=project, invited_by=lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.update(n_uses=2)


def test_what_was_done_stands_in_the_audit_without_the_link(project):
    admin = make_admin()
    invitation, plain = invite(project=project, invited_by=admin)
    join(invitation=invitation, user=make_user())
    for _twice in range(2):
        withdraw_invitation(invitation=invitation, withdrawn_by=admin)
    events = AuditEvent.objects.filter(action__startswith="invitation.").order_by("pk")
    assert [event.action.partition(".")[2] for event in events] == ["made", "used", "withdrawn"]
    assert plain not in str(list(events.values()))
