from datetime import UTC, datetime

import pytest

from annotate.access.tokens import token_digest
from annotate.errors import InvalidInput
from annotate.models import ApiToken, AuditEvent, Comparison, Membership, Role, User
from annotate.people.members import (
    add_member,
    change_member,
    create_user,
    issue_token,
    remove_member,
    revoke_token,
)
from tests.factories import hold, make_admin, make_comparison, make_project, make_user

pytestmark = pytest.mark.django_db


def test_a_user_can_sign_in_and_has_an_annotator_to_judge_as():
    user = create_user(username="zoe", password="long enough 17", is_site_admin=True)
    assert user.check_password("long enough 17")
    assert user.is_site_admin
    assert user.annotator.pseudonym != "zoe"


def test_a_user_without_a_password_cannot_sign_in():
    assert not create_user(username="zoe").has_usable_password()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "zoe", "password": "123"}, "password"),
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "zoe", "email": "nowhere"}, "email"),
    ],
)
def test_a_user_that_cannot_be_is_refused_by_field(fields, field):
    with pytest.raises(InvalidInput) as refused:
        create_user(**fields)
    assert refused.value.field == field
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_refused():
    make_user(username="zoe")
    with pytest.raises(InvalidInput, match="already exists"):
        create_user(username="zoe")


def test_the_audit_never_holds_a_name():
    create_user(username="zoe.secret", email="zoe@example.org", created_by=make_admin())
    event = AuditEvent.objects.get(action="user.created")
    assert event.target == f"annotator:{User.objects.get(username='zoe.secret').annotator}"
    assert "zoe" not in f"{event.actor}{event.target}{event.before}{event.after}"


def test_a_member_is_added_once_and_comes_back_after_leaving():
    project, user = make_project(), make_user()
    membership = add_member(project=project, user=user, role=Role.REVIEWER, cohort="experts")
    with pytest.raises(InvalidInput, match="already"):
        add_member(project=project, user=user, role=Role.ANNOTATOR)
    remove_member(membership=membership)
    again = add_member(project=project, user=user, role=Role.ANNOTATOR)
    assert (again.pk, again.role, again.is_active) == (membership.pk, "annotator", True)


def test_an_unknown_role_is_refused():
    with pytest.raises(InvalidInput) as refused:
        add_member(project=make_project(), user=make_user(), role="owner")
    assert (refused.value.field, refused.value.value) == ("role", "owner")


@pytest.mark.parametrize("leave", ["pause", "remove"])
def test_who_is_paused_or_leaves_gives_back_what_they_hold(leave):
    project = make_project(overlap=1)
    make_comparison(project)
    membership = add_member(project=project, user=make_user(), role=Role.ANNOTATOR)
    assert hold(membership.annotator, project).current is not None
    if leave == "pause":
        change_member(membership=membership, is_active=False)
    else:
        remove_member(membership=membership)
    assert Comparison.objects.get().n_leased == 0
    assert not Membership.objects.get().is_active


def test_a_change_of_role_is_in_the_audit_with_before_and_after():
    admin = make_admin()
    membership = add_member(project=make_project(), user=make_user(), role=Role.ANNOTATOR)
    change_member(membership=membership, changed_by=admin, role=Role.LEAD)
    event = AuditEvent.objects.get(action="member.changed")
    assert (event.before["role"], event.after["role"]) == ("annotator", "lead")
    assert event.actor == admin.annotator.pseudonym


def test_only_role_cohort_and_activity_can_be_changed():
    membership = add_member(project=make_project(), user=make_user(), role=Role.ANNOTATOR)
    with pytest.raises(InvalidInput) as refused:
        change_member(membership=membership, n_sides_drawn=0)
    assert refused.value.field == "n_sides_drawn"


def test_a_token_is_shown_once_and_stored_as_a_digest_only():
    token, plain = issue_token(
        user=make_user(), name="laptop", expires_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    stored = ApiToken.objects.get()
    assert stored.digest == token_digest(plain)
    assert plain not in str([stored.digest, stored.prefix, stored.name])
    assert plain.startswith(token.prefix)


def test_a_token_is_revoked_once():
    user = make_user()
    token, _plain = issue_token(user=user, name="laptop")
    revoke_token(token=token)
    first = token.revoked_at
    revoke_token(token=token)
    assert first is not None
    assert token.revoked_at == first
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_a_token_needs_a_name():
    with pytest.raises(InvalidInput) as refused:
        issue_token(user=make_user(), name=" ")
    assert refused.value.field == "name"
