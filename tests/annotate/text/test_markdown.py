"""Text of models becomes HTML that can be read and nothing else."""

import re
from collections import Counter
from html import unescape

import pytest
from django.utils import translation

from annotate.text import table_cells
from annotate.text.kept_characters import SEEN_AS_FORMATTING
from annotate.text.markdown import CLASS_NAMES, _parser, render_markdown, show
from tests.hard_answers import HARD_ANSWERS


def test_what_people_write_is_formatted():
    html = render_markdown("**bold** and `code`\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in (
        "<strong>bold</strong>",
        '<code dir="ltr">code</code>',
        "<li>two</li>",
        '<td class="whole">2</td>',
    ):
        assert part in html


def test_single_line_breaks_are_kept():
    assert "<br" in render_markdown("one\ntwo")


def test_html_is_shown_as_it_was_written():
    assert render_markdown("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("![a cat & a dog](https://example.org/pixel.png)", "Image, not shown: a cat &amp; a dog"),
        ("![](https://example.org/pixel.png)", "Image, not shown"),
        ("![x][1]\n\n[1]: https://example.org/pixel.png", "Image, not shown: x"),
    ],
)
def test_an_image_is_named_and_neither_shown_nor_fetched(text, words):
    html = render_markdown(text)
    assert f'<span class="not-shown">{words}</span>' in html
    assert "<img" not in html


def test_an_image_is_named_in_the_language_of_who_reads():
    assert "Image, not shown" in render_markdown("![x](y)")
    with translation.override("zh-hans"):
        assert "图片" in render_markdown("![x](y)")


def test_links_give_nothing_away():
    html = render_markdown("[site](https://example.org)")
    assert 'href="https://example.org"' in html
    assert 'rel="nofollow noopener noreferrer"' in html
    assert "target" not in html


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "JAVASCRIPT&colon;alert(1)", "data:text/html,x", "vbscript:x", "//a b"],
)
def test_a_link_leads_to_the_web_or_nowhere(target):
    for href in re.findall(r'href="([^"]*)"', render_markdown(f"[x]({target})")):
        assert href.startswith(("http:", "https:", "mailto:"))


def test_a_link_does_not_lead_to_a_page_of_this_site():
    assert "href" not in render_markdown("[x](/sign-out/) [y](?next=z)")


def test_no_attribute_survives_that_could_act_or_imitate():
    html = render_markdown('```js" onload="x\ny\n```\n\n<p id="controls" class="controls">z</p>')
    ours = {name for names in CLASS_NAMES.values() for name in names}
    for name, value in re.findall(r'<\w+ (\w+)="([^"]*)"', html):
        assert name in ("class", "dir")
        assert name == "dir" or value in ours


def test_code_reads_from_the_left_with_its_language_above():
    html = render_markdown("```python title=x.py\nx = 1\n```\n\n`y`")
    assert "<figcaption>python title=x.py</figcaption>" in html
    assert '<pre dir="ltr">' in html
    assert '<code dir="ltr">y</code>' in html


def test_the_numbers_of_a_list_are_those_that_were_written():
    html = render_markdown("1. one\n1. one again\n7. seven")
    assert re.findall(r'<li value="(\d+)">', html) == ["1", "1", "7"]


@pytest.mark.parametrize("text", ["2*3*4", "2**3**4", "a*b*c and d*e"])
def test_stars_between_letters_or_digits_stay(text):
    assert text in render_markdown(text)


def test_stars_emphasise_inside_a_text_without_spaces():
    assert "<strong>重点</strong>" in render_markdown("这是**重点**内容")


@pytest.mark.parametrize(
    "text",
    [
        "[answer]: 42", "[1]: https://a.b", "see [1]\n\n[1]: https://a.b (title)",
        "|a|\n|-|\n|1|lost|", "|a|b|\n|-|-|\n|`x|y`|z|", "> [a]: b", "- [a]: b",
        "```lost words\nx\n```", "3. three", "$\\frac{1}{$", "a\n[a]: b", "$x$ is $\\foo{y}$",
        "| a |\n|--:|\n| 1 |", "<b>bold</b> <!-- hidden -->", ">" * 50 + " deep", "~~struck~~",
        "**a**b", "# head #", "* * *", "2*3*4", "http://a.b", "    code", "a  \nb",
    ],
)  # fmt: skip
def test_every_letter_and_digit_is_on_the_page(text):
    """Where formatting has to drop one, it says so: the case after this one."""
    shown = show(text)
    on_page = Counter(unescape(re.sub(r"<[^>]*>", "", shown.html)))
    on_page += Counter("".join(re.findall(r'<li value="(\d+)"', shown.html)))
    missing = Counter(mark for mark in text if mark.isalnum()) - on_page
    assert shown.hides or not missing


@pytest.mark.parametrize(
    ("text", "hides"),
    [
        ("plain words", False), ("**bold** `code` # x", False), ("[1]: https://a.b", False),
        ("$x^2$ and 5 * 3", False), ("- a\n- b", False), ("1) a", False), ("<https://a.b>", False),
        ("|a|b|\n|:-|-:|\n|1|2|", False), ("```py\nx\n```", False), ("<b>", False),
        ("[text](https://a.b)", True), ("\\*star", True), ("&copy;", True), ("![a](b)", True),
        ("[](a)", True), ("C:\\_x", True), ("a\\\nb", True), ("<https://a.b/%20>", True),
    ],
)  # fmt: skip
def test_formatting_that_hides_a_character_says_so(text, hides):
    assert show(text).hides is hides


def test_a_source_is_offered_where_anything_was_formatted():
    assert show("a\nb & c").is_formatted is False
    for text in ("*a*", "# a", "- a", "`a`", "$x$", "a\n\n    b", r"\$5", "&copy;"):
        assert show(text).is_formatted, text


def test_a_ragged_table_is_read_once_however_many_headers_are_in_it(monkeypatch):
    """Each would be the header of all the rest: a long hostile answer would hold a worker."""
    read = []
    whole = table_cells.table

    def counted(state, start, end, silent):
        if not silent:
            read.append(start)
        return whole(state, start, end, silent)

    monkeypatch.setattr(table_cells, "table", counted)
    html = render_markdown("a|b\n-|-\n1|2|lost\n" * 50 + "\nc|d\n-|-\n3|4")
    assert len(read) < 10
    assert html.count("lost") == 50
    assert html.count("<table>") == 1  # the last, which is whole


def test_very_deep_nesting_is_shown_flat_instead_of_failing():
    assert "deep" in render_markdown(">" * 5000 + " deep")


@pytest.mark.parametrize("name", HARD_ANSWERS)
def test_every_character_of_a_hard_answer_is_on_the_page_or_in_a_formula(name):
    text = HARD_ANSWERS[name]
    shown = show(text)
    if shown.hides:
        return  # and the source stands beside it: tests/browser/test_reading.py
    on_page = unescape(
        re.sub(r"<[^>]*>", "", re.sub(r"<math.*?</math>", "", shown.html, flags=re.S))
    )
    numbers = "".join(re.findall(r'<li value="(\d+)"', shown.html))
    drawn = "".join(
        token.content
        for token in _parser.parse(text)
        for token in [token, *(token.children or [])]
        if token.type == "formula" and token.meta["mathml"]
    )
    missing = Counter(text) - Counter(on_page + numbers + drawn)
    assert {mark for mark in missing if not mark.isspace()} <= set(SEEN_AS_FORMATTING + ".)")


def test_a_number_with_a_slash_stays_whole_in_a_cell_of_several_lines():
    cell = "about 10.5/0 of them, and/or 12/31/2024, see https://a.b/1/2 or `x/1`"
    page = render_markdown(f"| a |\n|---|\n| {cell} |\n")
    assert page.count('<span class="whole">') == 2
    assert '<span class="whole">10.5/0</span>' in page
    assert '<span class="whole">12/31/2024</span>' not in page  # its comma goes with it
    assert '<span class="whole">12/31/2024,</span>' in page
