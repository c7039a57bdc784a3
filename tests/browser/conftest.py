"""A site in this process, and people who are signed in to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from annotate.models import Project, Role
from tests.factories import make_comparisons, make_member, make_project, make_user

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def project(transactional_db) -> Project:
    """Ten comparisons that anybody may judge at once, as there are no guidelines to read."""
    project = make_project(overlap=5, name="Helpful answers")
    make_comparisons(project, 10)
    return project


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user(username="ann"))


@pytest.fixture
def lead(project):
    return make_member(project, role=Role.LEAD, user=make_user(username="lena"))


@pytest.fixture
def enter(live_server) -> "Callable[[Page, str], None]":
    """Sign a page in as somebody, without the way through the sign-in page."""

    def sign_in(page: "Page", username: str) -> None:
        client = Client()
        client.force_login(
            get_user_model().objects.get(username=username),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        page.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": live_server.url}
                for name, morsel in client.cookies.items()
            ]
        )

    return sign_in


@pytest.fixture
def screen(page: "Page", live_server, enter, project, annotator) -> "Page":
    """The judging screen of Ann, with its first comparison."""
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    return page


@pytest.fixture
def offline_address(live_server, project) -> str:
    make_comparisons(project, 5)
    Project.objects.update(offline_pairs=10)
    return f"{live_server.url}/projects/{project.slug}/judge/offline/"


@pytest.fixture
def device(page: "Page", enter, annotator, offline_address) -> "Page":
    """Ann's browser with ten pairs taken along, and without a network from now on."""
    from tests.browser.offline import says, until

    enter(page, "ann")
    page.goto(offline_address)
    page.get_by_role("button", name="Take along up to 10").click()
    says(page, kept=0, left=10)
    until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))
    until(lambda: page.evaluate("caches.match(location.pathname).then(Boolean)"))
    page.context.set_offline(True)
    return page
