"""Pages of the site that lie outside docs/: README.md is its first, CONTRIBUTING.md one of them.

They stay where a reader of the repository looks for them, and are checked as part of the site:
their links into docs/ are made to fit here, and so are the links from docs/ to them.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
STYLE = Path(__file__).with_name("accord.css")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=inward(text)))
    files.append(File.generated(config, STYLE.name, abs_src_path=str(STYLE)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    for source, target in OUTSIDE.items():
        markdown = markdown.replace(f"](../{source}", f"]({target}")
    return lists_apart(markdown)


def inward(text: str) -> str:
    """Links as they are from inside docs/."""
    for source, page in OUTSIDE.items():
        text = text.replace(f"]({source}", f"]({page}")
    return text.replace("](docs/", "](")


def lists_apart(markdown: str) -> str:
    """A blank line between a comment and the list after it, which Markdown here needs."""
    return re.sub(r"(-->\n)(?=- )", r"\1\n", markdown)
