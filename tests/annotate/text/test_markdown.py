"""Text of models becomes HTML that can be read and nothing else."""

import re

import pytest

from annotate.text.markdown import render_markdown


def test_what_people_write_is_formatted():
    html = render_markdown("**bold** and `code`\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<strong>bold</strong>", "<code>code</code>", "<li>two</li>", "<td>2</td>"):
        assert part in html


def test_single_line_breaks_are_kept():
    assert "<br" in render_markdown("one\ntwo")


def test_html_is_shown_as_it_was_written():
    assert render_markdown("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"


def test_an_image_is_neither_shown_nor_fetched():
    assert "<img" not in render_markdown("![alt](https://example.org/pixel.png)")


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


def test_no_attribute_survives_that_could_act_or_imitate():
    html = render_markdown('```js" onload="x\ny\n```\n\n<p id="controls" class="controls">z</p>')
    assert re.findall(r"<\w+ ", html) == []


def test_very_deep_nesting_is_shown_flat_instead_of_failing():
    assert "deep" in render_markdown(">" * 5000 + " deep")
