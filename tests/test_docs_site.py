"""The site of the documentation: what it names exists, and docstrings become readable Markdown."""

import importlib
import re
from pathlib import Path

import griffe
import pytest
import yaml

from script.docs.docstrings import as_markdown, fields_listed, settings
from script.docs.no_outside_loads import LOADED
from script.docs.outside_pages import inward, lists_apart

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
DIRECTIVE = re.compile(r"^::: (?P<module>\S+)\n(?P<options>(?:    .*\n)*)", re.MULTILINE)


def test_the_overview_links_every_page_of_the_reference():
    linked = set(re.findall(r"\]\((\w+\.md)\)", (REFERENCE / "README.md").read_text()))
    assert linked == {page.name for page in REFERENCE.glob("*.md")} - {"README.md"}


def test_the_page_for_engineers_links_every_page_of_the_reference():
    text = (ROOT / "docs" / "engineers.md").read_text()
    linked = set(re.findall(r"\]\(reference/(\w+\.md)[#)]", text))
    assert linked == {page.name for page in REFERENCE.glob("*.md")}


def test_every_page_has_its_place_in_the_site():
    settings_of_site = (ROOT / "script" / "docs" / "mkdocs.yml").read_text()
    placed = set(re.findall(r": ([\w/-]+\.md)$", settings_of_site, re.MULTILINE))
    docs = ROOT / "docs"
    pages = {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
    assert placed == pages | {"index.md", "contributing.md"}  # made of README and CONTRIBUTING


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.name)
def test_every_member_that_a_page_asks_for_exists(page):
    directives = list(DIRECTIVE.finditer(page.read_text()))
    assert directives, f"{page.name} shows nothing of the library"
    for found in directives:
        module = importlib.import_module(found["module"])
        options = (yaml.safe_load(found["options"]) or {}).get("options", {})
        for name in options.get("members", []):
            assert getattr(module, name).__doc__, f"{found['module']}.{name} is not documented"


def test_sections_of_a_docstring_become_paragraphs_and_arguments_a_list():
    docstring = """A loss.

Args:
    policy, reference: log-probs, shape
        (pairs,).
    beta: above 0. tau: at least 0.
Returns: nats, shape
    (pairs,).
Source: Rafailov et al. 2023."""
    assert as_markdown(docstring, ["policy", "reference", "beta", "tau"]) == (
        "A loss.\n\n\n**Arguments**\n\n"
        "- `policy`, `reference`: log-probs, shape (pairs,).\n"
        "- `beta`: above 0.\n"
        "- `tau`: at least 0.\n\n"
        "**Returns**: nats, shape (pairs,).\n\n"
        "**Source**: Rafailov et al. 2023."
    )


def test_text_after_the_last_section_is_no_part_of_it():
    text = as_markdown("Returns: a share.\nNever NaN.", [])
    assert text == "\n\n**Returns**: a share.\n\nNever NaN."


def test_keys_of_what_is_returned_become_a_list():
    text = as_markdown("Returns:\n    raw: wins over duels.\n    n: duels.", [])
    assert text.endswith("**Returns**\n\n- `raw`: wins over duels.\n- `n`: duels.")


def test_fields_that_a_class_explains_become_a_list():
    text = fields_listed(
        "A table.\n\nlow, high: the interval.\nn: how many.\n", ["low", "high", "n"]
    )
    assert "- `low`, `high`: the interval.\n- `n`: how many." in text


def test_settings_of_a_config_say_default_range_meaning_and_source():
    code = """
class Config:
    beta: float = option(0.1, help="How " "much.", source="A 2023", above=0.0, maximum=9.0)
    plain: int = 3
"""
    with griffe.temporary_visited_module(code) as module:
        assert settings(module["Config"]) == (
            "- `beta`: float, default `0.1`; above 0.0, at most 9.0. How much. *Source:* A 2023."
        )


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href=//fonts.example/a.css>',
        '<img alt="" src="http://example.org/a.png">',
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_seen(tag):
    assert LOADED.search(tag)


@pytest.mark.parametrize(
    "tag", ['<script src="../assets/a.js"></script>', '<a href="https://example.org">a link</a>']
)
def test_own_files_and_links_are_no_loads_from_elsewhere(tag):
    assert not LOADED.search(tag)


def test_pages_outside_docs_link_into_it_and_keep_their_lists():
    assert inward("[a](docs/methods/README.md) [b](CONTRIBUTING.md)") == (
        "[a](methods/README.md) [b](contributing.md)"
    )
    assert lists_apart("<!-- a -->\n- b\n") == "<!-- a -->\n\n- b\n"
