r"""Formulas in the text of models: where they stand, and their LaTeX as MathML.

`$…$`, `$$…$$`, `\(…\)`, `\[…\]` and the bare environments for displays. A dollar that is money, a
variable or a prompt stays one; LaTeX that is wrong, or too large for the converter, stays source.
"""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters of one formula
MOST_PARTS = 1000  # commands, groups, scripts: the converter nests as deep, on the thread's stack
LARGEST_GROWTH = 30  # characters of MathML for one of LaTeX, above what any formula begins with
BEGINNING = 500

ENVIRONMENTS = "align|alignat|aligned|equation|gather|gathered|multline|eqnarray"
_BEGIN = re.compile(rf"\\begin\{{((?:{ENVIRONMENTS})\*?)\}}")
_PIECES = re.compile(rf"\\\\|\\[\[\]]|\\(?:begin|end)\{{(?:{ENVIRONMENTS})\*?\}}|\$\$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_CLOSED_BY = {  # what stands before the closing delimiter, and the delimiter
    "$$": (re.compile(r"(?:[^\\$]|\\.|\$(?!\$))*", re.S), "$$"),
    r"\[": (re.compile(r"(?:[^\\]|\\[^\]])*", re.S), r"\]"),
    r"\(": (re.compile(r"(?:[^\\]|\\[^)])*", re.S), r"\)"),
    "$": (re.compile(r"(?:[^\\$]|\\.)*", re.S), "$"),
}
_PARTS = re.compile(r"[\\{\[^_]")
_NUMBERED = re.compile(
    r"(\\(?:begin|end))\{(align|alignat|equation|gather|multline)\}"
)  # (1): no word
_DEFINITION = re.compile(r"\\(?:\w*newcommand|\w*def|let|DeclareMathOperator)(?![a-z])")
_FUNCTIONS = re.compile(r"\b(?:sin|cos|tan|log|ln|exp|max|min|mod|gcd|lim|det)\b")
_WORDS = re.compile(r"(?:[A-Za-z]{2,}|\d[,;]?)\s+[A-Za-z]{2,}|[\u3040-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(r"\s[A-Za-z]{2,}|[\u3040-\u9fff\uac00-\ud7a3]")

_converter = LatexToMathML(
    fancy_error=False,
    allow_unreliable_rendering=True,
    max_expansions=200,  # of the few below: a formula of a model defines none of its own
    macros={
        "mbox": r"\text{#1}",
        "tag": r"\qquad\text{(#1)}",
        "substack": r"\begin{matrix}#1\end{matrix}",
        "degree": r"{}^{\circ}",
    },
)
_STYLE = re.compile(r' style="([^"]*)"')
_CLASSES = {  # of the converter's inline styles, those that carry meaning
    "text-align: left": "to-left",
    "text-align: right": "to-right",
    "border-top": "line-above",
    "border-right": "line-right",
}

_IN_VAIN = "lines before which a delimiter never comes"  # in the parser's environment


@dataclass(frozen=True)
class Formula:
    source: str  # with its delimiters
    tex: str
    is_display: bool
    end: int  # where the text goes on


def add_formulas(parser: MarkdownIt) -> None:
    """Teach the parser tokens of type `formula`; `meta["mathml"]` is "" where LaTeX is wrong."""
    parser.inline.ruler.before("escape", "formula", _inline_rule)
    parser.block.ruler.before(
        "lheading", "formula_paragraph", _paragraph_rule, {"alt": ["paragraph", "reference"]}
    )


def to_mathml(tex: str, *, is_display: bool) -> str:
    """MathML Core without inline styles; "" if the LaTeX is wrong, unknown or too large."""
    if len(tex) > LONGEST or len(_PARTS.findall(tex)) > MOST_PARTS or _DEFINITION.search(tex):
        return ""
    try:
        mathml = _converter.convert_with_local_state(
            _NUMBERED.sub(r"\1{\2*}", tex), displaystyle=is_display
        )
    except LatexError:
        return ""
    if len(mathml) > BEGINNING + LARGEST_GROWTH * len(tex):
        return ""
    return _STYLE.sub(_as_classes, mathml)


def formula_at(text: str, start: int) -> Formula | None:
    """The formula whose opening delimiter stands at `start`, if there is one."""
    if begin := _BEGIN.match(text, start):
        return _environment(text, start, begin[1])
    for opener, (inside, closer) in _CLOSED_BY.items():
        if not text.startswith(opener, start):
            continue
        first = start + len(opener)
        if closer not in text[first : first + LONGEST + 2]:
            return None
        found = inside.match(text, first, first + LONGEST)
        end = found.end() if found else first
        tex = text[first:end]
        if not text.startswith(closer, end) or not tex.strip():
            return None
        end += len(closer)
        if _is_formula(text, start, tex, end, opener):
            return Formula(text[start:end], tex.strip(), opener in ("$$", r"\["), end)
        return None
    return None


def _environment(text: str, start: int, name: str) -> Formula | None:
    closer = rf"\end{{{name}}}"
    end = text.find(closer, start, start + LONGEST)
    if end < 0:
        return None
    end += len(closer)
    return Formula(text[start:end], text[start:end], is_display=True, end=end)


def _is_formula(text: str, start: int, tex: str, end: int, opener: str) -> bool:
    if opener == "$":
        before = text[start - 1] if start else ""
        return _is_between_dollars(before, tex, text[end : end + 1])
    if opener == r"\[" and (text[end : end + 1] == "(" or tex.strip().isdigit()):
        return False  # a link or a number in brackets, escaped
    return not _is_prose(tex)


def _is_between_dollars(before: str, tex: str, after: str) -> bool:
    if (before.isascii() and before.isalnum()) or (before and before in "_])}+$"):
        return False  # US$5, a$b
    if (after.isascii() and after.isalnum()) or (after and after in "{_$"):
        return False  # $5-$10, $HOME/$USER
    if tex[0] in "({" and after in ("(", "{"):
        return False  # $(a)$(b)
    if tex[0].isspace() or tex[-1].isspace():
        is_spaced = tex[0] == tex[-1] == " " and "\n" not in tex
        return is_spaced and re.search(r"\\[a-zA-Z]{2}", tex) is not None
    return re.search(r"[\w\\+\-=<>]", tex) is not None and not _is_prose(tex)


def _is_prose(tex: str) -> bool:
    """Whether words stand there as in a sentence, and nothing that only LaTeX would write."""
    if re.search(r"[\\^_{]", tex):
        return False
    words = _WORDS if re.search(r"[=<>]", tex) else _WORD
    return words.search(_FUNCTIONS.sub("f", tex)) is not None


def _as_classes(style: re.Match[str]) -> str:
    classes = [name for start, name in _CLASSES.items() if start in style[1]]
    return f' class="{" ".join(classes)}"' if classes else ""


def _inline_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    formula = formula_at(state.src, state.pos)
    if formula is None or formula.end > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = formula.source
        token.meta = {"mathml": to_mathml(formula.tex, is_display=formula.is_display)}
    state.pos = formula.end
    return True


def _paragraph_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph does not end, and no list begins, inside a displayed formula."""
    if state.is_code_block(start):
        return False
    closer = _awaited(_line(state, start), "")
    last = start
    inside = (end, state.blkIndent, state.level)
    in_vain = state.env.setdefault(_IN_VAIN, set())  # or each line would read all of the rest again
    waited = []
    while closer:
        last += 1
        waited.append((last, closer, inside))
        is_over = last >= end or state.isEmpty(last) or state.sCount[last] < state.blkIndent
        if is_over or waited[-1] in in_vain:
            in_vain.update(waited)
            return False
        closer = _awaited(_line(state, last), closer)
    if last == start:
        return False
    if not silent:
        _push_paragraph(state, start, last + 1)
    return True


def _push_paragraph(state: StateBlock, start: int, end: int) -> None:
    state.line = end
    state.push("paragraph_open", "p", 1).map = [start, end]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, end, state.blkIndent, False).strip()
    inline.map, inline.children = [start, end], []
    state.push("paragraph_close", "p", -1)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _awaited(line: str, closer: str) -> str:
    """The delimiter that is still awaited at the end of a line; "" if none is."""
    for piece in _PIECES.findall(line if closer else _CODE_SPAN.sub("", line)):
        if piece == closer:
            closer = ""
        elif not closer and piece in ("$$", r"\["):
            closer = _CLOSED_BY[piece][1]
        elif not closer and piece.startswith(r"\begin"):
            closer = piece.replace("begin", "end", 1)
    return closer
