"""Code is coloured by its language, keeps every character, and cannot hold a server up."""

import html
import re
import time

import pytest

from annotate.text import highlighting
from annotate.text.highlighting import LARGEST, Colouring

CODE = 'def f(x: int) -> str:\n\treturn "a<b" * 2  # why\n'


def plain(coloured: str) -> str:
    return html.unescape(re.sub(r"</?span[^>]*>", "", coloured))


@pytest.mark.parametrize("info", ["python", "Python", "py title=x.py", "js", "c++", "bash", "tsx"])
def test_a_known_language_is_coloured_and_nothing_is_lost(info):
    coloured = Colouring().html(CODE, info)
    assert "<span class=" in coloured
    assert plain(coloured) == CODE


@pytest.mark.parametrize("info", ["", "  ", "klingon", '"><script>', "python3.9.1"])
def test_an_unknown_language_is_shown_without_colours(info):
    coloured = Colouring().html(CODE, info)
    assert "<span" not in coloured
    assert plain(coloured) == CODE


def test_every_language_has_a_lexer_and_keeps_odd_text():
    odd = "\r\n\t '\"`/*<!--{{ ${ \\ é 文 \u2028 \x0b # \n\n"
    for language in sorted(highlighting.LANGUAGES):
        assert plain(Colouring().html(odd, language)) == odd, language


def test_a_lexer_that_takes_too_long_leaves_the_rest_without_colours(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) * highlighting.BUDGET / 10)
    colouring = Colouring()
    code = "x = 1\n" * 100
    coloured = colouring.html(code, "python")
    assert plain(coloured) == code
    assert coloured.count("<span") < 20
    assert "<span" not in colouring.html(code, "python")  # the budget is one for all blocks


def test_a_very_long_block_is_not_coloured():
    code = "x = 1\n" * (LARGEST // 6 + 1)
    assert Colouring().html(code, "python") == code
