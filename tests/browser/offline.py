"""What a person does on the screen that judges without a network."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.judging import shown


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that the page itself does not show."""
    for _attempt in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come about in ten seconds")


def says(page: Page, kept: int, left: int) -> None:
    expect(page.locator("#offline [data-part=state]")).to_have_text(
        f"Kept here, not yet sent: {kept} · still to judge: {left}"
    )


def judge(page: Page, key: str) -> str:
    """Press a key, and wait until what it did is kept; the lease that it was about."""
    lease = shown(page)
    page.keyboard.press(key)
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    return lease


def open_panel(page: Page) -> None:
    page.locator("#offline").evaluate("panel => { panel.open = true; }")


def send_now(page: Page) -> None:
    open_panel(page)
    page.get_by_role("button", name="Send now").click()
