import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotate.models import Invitation, Membership, Project, Role, User
from annotate.people.invitations import invite
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
ACCOUNT = {"username": "zoe", "password": "long enough 17", "again": "long enough 17"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, project: Project, *rest: object) -> str:
    return reverse(f"annotate:{name}", args=[project.slug, *rest])


@pytest.fixture
def project() -> Project:
    return make_project(name="Ward notes")


@pytest.fixture
def lead(project) -> User:
    user = make_user(username="lead")
    make_member(project, user=user, role=Role.LEAD)
    return user


@pytest.fixture
def browser(lead) -> Client:
    return signed_in(lead)


def text_of(page) -> str:
    return page.content.decode()


def made_link(browser: Client, project: Project, **fields: object) -> str:
    wanted = {"role": "annotator", "most_uses": 1, "days": 7} | fields
    page = browser.post(url("invitations", project), wanted)
    assert page.status_code == 201
    return text_of(page).partition('<code class="token">http://testserver')[2].partition("<")[0]


def test_from_a_link_to_an_account_and_into_the_project(browser, project, client):
    link = made_link(browser, project, cohort="nurses")
    assert link not in text_of(browser.get(url("add_members", project)))
    assert "You are invited to Ward notes" in text_of(client.get(link))

    answer = client.post(link, ACCOUNT, follow=True)

    assert answer.redirect_chain[-1][0] == url("project", project)
    assert "You are in: Ward notes." in text_of(answer)
    assert Membership.objects.get(annotator__user__username="zoe").cohort == "nurses"
    assert "1 of 1" in text_of(browser.get(url("add_members", project)))
    closed = Client().get(link)
    assert closed.status_code == 410 and "has been used" in text_of(closed)


def test_whoever_has_an_account_joins_with_it(browser, project):
    link = made_link(browser, project)
    other = signed_in(make_user(username="yan"))
    assert "Join as yan" in text_of(other.get(link))
    assert other.post(link).status_code == 302
    assert Membership.objects.filter(annotator__user__username="yan").exists()
    again = other.get(link)  # used up, but not for those who are in
    assert again["Location"] == url("project", project)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"again": "another one 17"}, "The two passwords differ."),
        ({"password": "123", "again": "123"}, "too short"),
        ({"username": "lead"}, "already exists"),
        ({"username": "a b"}, "valid username"),
        ({"email": "nowhere"}, "valid email"),
    ],
)
def test_what_is_wrong_with_an_account_stands_at_its_field(browser, project, client, changed, says):
    link = made_link(browser, project)
    page = client.post(link, ACCOUNT | changed)
    assert says in text_of(page)
    assert "long enough" not in text_of(page)
    assert not User.objects.filter(username="zoe").exists()
    assert Invitation.objects.get().n_uses == 0


def test_an_unknown_link_says_nothing(client):
    assert client.get("/join/accord_nothing/").status_code == 404


def test_leads_are_invited_one_by_one(browser, project):
    wrong = {"role": "lead", "most_uses": 5, "days": 7}
    page = browser.post(url("invitations", project), wrong)
    assert page.status_code == 400 and "invited one by one" in text_of(page)


def test_a_withdrawn_link_lets_nobody_in(browser, project, client):
    link = made_link(browser, project)
    invitation = Invitation.objects.get()
    assert (
        browser.post(url("withdraw_invitation", project, invitation.public_id)).status_code == 302
    )
    assert client.post(link, ACCOUNT).status_code == 410
    assert not User.objects.filter(username="zoe").exists()


def test_a_file_of_people_is_added_and_its_wrong_rows_are_shown(browser, project):
    make_user(username="ann")
    address = url("add_member_list", project)
    page = browser.post(address, {"file": SimpleUploadedFile("p.csv", b"ann\nnobody\n")})
    assert page.status_code == 400
    assert "1 row is wrong: nobody was added." in text_of(page) and "nobody</td>" in text_of(page)
    page = browser.post(address, {"text": "ann\n"}, follow=True)
    assert "1 person was added." in text_of(page)
    for empty in ({"text": " \n"}, {"file": SimpleUploadedFile("p.csv", b"")}):
        assert "The list is empty." in text_of(browser.post(address, empty))
    page = browser.post(address, {"file": SimpleUploadedFile("p.csv", b"\xff\xfe")})
    assert "not UTF-8" in text_of(page)


def test_those_ticked_are_changed_and_the_search_stays(browser, project):
    members = [make_member(project).memberships.get() for _number in range(3)]
    chosen = [str(member.public_id) for member in members[:2]]
    data = {"member": chosen, "change": "cohort", "cohort": "north", "query": "q=a&order=last"}
    answer = browser.post(url("member_changes", project), data)
    assert answer["Location"] == url("members", project) + "?q=a&order=last"
    assert Membership.objects.filter(cohort="north").count() == 2
    for odd in ({"member": ["x"]}, {"member": []}, {"change": "delete"}, {"change": "role"}):
        browser.post(url("member_changes", project), data | {"cohort": "odd"} | odd)
    assert not Membership.objects.filter(cohort="odd").exists()


def test_the_list_as_csv_is_safe_to_open_and_comes_back(browser, project):
    make_member(project, user=make_user(username="ann"), cohort="=1+1")
    lines = text_of(browser.get(url("members_csv", project))).splitlines()
    assert lines[0].startswith('"username","role","cohort"')
    assert lines[1].startswith('"ann","annotator","\'=1+1"')


def test_an_empty_search_says_so(browser, project):
    assert "Nobody here is like that" in text_of(browser.get(url("members", project) + "?q=zzz"))


def test_a_link_made_by_api_works_and_ends(project, lead, client):
    browser = signed_in(lead)
    address = f"/api/v1/projects/{project.slug}/invitations/"
    made = browser.post(address, {"most_uses": 2}, content_type="application/json").json()
    assert client.get(made["link"].removeprefix("http://testserver")).status_code == 200
    listed = browser.get(address).json()["results"]
    assert "link" not in listed[0] and listed[0]["closed"] == ""
    assert browser.delete(f"{address}{made['id']}/").status_code == 204
    assert browser.get(address).json()["results"][0]["closed"]


def test_a_link_of_another_project_cannot_be_withdrawn(browser, lead):
    other = make_project(slug="other")
    theirs, _plain = invite(project=other, invited_by=make_user(username="z"))
    page = browser.post(url("withdraw_invitation", other, theirs.public_id))
    assert page.status_code == 404
