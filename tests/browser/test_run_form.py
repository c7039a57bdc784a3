"""Queueing a run in a browser: from the advice to the settings that are stored."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.factories import make_admin
from training.models import Checkpoint, CheckpointKind, Run, Snapshot

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def material(transactional_db) -> None:
    """Something to learn from, and something to start from, as far as the form looks at them."""
    Snapshot.objects.create(
        name="Tea or coffee",
        selection={},
        cutoff_at=timezone.now(),
        split_salt="salt",
        eval_share=0.1,
        digest="d",
        file="snapshots/d",
        n_pairs=5,
        n_train=5,
        n_eval=0,
    )
    Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        name="Small",
        digest="e",
        manifest=[],
        size_bytes=1,
        folder="checkpoints/e",
    )


def test_a_run_by_rules_is_queued_with_what_was_typed(page: "Page", live_server, enter, material):
    make_admin(username="ada")
    enter(page, "ada")
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/training/runs/new/")
    expect(page.get_by_role("heading", name="Which method?")).to_be_visible()
    page.get_by_role("link", name="GRPO", exact=True).click()
    page.get_by_label("Snapshot").select_option(label="Tea or coffee")
    page.get_by_label("Start from").select_option(label="Small")
    page.get_by_role("button", name="Queue").click()
    expect(page.get_by_text("Choose a reward model, or a rule.")).to_be_visible()

    assert page.get_by_label("Snapshot").input_value() == str(Snapshot.objects.get().public_id)
    page.get_by_text("Rules", exact=True).click()
    page.get_by_label("Length within bounds").check()
    page.get_by_label("Longest, in tokens").fill("40")
    page.get_by_label("Temperature").fill("0.7")  # the settings opened with what was wrong
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Queue").click()
    page.wait_for_url("**/training/runs/*-*/")

    run = Run.objects.get()
    assert run.method == "grpo"
    assert run.settings["temperature"] == 0.7
    [reward] = run.settings["rewards"]
    assert (reward["kind"], reward["longest"], reward["weight"]) == ("length", 40, 1.0)
