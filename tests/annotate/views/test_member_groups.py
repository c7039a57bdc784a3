"""Groups on the pages of a lead, and by the API."""

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import MemberGroup, Membership, Project, Role, User
from annotate.people.member_groups import make_group
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project) -> User:
    user = make_user(username="lead")
    make_member(project, user=user, role=Role.LEAD)
    return user


@pytest.fixture
def browser(lead) -> Client:
    client = Client()
    client.force_login(lead)
    return client


@pytest.fixture
def ann(project) -> Membership:
    user = make_user(username="ann")
    return make_member(project, user=user).memberships.get()


def url(name: str, project: Project, *rest: object) -> str:
    return reverse(f"annotate:{name}", args=[project.slug, *rest])


def text_of(page) -> str:
    return page.content.decode()


def test_those_ticked_are_put_into_a_group_and_found_by_it(browser, project, ann):
    make_member(project, user=make_user(username="bob"))
    change = {"member": [str(ann.public_id)], "change": "into_group", "group": "<b>Night</b>"}
    page = browser.post(url("member_changes", project), change, follow=True)
    assert "1 person was changed." in text_of(page)
    assert "&lt;b&gt;Night&lt;/b&gt;" in text_of(page) and "<b>Night" not in text_of(page)
    group = MemberGroup.objects.get()
    found = text_of(browser.get(url("members", project), {"group": str(group.public_id)}))
    assert ">ann</a>" in found and ">bob</a>" not in found
    listed = text_of(browser.get(url("members_csv", project))).splitlines()
    assert listed[0].startswith('"username","role","cohort","groups",')
    assert any(line.startswith('"ann","annotator","","<b>Night</b>",') for line in listed)
    out = change | {"change": "out_of_group", "query": "role=annotator"}
    back = browser.post(url("member_changes", project), out)
    assert back["Location"].endswith("?role=annotator")
    assert not group.members.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"change": "into_group"}, "Say which group."),
        ({"change": "out_of_group", "group": "East"}, "There is no group of this name."),
    ],
)
def test_a_group_that_is_not_said_or_not_there_changes_nobody(browser, project, ann, given, says):
    given = {"member": [str(ann.public_id)]} | given
    assert says in text_of(browser.post(url("member_changes", project), given, follow=True))
    assert not MemberGroup.objects.exists()


def test_groups_are_made_named_chosen_for_one_person_and_given_up(browser, project, ann):
    page = browser.post(url("member_groups", project), {"name": "North"}, follow=True)
    assert "The group “North” is there." in text_of(page)
    again = browser.post(url("member_groups", project), {"name": "north"})
    assert "There is a group of this name." in text_of(again)
    group = MemberGroup.objects.get()
    browser.post(url("member_group_name", project, group.public_id), {"name": "Far north"})
    wrong = browser.post(
        url("member_group_name", project, group.public_id), {"name": " "}, follow=True
    )
    assert "Give the group a name. (Far north)" in text_of(wrong)
    of_ann = url("groups_of_member", project, ann.public_id)
    browser.post(of_ann, {"groups": [str(group.public_id)]})
    assert list(group.members.all()) == [ann]
    page = text_of(browser.get(url("member", project, ann.public_id)))
    assert "checked" in page and "Far north" in page
    foreign = make_group(project=make_project(), name="Elsewhere", made_by=ann.annotator.user)
    for wrong_group in (str(foreign.public_id), "no id"):
        refused = browser.post(of_ann, {"groups": [wrong_group]}, follow=True)
        assert "Nothing was changed." in text_of(refused)
    assert list(group.members.all()) == [ann]
    browser.post(url("member_group_end", project, group.public_id))
    assert not MemberGroup.objects.filter(project=project).exists()


def test_a_group_of_another_project_is_not_there(browser, project):
    foreign = make_group(project=make_project(), name="Elsewhere", made_by=make_user())
    for name in ("member_group_name", "member_group_end"):
        assert browser.post(url(name, project, foreign.public_id)).status_code == 404
    listed = browser.get(url("members", project), {"group": str(foreign.public_id)})
    assert listed.status_code == 200


def test_the_api_makes_fills_lists_and_gives_up_groups(browser, project, ann):
    address = f"/api/v1/projects/{project.slug}/"
    made = browser.post(f"{address}groups/", {"name": "North"}, content_type="application/json")
    assert made.status_code == 201 and made.json()["n_members"] == 0
    group = f"{address}groups/{made.json()['id']}/"
    body = {"add": [str(ann.public_id)]}
    filled = browser.post(f"{group}members/", body, content_type="application/json")
    assert filled.json()["n_members"] == 1
    listed = browser.get(f"{address}members/?group={made.json()['id']}").json()["results"]
    assert [(row["username"], row["groups"]) for row in listed] == [
        ("ann", [{"id": made.json()["id"], "name": "North"}])
    ]
    named = browser.patch(group, {"name": "South"}, content_type="application/json")
    assert named.json()["name"] == "South"
    assert [row["name"] for row in browser.get(f"{address}groups/").json()] == ["South"]
    assert browser.delete(group).status_code == 204
    gone = browser.get(f"{address}members/?group={made.json()['id']}")
    assert (gone.status_code, gone.json()["field"]) == (400, "group")
    assert browser.get(group).status_code == 404


def test_the_api_names_who_cannot_be_put_into_a_group(browser, project):
    group = make_group(project=project, name="North", made_by=make_user())
    foreign = make_member(make_project()).memberships.get().public_id
    answer = browser.post(
        f"/api/v1/projects/{project.slug}/groups/{group.public_id}/members/",
        {"add": [str(foreign)]},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["value"]) == ("add", str(foreign))
