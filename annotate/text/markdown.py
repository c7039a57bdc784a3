"""Text of models and imports to safe HTML: the only module that may call such text safe.

Two gates, one behind the other: markdown-it does not pass HTML through, and nh3 keeps nothing
but the elements and attributes named here. No images: one from elsewhere would tell its owner
who reads. The Content-Security-Policy stands behind both.
"""

import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import nh3
from django.template.defaultfilters import linebreaks_filter
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from annotate.text.emphasis import add_emphasis
from annotate.text.formulas import add_formulas
from annotate.text.highlighting import CLASSES, Colouring
from annotate.text.kept_characters import hides_characters, is_formatted
from annotate.text.recent_texts import RecentTexts
from annotate.text.references import add_references
from annotate.text.table_cells import add_tables

FORMULA_ELEMENTS = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
}  # fmt: skip
FORMULA_ATTRIBUTES = {
    "accent", "accentunder", "columnspan", "displaystyle", "fence", "form", "largeop",
    "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
    "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "width",
}  # fmt: skip
ELEMENTS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "blockquote",
    "ul", "ol", "li", "pre", "code", "a", "table", "thead", "tbody", "tr", "th", "td",
    "div", "span", "figure", "figcaption",
} | FORMULA_ELEMENTS  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "li": {"value"},
    "ol": {"start"},
    "pre": {"dir"},
    "code": {"dir"},
    **dict.fromkeys(FORMULA_ELEMENTS, FORMULA_ATTRIBUTES),
    "math": FORMULA_ATTRIBUTES | {"display"},
    "span": {"dir"},
}
OF_CELLS = {"to-left", "to-center", "to-right", "whole"}
CLASS_NAMES: dict[str, set[str]] = {  # all are written here, none by a model
    "div": {"table-scroll"},
    "figure": {"code"},
    "code": {"formula-source"},
    "span": {"formula", "formula--display", "formula--long", "not-shown", "whole"}
    | {name for _kind, name in CLASSES},
    "td": OF_CELLS,
    "th": OF_CELLS,
    "mtd": {"to-left", "to-right", "line-above", "line-right"},
    "mrow": {"menclose-updiagonalstrike", "menclose-downdiagonalstrike"},
}
LINK_SCHEMES = {"http", "https", "mailto"}
DEEPEST = 40  # markdown-it drops what is nested deeper, and no answer may be shown in part

MOST_KEPT = 16 << 20  # bytes of texts and their HTML, in each process

LONG_FORMULA = 40  # characters; a longer one may be wider than a phone, and scrolls

Environment = MutableMapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """Text as it is shown."""

    html: SafeString
    is_formatted: bool  # not just as it was written
    hides: bool  # a character that was written is not to be seen


def render_markdown(text: str) -> SafeString:
    """Markdown as HTML that cannot run, load or look like a part of the page."""
    return show(text).html


def show(text: str) -> Shown:
    """Markdown as safe HTML, with what it hides; a few words in it are in the reader's language."""
    key = (text, get_language())
    shown = _recent.get(key)
    if shown is None:
        shown = _show(text)
        _recent.keep(key, shown, size=sys.getsizeof(text) + sys.getsizeof(shown.html))
    return shown


def _show(text: str) -> Shown:
    tokens = _parser.parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        return Shown(linebreaks_filter(text, autoescape=True), False, False)
    cleaned = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {"colouring": Colouring()}),
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASS_NAMES,
        url_schemes=LINK_SCHEMES,
        url_relative="deny",  # or a model could lead to a page of this site
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )
    safe = mark_safe(cleaned)  # noqa: S308 - nh3 has just cleaned it
    hides = hides_characters(text, tokens)
    return Shown(safe, hides or is_formatted(tokens), hides)


# a completion is shown to several people, and ahead of its turn
_recent: RecentTexts[tuple[str, str | None], Shown] = RecentTexts(MOST_KEPT)


def _code(
    _self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: Environment,
) -> str:
    token = tokens[index]
    info = token.info.strip()
    caption = f"<figcaption>{escape(info)}</figcaption>" if info else ""
    html = env["colouring"].html(token.content, info)
    return f'<figure class="code">{caption}<pre dir="ltr"><code>{html}</code></pre></figure>\n'


def _code_span(_self: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    return f'<code dir="ltr">{escape(tokens[index].content)}</code>'


def _formula(_self: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    token = tokens[index]
    mathml: str = token.meta["mathml"]
    if not mathml:
        return f'<code class="formula-source" dir="ltr">{escape(token.content)}</code>'
    name = "formula formula--display" if 'display="block"' in mathml[:40] else "formula"
    if len(token.content) > LONG_FORMULA:
        name = f"{name} formula--long"
    return f'<span class="{name}" dir="ltr">{mathml}</span>'


def _image(_self: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    alt = tokens[index].content.strip()
    words = _("Image, not shown: {alt}").format(alt=alt) if alt else _("Image, not shown")
    return f'<span class="not-shown">{escape(words)}</span>'


def _item(_self: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    number = tokens[index].info  # as written: a browser would count on by itself
    return f'<li value="{escape(number)}">' if number else "<li>"


def _definition(_self: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    lines = escape(tokens[index].content).splitlines()
    return f"<p>{'<br>'.join(lines)}</p>\n"


RULES: Mapping[str, Any] = {
    "definition_source": _definition,
    "fence": _code,
    "code_block": _code,
    "code_inline": _code_span,
    "formula": _formula,
    "image": _image,
    "whole": lambda _self, tokens, index, *_rest: (
        f'<span class="whole">{escape(tokens[index].content)}</span>'
    ),
    "list_item_open": _item,
    "table_open": lambda *_rest: '<div class="table-scroll"><table>\n',
    "table_close": lambda *_rest: "</table></div>\n",
}


def _make_parser() -> MarkdownIt:
    options = {"html": False, "breaks": True, "maxNesting": DEEPEST}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    for add in (add_emphasis, add_formulas, add_references, add_tables):
        add(parser)
    for name, rule in RULES.items():
        parser.add_render_rule(name, rule)
    return parser


_parser = _make_parser()
