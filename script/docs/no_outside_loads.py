"""Warns, and so fails a strict build, of a page that would load something from elsewhere."""

import logging
import re
from typing import Any

from mkdocs.structure.pages import Page

LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source|object|embed)\b[^>]*?"""
    r"""\s(?:src|href|srcset|data)=["']?(?:https?:)?//[^\s"'>]+"""
)
log = logging.getLogger("mkdocs.hooks.no_outside_loads")


def on_post_page(output: str, page: Page, **_: Any) -> str:
    for tag in LOADED.findall(output):
        log.warning("%s loads from elsewhere: %s", page.file.src_uri, tag)
    return output
