"""Sixty answers that are hard to show: each by a name, as a model would write it."""

# ruff: noqa: E501 - what a model writes keeps its lines

_LONG_LINE = "x = " + " + ".join(f"value_{n}" for n in range(60))
_TABLE = "| Model | Score | Note |\n|---|---:|---|\n"

HARD_ANSWERS: dict[str, str] = {
    # formulas
    "dollars": r"The roots are $x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$ where $a \ne 0$.",
    "display dollars": "Then\n\n$$\n\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}\n$$\n\nholds.",
    "round brackets": r"Let \(f(x) = x^2\) and \(g(x) = \sin x\).",
    "square brackets": "So\n\\[\n\\sum_{n=1}^{\\infty} \\frac{1}{n^2}\n= \\frac{\\pi^2}{6}\n\\]\nas Euler found.",
    "aligned": r"$$\begin{aligned} a &= b + c \\ &= d - e \end{aligned}$$",
    "bare environment": "\\begin{align}\na &= b \\\\\n- c &= d\n\\end{align}",
    "matrix and cases": r"$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$ and "
    r"$f(x) = \begin{cases} x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}$",
    "long inline formula": "$"
    + " + ".join(rf"\frac{{x_{{{n}}}}}{{{n}!}}" for n in range(1, 25))
    + "$",
    "wide display": "$$" + " + ".join(f"a_{{{n}}}x^{{{n}}}" for n in range(40)) + "$$",
    "formula in a list": "1. First $x^2$\n2. Then \\[\n   y = x\n   - 1\n   \\]\n3. Done",
    "formula in a table": "| f | value |\n|---|---|\n| $x^2$ | $\\frac{1}{2}$ |",
    "formula in a quote": "> $$\n> E = mc^2\n> $$",
    "formula with Chinese": r"设$x^2=4$，则$\text{速度} = \frac{\text{距离}}{\text{时间}}$。",
    "boxed": r"The answer is $\boxed{42}$.",
    "wrong formula": r"Wrong: $\frac{1}{$ and $\unknowncommand{x}$ stay as they are.",
    "money": "It costs $5 and $10, not US$7 or 3$; a range is $5-$10.",
    "escaped money": r"It costs \$5 and \$6.",
    "shell variables": "Set $HOME and $PATH, or ${HOME}/${USER}; then $(date) runs.",
    "stars in sums": "2*3*4 = 24, and 2**10 = 1024; a*b*c is no emphasis, *this* is.",
    "formula of parts": r"$\left\| \nabla_\theta \mathcal{L} \right\|_2 \leq \hat{\sigma} \widetilde{x}$",
    # code
    "python": '```python\ndef f(x: int) -> str:\n    """Why."""\n    return f"{x}" * 2  # twice\n```',
    "typescript": "```ts\nconst xs: number[] = [1, 2, 3];\nexport default xs.map((x) => x ** 2);\n```",
    "sql": "```sql\nSELECT name, COUNT(*) FROM users WHERE age > 18 GROUP BY name;\n```",
    "diff": "```diff\n- old line\n+ new line\n```",
    "html": "```html\n<script>alert('x')</script>\n<!-- gone? -->\n```",
    "unknown language": "```klingon\nnuqneH\n```",
    "no language": "```\nplain text, <b>not bold</b>\n```",
    "long lines": f"```python\n{_LONG_LINE}\n```",
    "info string": '```python title="main.py" {1,3}\nx = 1\n```',
    "fence not closed": "```python\nprint('half an answer')",
    "indented code": "Run:\n\n    make install\n    make test",
    "code in a list": '- first\n  ```sh\n  echo "$HOME"\n  ```\n- second',
    "long code span": "Call `" + "very_long_name_" * 12 + "()` once.",
    "tabs": "```make\nall:\n\tcc -o x x.c\n```",
    # tables
    "numbers": _TABLE + "| small | 10.5/0.3 | 1,234,567.89 |\n| large | −12.25 | 2026-11-29 |",
    "wide table": "|"
    + "|".join(f" column {n} " for n in range(14))
    + "|\n|"
    + "---|" * 14
    + "\n|"
    + "|".join(f" {n}.{n}{n} " for n in range(14))
    + "|",
    "long cells": _TABLE + "| x | 1 | " + "a sentence that goes on and on " * 8 + "|",
    "long word in a cell": _TABLE + "| Donaudampfschifffahrtsgesellschaft | 3 | Kapitän |",
    "Chinese table": "| 模型 | 得分 | 说明 |\n|---|---|---|\n| 甲 | 10.5 | 这是一段比较长的说明文字，不应一字一行 |",
    "ragged table": "| a | b |\n|---|---|\n| 1 | 2 | three is not lost |",
    "pipe in code": "| expression | meaning |\n|---|---|\n| `a|b` | either |",
    "empty cells": "| a | b |\n|---|---|\n| | 2 |\n| 3 | |",
    # right to left
    "Arabic": "هذه إجابة بالعربية مع رمز `x = [1, 2];` داخل النص.",
    "Arabic code": "الحل هو:\n\n```python\nx = [1, 2];\nprint(x[0])\n```\n\nانتهى.",
    "Arabic list": "1. الأول\n2. الثاني: $x^2 = 4$\n\n| اسم | عدد |\n|---|---|\n| أ | 10.5 |",
    "Hebrew and English": "The word שלום means peace.\n\nשלום עולם, this is English inside Hebrew (2026).",
    "English then Arabic": "Sure! Here it is:\n\nمرحبا بالعالم، هذه فقرة كاملة.",
    # what Markdown drops
    "link definitions": "As shown [1].\n\n[1]: https://example.org/a\n[answer]: 42",
    "nothing but a definition": "[answer]: 42",
    "links": "See [the manual](https://example.org/very/long/path) and <https://example.org>.",
    "images": "![A chart of sales](https://example.org/chart.png) and ![](x.png)",
    "escapes": r"C:\_temp\*.txt and 1\. no list &copy; &lt;b&gt;",
    "list numbers": "3. three\n3. three again\n10. ten",
    "HTML": "<details><summary>Open</summary>\n\nHidden **text**\n\n</details> <!-- a comment -->",
    "deep quotes": ">" * 45 + " deep",
    # shapes
    "one long word": "a" * 400,
    "emoji and accents": "👩‍👩‍👧 é e\u0301 ﬁ Å 𝒳 — “quotes”",
    "headings": "# One\n## Two\n### Three\n\nText\n\n---\n\n###### Six",
    "nested lists": "- a\n  - b\n    - c\n      1. d\n         - e",
    "one character": "?",
}
