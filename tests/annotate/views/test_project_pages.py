"""The navigation of a project: each role is shown what it may open, and where it is."""

import re

import pytest
from django.test import Client

from annotate.demo.loader import REPLIES
from annotate.models import Project, Role
from annotate.templatetags.project_pages import GROUPS
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db

LINK = re.compile(
    r'<a class="pages__(group|page)" href="([^"]*)"( aria-current="\w+")?>([^<]*)</a>'
)
BELOW_OTHERS = ("imports/formats/", "imports/hub/", "rulings/")


def navigation(project: Project, role: Role, page: str = "") -> list[tuple[str, str, str, str]]:
    """Of each link: group or page, address, whether it is current, and its words."""
    client = Client()
    member = make_member(project, role=role, user=make_user())
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(page if page.startswith("/") else f"/projects/{project.slug}/{page}")
    assert answer.status_code == 200, page
    return LINK.findall(answer.content.decode())


@pytest.mark.parametrize(
    ("role", "groups", "pages"),
    [
        (Role.ANNOTATOR, [], ["Overview", "Guidelines", "My judgements"]),
        (Role.REVIEWER, ["Project", "Results"], ["Overview", "Guidelines", "My judgements"]),
        (
            Role.LEAD,
            ["Project", "Results", "Data", "Set-up"],
            ["Overview", "Guidelines", "My judgements"],
        ),
    ],
)
def test_each_role_is_shown_its_groups_and_the_pages_of_the_open_one(role, groups, pages):
    links = navigation(make_project(), role)
    assert [words for kind, _url, _here, words in links if kind == "group"] == groups
    assert [words for kind, _url, _here, words in links if kind == "page"] == pages


def test_a_reviewer_is_shown_no_page_of_leads():
    links = navigation(make_project(), Role.REVIEWER, "agreement/")
    assert [words for kind, _url, _here, words in links if kind == "page"] == [
        "Comparisons",
        "Agreement",
    ]


def test_every_page_is_one_that_a_lead_may_open_and_says_that_one_is_there():
    project = make_project()
    n_pages = 0
    for _kind, group, _here, _words in navigation(project, Role.LEAD)[: len(GROUPS)]:
        for kind, url, _here, _words in navigation(project, Role.LEAD, group):
            if kind == "page":
                n_pages += 1
                assert_is_there(navigation(project, Role.LEAD, url), url)
    assert n_pages == sum(not page.is_of_replies for group in GROUPS for page in group.pages)


@pytest.mark.parametrize("page", BELOW_OTHERS)
def test_a_page_below_another_says_where_one_is(page):
    links = navigation(make_project(), Role.LEAD, page)
    assert sorted(kind for kind, _url, here, _words in links if here) == ["group", "page"]


def test_the_demonstration_of_replies_has_a_page_of_its_own_model():
    project = make_project(slug=REPLIES["en"].slug, is_demo=True)
    url = f"/training/trials/{project.slug}/"
    assert_is_there(navigation(project, Role.LEAD, url), url)


def assert_is_there(links: list[tuple[str, str, str, str]], url: str) -> None:
    here = [(kind, address, mark) for kind, address, mark, _words in links if mark]
    assert [kind for kind, _address, _mark in here] == ["group", "page"]
    assert here[1] == ("page", url, ' aria-current="page"')
