"""A checkpoint is proposed, accepted and gone back from; votes are followed by keys alone."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from annotate.models import Judgement, Preference, Project
from tests.browser.conftest import PHONE
from tests.factories import judge_comparison, make_admin, make_comparison, make_project
from tests.training.promotion.conftest import (
    make_base,
    make_policy,
    make_snapshot,
    measure,
    wins,
)
from training.models import Alias, Checkpoint, SnapshotPair

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def answers(word: str) -> dict[str, object]:
    """What both wrote, as an evaluation keeps it; a model may write anything."""
    return {
        f"{number:08x}": {
            "prompt": [{"role": "user", "content": f"Question {number}?"}],
            "answer": f"{word} answer {number} <script>alert(1)</script>",
        }
        for number in range(12)
    }


@pytest.fixture
def letters(transactional_db) -> Project:
    make_admin(username="ada")
    project = make_project(name="Letters", slug="letters", overlap=1)
    snapshot = make_snapshot(project)
    base = make_base("Base of letters")
    policy = make_policy(base, snapshot, name="Kinder letters")
    for checkpoint, n_right, word in ((base, 30, "A cold"), (policy, 50, "A warm")):
        measure(
            checkpoint,
            snapshot,
            wins_by_pair=wins(n_right),
            by_prompt={"answers": answers(word)},
        )
    judge_comparison(make_comparison(project), "first")
    SnapshotPair.objects.create(
        snapshot=snapshot,
        preference=Preference.objects.get(),
        position=0,
        split="train",
        digest="d",
    )
    return project


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_a_checkpoint_is_proposed_accepted_and_gone_back_from(
    browser, live_server, enter, letters, scripts
):
    context = browser.new_context(java_script_enabled=scripts, locale="en-US")
    page = context.new_page()
    enter(page, "ada")
    policy = Checkpoint.objects.get(name="Kinder letters")
    page.goto(f"{live_server.url}/training/checkpoints/{policy.public_id}/")
    page.get_by_role("button", name="Propose as champion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“Kinder letters” as champion?")
    expect(page.get_by_text("Better: agreement with people +33 points")).to_be_visible()
    expect(page.get_by_text("This rests on 60 held-out prompts.")).to_be_visible()
    expect(page.locator(".sample")).to_have_count(10)
    page.get_by_label("Why").fill("It is kinder.")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("accepted", exact=True)).to_be_visible()
    page.goto(f"{live_server.url}/training/in-use/letters/")
    expect(page.get_by_role("cell", name="It is kinder.")).to_be_visible()

    other = make_policy(policy, policy.run.snapshot, name="Newer letters")
    measure(other, policy.run.snapshot, wins_by_pair=wins(60))
    page.goto(f"{live_server.url}/training/checkpoints/{other.public_id}/")
    page.get_by_role("button", name="Propose as champion").click()
    page.get_by_role("button", name="Accept").click()
    page.goto(f"{live_server.url}/training/in-use/letters/")
    page.get_by_role("button", name="Go back to “Kinder letters”").click()
    expect(page.get_by_role("row").filter(has_text="gone back to 1")).to_be_visible()
    assert [line.checkpoint for line in Alias.objects.order_by("number")] == [
        policy,
        other,
        policy,
    ]
    context.close()


def test_a_shut_gate_says_why_and_cannot_be_pressed(page: "Page", live_server, enter, letters):
    enter(page, "ada")
    page.goto(f"{live_server.url}/training/in-use/letters/gate/")
    page.get_by_label("Fewest prompts").fill("100")
    page.get_by_role("button", name="Keep").click()
    policy = Checkpoint.objects.get(name="Kinder letters")
    page.goto(f"{live_server.url}/training/checkpoints/{policy.public_id}/")
    page.get_by_role("button", name="Propose as champion").click()
    expect(page.get_by_text("It rests on 60 prompts, and the gate asks for 100.")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_be_disabled()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Say why it is rejected.")).to_be_visible()
    page.get_by_label("Why").fill("Too few.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("rejected", exact=True)).to_be_visible()


def test_a_vote_is_followed_to_a_model_and_back_by_keys_alone(
    page: "Page", live_server, enter, letters
):
    enter(page, "ada")
    comparison = Judgement.objects.get().comparison
    page.goto(f"{live_server.url}/projects/letters/comparisons/{comparison.public_id}/")
    page.get_by_role("link", name="Which runs and models learnt from these votes").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What learnt from these votes")
    link = page.locator(".lineage__picture a").last
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/training/checkpoints/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kinder letters")
    page.get_by_role("link", name="The votes behind it").press("Enter")
    page.get_by_role("row").nth(1).get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What learnt from these votes")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_its_pages_have_no_barrier_and_fit_a_phone(
    page: "Page", live_server, enter, letters, theme, language
):
    enter(page, "ada")
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(PHONE)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    policy = Checkpoint.objects.get(name="Kinder letters")
    comparison = Judgement.objects.get().comparison
    checkpoint = f"/training/checkpoints/{policy.public_id}/"
    page.goto(live_server.url + checkpoint)
    page.locator(f"form[action='{checkpoint}propose/'] button").click()
    for address in (
        page.url.removeprefix(live_server.url),
        checkpoint,
        f"{checkpoint}votes/",
        f"/training/snapshots/{policy.run.snapshot.public_id}/",
        f"/training/votes/letters/{comparison.public_id}/",
        "/training/in-use/",
        "/training/in-use/letters/",
        "/training/in-use/letters/gate/",
    ):
        page.goto(live_server.url + address)
        assert not page.evaluate(WIDE), address
        assert Axe().run(page).response["violations"] == [], address
