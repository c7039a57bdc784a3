"""The admin site: site admins alone, through services, with what was judged shown only."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from annotate.models import (
    QUALITY_SETTINGS,
    ApiToken,
    AuditEvent,
    Judgement,
    Project,
    User,
)
from annotate.people.members import issue_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def site(world) -> Client:
    return world.client("admin")


def listed(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_every_list_and_every_first_row_opens(site, model):
    assert site.get(listed(model)).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        name = listed(model).replace("changelist", "change")
        assert site.get(f"{name}{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("role", ["stranger", "annotator", "reviewer", "lead"])
def test_the_staff_flag_alone_opens_nothing(world, role):
    user = world.users[role]
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user, backend=BACKEND)
    for model in admin.site._registry:
        answer = client.get(listed(model), follow=True)
        assert answer.status_code == 403


def test_an_inactive_site_admin_is_out(world):
    User.objects.filter(username="admin").update(is_active=False)
    assert world.client("admin").get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "name",
    ["judgement", "lease", "preference", "auditevent", "skip", "adjudication", "comparison"],
)
def test_what_was_judged_can_be_neither_added_changed_nor_deleted(site, name):
    model = next(one for one in admin.site._registry if one._meta.model_name == name)
    row = model._default_manager.first()
    before = list(model._default_manager.values())
    assert site.get(f"/admin/annotate/{name}/add/").status_code == 403
    pk = 1 if row is None else row.pk
    for verb in ("change", "delete"):
        answer = site.post(f"/admin/annotate/{name}/{pk}/{verb}/", {"post": "yes"})
        assert answer.status_code in (302, 403)
    action = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    site.post(listed(model), action)
    assert list(model._default_manager.values()) == before


def test_nobody_is_deleted_as_erasure_keeps_their_judgements(site, world):
    user = world.users["annotator"]
    assert site.post(f"/admin/annotate/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    site.post(listed(User), action)
    assert User.objects.filter(pk=user.pk).exists()
    assert Judgement.objects.filter(annotator__user=user).exists()


def test_an_account_is_made_by_the_service_and_can_sign_in(site):
    body = {
        "username": "fresh",
        "usable_password": "true",
        "password1": "a good password!",
        "password2": "a good password!",
    }
    assert site.post("/admin/annotate/user/add/", body).status_code == 302
    made = User.objects.get(username="fresh")
    assert not made.is_staff and not made.is_superuser
    assert AuditEvent.objects.filter(action="user.created").exists()
    sent = {"username": "fresh", "password": "a good password!"}
    assert Client().post("/sign-in/", sent).status_code == 302


def change(site: Client, user: User, **fields: str):
    body = {"username": user.username, "is_active": "on", **fields}
    return site.post(f"/admin/annotate/user/{user.pk}/change/", body)


def test_a_site_admin_is_made_and_unmade_with_an_event_for_each(site):
    user = make_user()
    assert change(site, user, is_superuser="on").status_code == 302
    user.refresh_from_db()
    assert user.is_superuser and user.is_staff
    assert change(site, user).status_code == 302
    user.refresh_from_db()
    assert not user.is_superuser and not user.is_staff
    events = AuditEvent.objects.filter(action="user.changed").order_by("pk")
    assert [event.after["is_superuser"] for event in events] == [True, False]


def test_a_site_admin_cannot_shut_themselves_out(site, world):
    answer = change(site, world.users["admin"], is_superuser="")
    assert answer.status_code == 302
    said = site.get(answer["Location"]).content.decode()
    assert "Ask another site admin" in said
    assert User.objects.get(username="admin").is_superuser


def project_body(project: Project, **fields: object) -> dict:
    names = (
        "name",
        "description",
        "guidelines",
        "attribution",
        "overlap",
        "lease_seconds",
        "offline_pairs",
        "offline_hours",
        "min_judgements",
        "resolution_rule",
        "min_agreement",
        "min_posterior",
        *QUALITY_SETTINGS,
    )
    body = {name: getattr(project, name) for name in names}
    return {name: value for name, value in body.items() if value is not None} | fields


def test_a_project_is_changed_by_the_service(site, world):
    project = world.own.project
    body = project_body(project, guidelines="Be brief.", overlap=4)
    address = f"/admin/annotate/project/{project.pk}/change/"
    assert site.post(address, body).status_code == 302
    project.refresh_from_db()
    assert (project.overlap, project.guidelines_version) == (4, 2)
    event = AuditEvent.objects.filter(action="project.changed").latest("pk")
    assert event.after["overlap"] == 4


def test_a_project_is_made_by_the_service_and_led_by_its_maker(site, world):
    body = project_body(world.own.project, name="Made", slug="made")
    assert site.post("/admin/annotate/project/add/", body).status_code == 302
    project = Project.objects.get(slug="made")
    assert project.memberships.get().annotator.user == world.users["admin"]


def test_tokens_are_revoked_but_their_digests_not_shown(site):
    token, _plain = issue_token(user=make_user(), name="theirs")
    page = site.get(f"/admin/annotate/apitoken/{token.pk}/change/").content.decode()
    assert token.digest not in page
    site.post(listed(ApiToken), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None
