"""What a person does on the judging screen, and a network made to measure."""

import gzip

from playwright.sync_api import Page, Response, expect


def shown(page: Page) -> str:
    """The lease on the screen; it waits until there is one."""
    return page.locator("#pair .pair").get_attribute("data-lease")


def press(page: Page, key: str) -> None:
    """Press a key, and wait until what it did is saved and the next pair is here."""
    page.keyboard.press(key)  # "saving" is shown before this returns
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")


def replace_fetch(page: Page, source: str) -> None:
    """Give the page another network; `real` is what it had. What it lets through is exact,
    while interception by the driver now and then misses a request."""
    page.evaluate(f"() => {{ const real = window.fetch; window.fetch = {source}; }}")


def as_sent(answer: Response) -> int:
    """Bytes of an answer; the storage of an installation keeps scripts and styles compressed."""
    if answer.url.endswith((".js", ".css", ".svg")):
        return len(gzip.compress(answer.body()))
    return answer.request.sizes()["responseBodySize"]
