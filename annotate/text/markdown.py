"""Text of models and imports to safe HTML: the only function that may call such text safe.

Two gates, one behind the other: markdown-it does not pass HTML through, and nh3 keeps nothing
but the elements and attributes named here. No images: one from elsewhere would tell its owner
who reads. The Content-Security-Policy stands behind both.
"""

from functools import lru_cache

import nh3
from django.template.defaultfilters import linebreaks_filter
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

ELEMENTS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "blockquote",
    "ul", "ol", "li", "pre", "code", "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
LINK_SCHEMES = {"http", "https", "mailto"}
DEEPEST = 40  # markdown-it drops what is nested deeper, and no answer may be shown in part

_parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST}).enable(
    ["table", "strikethrough"]
)
_parser.disable("image")


@lru_cache(maxsize=256)  # a completion is shown to several people, and ahead of its turn
def render_markdown(text: str) -> SafeString:
    """Markdown as HTML that cannot run, load or look like a part of the page."""
    tokens = _parser.parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        return linebreaks_filter(text, autoescape=True)
    cleaned = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        url_schemes=LINK_SCHEMES,
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )
    return mark_safe(cleaned)  # noqa: S308 - nh3 has just cleaned it
