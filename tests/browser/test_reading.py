"""What helps to read a pair: formulas and code within the page's weight, differences, the source,
one answer or two, and a question before a verdict on what was not on the screen."""

import sys

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Judgement
from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import as_sent, press, shown
from tests.factories import make_comparison, make_completion, make_prompt
from tests.hard_answers import HARD_ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = "The cat sat on the mat.\n\n```python\nx = [1, 2];\n```\n\nso $x^2$ [see](https://a.b)"
SECOND = "The dog sat on the mat.\n\n```python\nx = [1, 2];\n```\n\nso $x^3$ [see](https://a.b)"


@pytest.fixture
def read(page: Page, live_server, enter, project, annotator):
    """The screen with one pair of these two answers."""

    def show(first: str, second: str, *, size=DESK, **prompt_fields) -> Page:
        project.comparisons.all().delete()
        prompt = make_prompt(project, **prompt_fields)
        answers = [make_completion(prompt, text=text) for text in (first, second)]
        former, latter = sorted(answers, key=lambda answer: answer.public_id)
        make_comparison(project, prompt=prompt, first=former, second=latter)
        page.set_viewport_size(size)
        enter(page, "ann")
        page.goto(f"{live_server.url}/projects/{project.slug}/judge/", wait_until="networkidle")
        return page

    return show


def test_a_page_with_formulas_and_code_stays_within_its_weight(read, page):
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    everything = "\n\n".join(list(HARD_ANSWERS.values())[:34])
    read(everything, everything + "\n\nmore")
    sizes = {
        answer.url.rpartition("/")[2].partition("?")[0] or "page": as_sent(answer)
        for answer in answers
    }
    sys.stdout.write(f"\nbytes as sent: {sizes}, together {sum(sizes.values())}\n")
    assert len(answers) <= 8
    assert sum(sizes.values()) < 100_000
    assert not any("diff" in name for name in sizes)  # loaded only where it is asked for


def test_the_differences_are_marked_on_one_key_and_taken_away_again(read):
    page = read(FIRST, SECOND)
    before = page.locator(".answers").inner_html()
    page.keyboard.press("d")
    expect(page.locator("mark.differs")).to_have_count(2)
    assert sorted(page.locator("mark.differs").all_inner_texts()) == ["cat", "dog"]
    expect(page.locator(".formula.differs")).to_have_count(2)
    assert "underline" in page.locator("mark.differs").first.evaluate(
        "mark => getComputedStyle(mark).textDecorationLine"
    )
    page.keyboard.press("d")
    expect(page.locator(".differs")).to_have_count(0)
    assert page.locator(".answers").inner_html().replace(' class="formula"', "") == before.replace(
        ' class="formula"', ""
    )


@pytest.mark.parametrize(
    ("first", "second", "marked"),
    [
        ("今天天气很好", "今天天气不好", ["不", "很"]),
        ("naïve café", "naïve cafe", ["cafe", "café"]),
        ("a b c", "a c", ["b"]),
    ],
)
def test_differences_are_words_and_chinese_characters(read, first, second, marked):
    page = read(first, second)
    page.keyboard.press("d")
    expect(page.locator("mark.differs")).to_have_count(len(marked))
    assert sorted(page.locator("mark.differs").all_inner_texts()) == sorted(marked)


def test_equal_answers_are_said_to_be_equal(read):
    page = read("the same", "the  same")
    page.keyboard.press("d")
    expect(page.locator("#reading-said")).to_contain_text("the same, word for word")


def test_the_source_is_shown_on_one_key_with_every_character(read):
    text = "\n\n".join(HARD_ANSWERS.values())
    page = read(text, FIRST)
    page.keyboard.press("w")
    shown_texts = page.locator(".answer .text:visible").all_inner_texts()
    assert "".join(text.split()) in ["".join(shown_text.split()) for shown_text in shown_texts]
    page.keyboard.press("w")
    expect(page.locator(".answer .text--plain:visible")).to_have_count(0)


def test_hidden_characters_are_told_of_and_shown_without_a_key(read):
    page = read("[a](https://example.org)", "plain")
    mark = page.get_by_text("Formatting hides characters")
    expect(mark).to_have_count(1)
    mark.click()
    expect(page.locator(".answer .text--plain:visible")).to_have_text("[a](https://example.org)")


def test_an_instruction_is_never_folded_and_the_history_opens_on_a_key(read):
    messages = [
        {"role": "system", "content": "Answer in verse. " * 60},
        {"role": "user", "content": "first question " * 80},
        {"role": "user", "content": "Now?"},
    ]
    page = read("one", "two", messages=messages)
    expect(page.get_by_text("Answer in verse.").first).to_be_visible()
    expect(page.get_by_text("first question").first).to_be_hidden()
    page.keyboard.press("h")
    expect(page.get_by_text("first question").first).to_be_visible()
    page.keyboard.press("h")
    expect(page.get_by_text("first question").first).to_be_hidden()


def test_code_is_copied_and_reads_from_the_left_in_arabic(read, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    read(HARD_ANSWERS["Arabic code"], HARD_ANSWERS["Arabic"])
    directions = page.locator(".answer pre, .answer .text code").evaluate_all(
        "found => found.map((code) => getComputedStyle(code).direction)"
    )
    assert set(directions) == {"ltr"}
    assert (
        page.locator(".answer .text").first.evaluate("text => getComputedStyle(text).direction")
        == "rtl"
    )
    page.get_by_role("button", name="Copy the code").click()
    expect(page.locator(".code__copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "x = [1, 2];\nprint(x[0])\n"


def test_layout_and_size_are_kept_and_no_side_is_named_where_one_stands_above(read):
    page = read(FIRST, SECOND)
    expect(page.locator(".answer__name span").first).to_be_visible()
    page.keyboard.press("v")
    page.keyboard.press("l")
    page.reload()
    expect(page.locator(".answer__name span").first).to_be_hidden()
    boxes = [answer.bounding_box() for answer in page.locator(".answer").all()]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert (
        page.locator(".answer .text").first.evaluate("text => getComputedStyle(text).fontSize")
        == "18px"
    )


def test_answers_scroll_together_or_each_by_itself(read):
    page = read("line\n\n" * 100, "line\n\n" * 80)
    tops = (
        "[...document.querySelectorAll('.answer > .text')].map((t) => t.getBoundingClientRect().y)"
    )
    before = page.evaluate(tops)
    page.evaluate("window.scrollTo(0, 200)")
    after = page.evaluate(tops)
    assert before[0] - after[0] == before[1] - after[1] > 0
    page.keyboard.press("y")
    before = page.evaluate(tops)
    page.evaluate("document.querySelector('.answer').scrollTop = 200")
    after = page.evaluate(tops)
    assert (before[0] - after[0], before[1] - after[1]) == (200, 0)
    page.keyboard.press("ArrowDown")  # scrolls, judges nothing
    assert not Judgement.objects.exists()


def test_no_reading_key_acts_while_typing_or_composing(read):
    page = read(FIRST, SECOND)
    page.keyboard.press("f")
    page.locator("#flag textarea").focus()
    page.keyboard.type("dwhvyxlm")
    assert page.locator("#flag textarea").input_value() == "dwhvyxlm"
    page.keyboard.press("Escape")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'v', code: 'KeyV', isComposing: true, bubbles: true}))"
    )
    assert page.evaluate("document.documentElement.dataset.answers") == "beside"
    expect(page.locator(".differs")).to_have_count(0)


def test_reading_keys_work_by_position_where_the_alphabet_is_another(read):
    page = read(FIRST, SECOND)
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'м', code: 'KeyV', bubbles: true, cancelable: true}))"
    )
    assert page.evaluate("document.documentElement.dataset.answers") == "stacked"


def test_every_reading_key_stands_in_the_list_and_in_the_sheet(read):
    page = read(FIRST, SECOND)
    listed = page.locator("#keys [data-action]").evaluate_all(
        "rows => rows.map((row) => row.dataset.action)"
    )
    offered = page.locator("#reading [data-reading]").evaluate_all(
        "choices => choices.map((choice) => choice.dataset.reading)"
    )
    assert len(offered) == 8
    assert set(offered) <= set(listed)


def test_a_phone_shows_one_answer_and_asks_once_before_judging_the_unseen(read):
    page = read("line\n\n" * 60, "other\n\n" * 60, size=PHONE)
    buttons = page.locator(".switch__side")
    expect(buttons).to_have_count(2)
    lease = shown(page)
    page.keyboard.press("1")
    expect(page.locator("#reading-said")).to_contain_text("not seen answer B")
    assert shown(page) == lease
    assert not Judgement.objects.exists()
    page.evaluate("window.scrollTo(0, 900)")
    expect(buttons.first).to_be_in_viewport()  # it stays in view
    press(page, "1")
    assert Judgement.objects.count() == 1


def test_a_phone_judges_at_once_what_was_seen_by_swipe_switch_or_key(read):
    page = read("one", "two", size=PHONE)
    expect(page.locator(".answer__name span").first).to_be_hidden()
    page.locator(".answers").evaluate("box => box.scrollTo({left: box.scrollWidth})")  # a swipe
    expect(page.locator(".switch__side").last).to_have_attribute("aria-pressed", "true")
    page.locator(".switch__side").first.click()
    expect(page.locator(".switch__side").first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("x")
    expect(page.locator(".switch__side").last).to_have_attribute("aria-pressed", "true")
    press(page, "2")
    assert Judgement.objects.count() == 1


def test_a_tap_leaves_no_button_looking_chosen(browser, live_server, enter, project, annotator):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="en-US")
    page = context.new_page()
    enter(page, "ann")
    page.goto(f"{live_server.url}/projects/{project.slug}/judge/")
    looks = "found => found.map((button) => getComputedStyle(button).backgroundColor)"
    before = page.locator(".verdict").evaluate_all(looks)
    page.locator(".switch__side").last.tap()
    page.locator(".verdict").first.tap()
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    assert page.locator(".verdict").evaluate_all(looks) == before
    context.close()
