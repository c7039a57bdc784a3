"""Every page, in both themes and on a phone: no barrier that axe finds, nothing beside the page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.models import Flag, HubFetch, Import, Verdict, WorkState
from tests.browser.conftest import DESK, PHONE
from tests.factories import hold, judge, judge_comparison, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/",
    "/account/",
    "/account/second-factor/",
    "/notices/",
    "/notices/settings/",
    "/projects/new/",
    "{project}",
    "{project}judge/",
    "{project}judge/?text=plain",
    "{project}guidelines/",
    "{project}history/",
    "{project}members/",
    "{project}members/add/",
    "{project}members/groups/",
    "{project}imports/",
    "{project}imports/{import_id}/",
    "{project}imports/formats/",
    "{project}imports/hub/",
    "{project}imports/hub/{fetch_id}/",
    "{project}answers/",
    "{project}exports/",
    "{project}protocol/",
    "{project}protocol/?preset=reasons",
    "{project}protocol/?preset=criteria",
    "{project}settings/",
    "{project}comparisons/",
    "{project}comparisons/?state=adjudication",
    "{project}comparisons/?flagged=true",
    "{project}comparisons/changes/",
    "{project}comparisons/{comparison_id}/",
    "{project}agreement/",
    "{project}quality/",
    "{project}quality/proposals/",
    "{project}quality/people/{person_id}/",
    "{project}arenas/",
    "{project}notices/",
    "{project}notices/webhooks/new/",
    "/no-such-page/",
]


@pytest.fixture
def addresses(project, lead) -> list[str]:
    """Pages with something on each: votes, a dispute, a flag, an import with a wrong row."""
    disputed, *_others = project.comparisons.order_by("id")
    judge_comparison(disputed, Verdict.FIRST, Verdict.SECOND, Verdict.TIE)
    judge(lead, hold(lead, project).current, seconds=12.5)  # so that their history has a row
    person = project.memberships.get(annotator=lead)
    Flag.objects.create(comparison=disputed, annotator=lead, reason="harmful", note="See here.")
    failed = Import.objects.create(
        project=project,
        file_name="answers.jsonl",
        state=WorkState.FAILED,
        reason="1 wrong row: nothing was imported.",
        n_wrong=1,
        errors=[{"row": 3, "field": "chosen", "value": "", "message": "This text is empty."}],
    )
    fetch = HubFetch.objects.create(
        project=project,
        dataset="owner/a-data-set-with-a-long-name",
        revision="main",
        path="data/train-00000-of-00001-with-a-long-name.parquet",
        state=WorkState.FAILED,
        reason="The hub has no “owner/a-data-set-with-a-long-name”.",
    )
    return [
        address.format(
            project=f"/projects/{project.slug}/",
            fetch_id=fetch.public_id,
            import_id=failed.public_id,
            person_id=person.public_id,
            comparison_id=disputed.public_id,
        )
        for address in PAGES
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier(page: Page, live_server, enter, addresses, theme):
    page.emulate_media(color_scheme=theme)
    found = _violations(page, f"{live_server.url}/sign-in/")
    enter(page, "lena")
    for address in addresses:
        found += _violations(page, live_server.url + address)
    assert found == []


def test_axe_finds_no_barrier_in_the_sheets_of_the_judging_screen(
    page: Page, live_server, enter, project, lead
):
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    for key, sheet in (("s", "skip"), ("f", "flag"), ("g", "guidelines"), ("?", "keys")):
        page.keyboard.press(key)
        expect(page.locator(f"#{sheet}")).to_be_visible()
        assert _barriers(page, sheet) == []
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Reading").click()
    expect(page.locator("#reading")).to_be_visible()
    assert _barriers(page, "reading") == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_is_wider_than_a_phone(page: Page, live_server, enter, addresses, language):
    page.set_viewport_size(PHONE)
    enter(page, "lena")
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    for address in ["/sign-in/", *addresses]:
        page.goto(live_server.url + address)
        beside = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert beside <= 0, address
        assert page.locator("html").get_attribute("lang") == language


def test_every_target_on_a_phone_can_be_hit_by_a_thumb(
    page: Page, live_server, enter, project, lead
):
    page.set_viewport_size(PHONE)
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    for control in page.locator("#controls button, header :is(a, button)").all():
        if control.is_visible():
            box = control.bounding_box()
            assert box["height"] >= 44, control.inner_text()
            assert box["width"] >= 44, control.inner_text()


def test_somebody_signs_in_changes_the_language_and_signs_out(page: Page, live_server, db):
    make_user(username="mei", password="a quiet room 7")
    page.goto(f"{live_server.url}/")
    page.get_by_label("Username").fill("mei")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    page.get_by_label("Username").fill("mei")
    page.get_by_label("Password").fill("a quiet room 7")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_tab_stop_leads_past_the_header(page: Page, live_server, enter, project, lead):
    page.set_viewport_size(DESK)
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/settings/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/#main")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def _violations(page: Page, url: str) -> list[str]:
    page.goto(url)
    return _barriers(page, url)


def _barriers(page: Page, where: str) -> list[str]:
    results = Axe().run(page)
    return [
        f"{where}: {violation['id']}: {node['html'][:200]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
