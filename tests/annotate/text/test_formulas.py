"""Formulas are found and drawn; money, shells and escaped brackets are left as they stand."""

import threading

import pytest

from annotate.text import formulas
from annotate.text.formulas import LONGEST, MOST_PARTS, to_mathml
from annotate.text.markdown import render_markdown

A_FRACTION = r"\frac{1}{2}"


@pytest.mark.parametrize(
    "text",
    [
        "$x^2$", "$$x^2$$", r"\(x^2\)", r"\[x^2\]", "$ \\frac{x}{2} $", "设$x^2$为", "**$x^2$**",
        "(see $x^2$)", "$x$, $y$", "$F = ma$", "$5x + 3$", "$f$(x)", "$2\\$$", "$x$-axis",
        r"\begin{align}x\end{align}", "$$\nx\n- y\n= z\n$$", "Thus \\[\nx\n- 1\n\\] so",
        "- item \\[\n  x\n  \\]", "> $$\n> x\n> $$", "| $x$ |\n|---|\n| 1 |", "$x_1*x_2*x_3$",
        r"$\text{速度} = 5$", r"$$\begin{cases} a & b \\[2pt] c & d \end{cases}$$",
    ],
)  # fmt: skip
def test_a_formula_is_drawn_and_none_of_its_source_is_left(text):
    html = render_markdown(text)
    assert "<math" in html
    assert not {"$$", r"\[", r"\(", r"\begin"} & {html[at : at + 2] for at in range(len(html))}
    assert "formula-source" not in html


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10", "US$5 or A$10.", "from $5-$10", "$5 for A and 6$ for B", "$5, not 6$",
        "$HOME and $PATH", "$HOME/$USER", "${HOME}/${USER}", "$(date)$(time)", "$a=$b", "a$b$c",
        "$1,$2", "echo $? $$ $@", "^\\w+$ or ^\\d+$", "$ npm install\n$ npm start", "$x in A$",
        "`$x$` and `\\(y\\)`", "```\n$x$\n```", "    $x$", "花了$5，而不是6$", "$", "$$", "$$$$",
        "$ 5 and 6 $", "I paid $20 (=£16) and he paid 20$", "$\\newcommand{\\a}{x}\\a",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_left_alone(text):
    assert "<math" not in render_markdown(text)


@pytest.mark.parametrize("text", [r"\[link\](https://a.b)", r"as in \[1\]", r"\(not a formula\)"])
def test_escaped_brackets_are_no_formula(text):
    assert "<math" not in render_markdown(text)


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{1}{", r"\foo", "x & y", r"\begin{foo}x\end{foo}", r"\newcommand{\a}{x}\a",
        r"\href{javascript:alert(1)}{x}", "x" * (LONGEST + 1), r"\sqrt" * (MOST_PARTS + 1) + " x",
        "{" * (MOST_PARTS + 1), "x" + "'" * 3000,
    ],
    ids=range(10),
)  # fmt: skip
def test_latex_that_is_wrong_or_too_large_shows_its_source(tex):
    assert to_mathml(tex, is_display=False) == ""
    html = render_markdown(f"${tex}$")
    assert "<math" not in html
    assert tex[:200].replace("&", "&amp;").replace("'", "&#x27;") in html.replace("'", "&#x27;")


@pytest.mark.parametrize(
    "tex", [r"\sqrt" * 900 + " x", "x" + "^{x" * 490 + "}" * 490, r"\hat" * 900 + " x"]
)
def test_the_deepest_formula_that_is_drawn_fits_a_thread(tex):
    """The converter recurses; beyond its stack it would end the whole process."""
    drawn = []
    threads = [
        threading.Thread(target=lambda: drawn.append(to_mathml(tex, is_display=True)))
        for _number in range(4)
    ]
    former = threading.stack_size(2 << 20)
    try:
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(former)
    for thread in threads:
        thread.join()
    assert len(drawn) == 4
    assert len(set(drawn)) == 1


def test_a_formula_carries_no_style_of_its_own():
    """The policy refuses inline styles; alignment and lines come as classes of the stylesheet."""
    html = render_markdown(
        r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"
        "\n\n"
        r"$\begin{array}{c|c} a & b \\ \hline \color{red} c & d \end{array}$"
    )
    assert " style=" not in html
    for name in ("to-right", "to-left", "line-above", "line-right"):
        assert name in html


def test_nothing_is_numbered_that_the_model_did_not_number():
    assert "(1)" not in render_markdown(r"\begin{align} a &= b \end{align}")
    assert "(7)" in render_markdown(r"$$x = 1 \tag{7}$$")


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<img src=x onerror=alert(1)>}", r"\text{</math><script>alert(1)</script>}",
        "<script>alert(1)</script>", r"\text{<style><img src=x onerror=alert(1)></style>}",
        r"\text{<annotation-xml encoding=text/html><svg onload=alert(1)>}",
    ],
)  # fmt: skip
def test_markup_inside_a_formula_stays_text(tex):
    html = render_markdown(f"$${tex}$$")
    assert "<math" in html
    for element in ("<img", "<script", "<style", "<svg", "<annotation"):
        assert element not in html


def test_each_line_is_read_a_few_times_however_many_displays_stay_open(monkeypatch):
    """Read to the paragraph's end from each line, a long hostile answer would hold a worker."""
    read = []
    whole = formulas._awaited
    monkeypatch.setattr(formulas, "_awaited", lambda *line: read.append(line) or whole(*line))
    for unit in ("\\[ a\n", "\\[\n\\]\\[\n", "$$ a $$ $$\n", "> \\begin{align} a\n"):
        read.clear()
        render_markdown(unit * 200)
        assert len(read) < 5 * 400, unit


def test_a_display_that_closes_is_one_behind_others_that_do_not():
    for lost in ("$$ lost\n", "\\[ lost\n\n", "> \\[ lost\n\n", "- \\[ lost\n\n"):
        html = render_markdown(f"{lost}\\[ x\n= 1 \\]")
        assert "lost" in html
        assert html.count("<math") == 1, lost
