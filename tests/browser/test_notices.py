"""The bell, the list of notices and the webhooks: without barriers, and within a phone's width."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from annotate.models import Notice, NoticeKind
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_call, make_notice, make_webhook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
FIGURE = {"value": 0.11, "low": 0.03, "high": 0.18, "bound": 0.2}


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [(DESK, "light", "en"), (PHONE, "dark", "zh-hans")],
    ids=["desk", "phone"],
)
def test_every_page_of_notices_can_be_used(
    page: Page, live_server, enter, project, lead, size, theme, language
):
    make_notice(project, facts={"name": "x" * 90 + ".jsonl", "reason": "Row 3: “prompt” is empty."})
    make_notice(project, kind=NoticeKind.ALPHA_LOW, subject="", facts=FIGURE)
    webhook = make_webhook(project, host="a-rather-long-name.of-a-host.example.org")
    sent = make_call(webhook, state="failed", reason="500 " + "y" * 200)
    sent.tries.create(number=1, ended_at=sent.made_at, said="500 " + "y" * 200)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    enter(page, "lena")
    of_project = f"/projects/{project.slug}/notices/"
    for path in (
        "/notices/",
        "/notices/settings/",
        of_project,
        f"{of_project}webhooks/{webhook.public_id}/",
        f"{of_project}deliveries/{sent.public_id}/",
    ):
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        barriers = [
            f"{path}: {violation['id']}: {node['html'][:200]}"
            for violation in Axe().run(page).response["violations"]
            for node in violation["nodes"]
        ]
        assert barriers == []
    page.goto(f"{live_server.url}/notices/")
    assert page.locator("#bell .bell__count").inner_text() == "2"
    page.locator("form[action$='/notices/read/'] button").click()
    assert page.locator("#bell .bell__count").count() == 0
    assert Notice.objects.filter(readings__read_at__isnull=False).count() == 2
