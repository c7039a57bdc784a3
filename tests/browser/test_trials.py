"""A small model follows a person's taste, and then the opposite one: in a browser, for real."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from annotate.demo.loader import REPLIES
from annotate.demo.reply_pairs import reply_comparisons
from annotate.demo.reply_styles import style_of
from annotate.imports.adding import add_comparisons
from annotate.models import Project, Role
from tests.browser.judging import press
from tests.factories import make_member, make_project, make_user
from tests.training.execution.test_runner import carry_out
from training.demo import small_model
from training.models import Run
from training.runs.order import startable

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEFT, RIGHT, TIE = "1", "2", "0"
# "some of": on the third axis, which this taste leaves to chance, twenty votes may lean too.
FOLLOWED = "The model follows (some of )?your votes: its answers are more often {}"


@pytest.fixture
def replies(transactional_db) -> Project:
    project = make_project(
        slug=REPLIES["en"].slug, name="Customer replies", is_demo=True, overlap=1
    )
    add_comparisons(project=project, rows=reply_comparisons("en"))
    make_member(project, role=Role.LEAD, user=make_user(username="mei"))
    small_model.prepare()
    return project


def test_a_model_follows_a_taste_and_then_the_opposite_one(
    page: "Page", live_server, enter, replies
):
    enter(page, "mei")
    address = f"{live_server.url}/training/trials/{replies.slug}/"
    for likes in (1, -1):  # warm and brief; cold and long; a tie where the two pull apart
        assert train_by(page, address, likes) == {"is_warm": likes, "is_brief": likes}
        followed = FOLLOWED.format("warm, brief" if likes > 0 else "cold, long")
        expect(page.get_by_text(re.compile(followed))).to_be_visible()
        expect(page.locator(".trial-answer")).to_have_count(20)


def train_by(page: "Page", address: str, likes: int) -> dict[str, int]:
    """Twenty votes, and a press: which way answers moved, told apart from chance."""
    judge_by(
        page,
        address.replace("/training/trials/", "/projects/") + "judge/",
        lambda warm, brief: likes * (warm + brief),
    )
    page.goto(address)
    page.get_by_role("button", name="Train on my votes").click()
    expect(page.get_by_role("button", name="Train on my votes")).to_be_disabled()
    while (run := startable().order_by("pk").first()) is not None:
        assert carry_out(run).state == "succeeded", Run.objects.get(pk=run.pk).reason
    expect(page.get_by_role("heading", name="What has changed")).to_be_visible()
    return {
        axis: int(page.locator(f"[data-axis={axis}]").get_attribute("data-direction") or 0)
        for axis in ("is_warm", "is_brief")
    }


def judge_by(
    page: "Page", address: str, taste: Callable[[bool, bool], int], *, n: int = 20
) -> None:
    """Choose the side that the taste likes better, on the screen, until so many are chosen."""
    page.goto(address)
    n_chosen = 0
    while n_chosen < n:
        left, right = (liking(page, side, taste) for side in ("left", "right"))
        press(page, TIE if left == right else LEFT if left > right else RIGHT)
        n_chosen += left != right


def liking(page: "Page", side: str, taste: Callable[[bool, bool], int]) -> int:
    text = page.locator(f"#pair .answer[data-side={side}] .text").first.inner_text()
    style = style_of(text, "en")
    return taste(style.is_warm, style.is_brief)
