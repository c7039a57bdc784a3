"""An arena on the pages: opened by a lead, judged blind, read in both languages, closed."""

import random

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.arena.tending import tend_arena
from annotate.models import Arena, Judgement, Meeting, Membership, Verdict
from tests.annotate.arena.arenas import judge_all, make_answered, make_arena
from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import press
from tests.factories import make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORIGINS = ("base-small", "tuned-on-spring-votes", "imported: another model with a long name")


def by_taste(seed: int = 5):
    """The second one is better, the last a little worse; some pairs tie, some are both bad."""
    rng, strength = random.Random(seed), {ORIGINS[0]: 0.0, ORIGINS[1]: 0.9, ORIGINS[2]: -0.4}

    def verdict_on(meeting: Meeting) -> str:
        drawn = rng.random()
        if drawn < 0.2:
            return Verdict.TIE if drawn < 0.12 else Verdict.BOTH_BAD
        lead = strength[meeting.first.origin] - strength[meeting.second.origin]
        return Verdict.FIRST if rng.random() < 1 / (1 + 2.718**-lead) else Verdict.SECOND

    return verdict_on


@pytest.fixture
def judged(project, lead) -> Arena:
    """Three contestants, ten people of a cohort, prompts of two tags."""
    project.comparisons.all().delete()  # nothing else waits
    make_answered(45, ORIGINS, project=project, tags=["writing"])
    make_answered(15, ORIGINS, project=project, tags=["maths"])
    arena = make_arena(
        project, origins=ORIGINS, name="Spring", target=170, stops_when_decided=False
    )
    people = [make_member(project) for _number in range(10)]
    Membership.objects.filter(annotator__in=people).update(cohort="north")
    while arena.closed_at is None:
        tend_arena(arena_id=arena.pk)
        judge_all(arena, by_taste(arena.n_drawn), people)
        tend_arena(arena_id=arena.pk)
        arena.refresh_from_db()
    return arena


def barriers(page: Page) -> list[str]:
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]


def test_from_opening_an_arena_to_its_leaderboard_by_the_keys(
    page: Page, live_server, enter, project, lead, annotator
):
    project.comparisons.all().delete()  # nothing else waits
    make_answered(5, ORIGINS, project=project)
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/arenas/")
    assert barriers(page) == []
    page.get_by_label("Name", exact=True).fill("Spring")
    for origin in ORIGINS[:2]:
        page.get_by_label(origin).press("Space")
    page.get_by_label("Held-out share").fill("0.999999")
    page.get_by_role("button", name="Open the arena").press("Enter")
    expect(page.get_by_role("heading", name="Spring")).to_be_visible()
    expect(page.get_by_text("The arena is open. Its pairs are judged first.")).to_be_visible()
    expect(page.get_by_text("What imported models were trained on is not known")).to_be_visible()
    arena = Arena.objects.get()
    assert arena.contestants.count() == 2
    tend_arena(arena_id=arena.pk)

    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    for key in ("1", "2", "1"):
        press(page, key)
    assert Judgement.objects.filter(comparison__meetings__arena=arena).count() == 3
    tend_arena(arena_id=arena.pk)
    page.goto(f"{live_server.url}/projects/{project.slug}/arenas/{arena.public_id}/")
    expect(page.get_by_role("heading", name="Standings")).to_have_count(0)  # not for Ann

    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/arenas/{arena.public_id}/")
    expect(page.get_by_role("heading", name="Standings")).to_be_visible()
    picture = page.get_by_role("img", name="the stake is")
    expect(picture).to_be_visible()
    page.get_by_text("As a table").press("Enter")
    expect(page.get_by_role("columnheader", name="Decisive votes")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Close").press("Enter")
    expect(page.get_by_text("The arena is closed. What was judged stays.")).to_be_visible()
    page.get_by_role("button", name="Open again").press("Enter")
    expect(page.get_by_text("The arena goes on.")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "theme", "language", "leads"),
    [
        (DESK, "light", "en", "tuned-on-spring-votes leads."),
        (PHONE, "dark", "zh-hans", "tuned-on-spring-votes 领先。"),
    ],
    ids=["desk", "phone"],
)
def test_the_standings_are_read_without_a_barrier(
    page: Page, live_server, enter, judged, size, theme, language, leads
):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    enter(page, "lena")
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/projects/{judged.project.slug}/arenas/{judged.public_id}/")
    expect(page.get_by_text(leads)).to_be_visible()
    # standings, pairs, a curve for each of three, effects, two tags, cohort, who
    assert page.locator("table").count() == 10
    assert page.locator(".evidence__picture").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert barriers(page) == []


def test_whoever_judges_sees_no_trace_of_it(page: Page, live_server, enter, project, annotator):
    make_answered(3, ORIGINS, project=project)
    arena = make_arena(project, origins=ORIGINS, name="Spring")
    tend_arena(arena_id=arena.pk)
    enter(page, "ann")
    for address in ("", "judge/", "history/"):
        page.goto(f"{live_server.url}/projects/{project.slug}/{address}")
        shown = page.content()
        assert not [word for word in ("Spring", "Arena", *ORIGINS) if word in shown]
