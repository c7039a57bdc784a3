"""Every method of the library has a page, and the page names every setting of its own."""

import re
from pathlib import Path

import pytest

from alignment_core.configs import METHODS, PairConfig, TrainingConfig, VoteModelConfig
from alignment_core.configs.options import options_of

PAGES = Path(__file__).resolve().parents[1] / "docs" / "methods"
SHARED = {entry.name for entry in options_of(TrainingConfig)}
OF_PAIRS = [name for name, method in METHODS.items() if method.sides]


@pytest.mark.parametrize("method", OF_PAIRS)
def test_a_methods_page_names_its_settings(method):
    page = (PAGES / f"{method}.md").read_text()
    votes = (PAGES / "votes.md").read_text()
    config = METHODS[method].config
    for name in {entry.name for entry in options_of(config)} - SHARED:
        is_shared = issubclass(config, PairConfig) and f"`{name}`" in votes
        assert f"`{name}`" in page or is_shared, name
    assert f"python -m alignment_core {method} --model" in page


@pytest.mark.parametrize("method", METHODS)
def test_the_choice_of_a_method_leads_to_its_page(method):
    page = METHODS[method].docs_page + ".md"
    assert f"({page})" in (PAGES / "README.md").read_text()
    assert f"`{method}`" in (PAGES / page).read_text().splitlines()[0]


def test_links_between_the_pages_lead_somewhere():
    for path in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([\w-]+\.md)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_page_of_votes_names_the_settings_that_methods_share():
    page = (PAGES / "votes.md").read_text()
    for name in {entry.name for entry in options_of(VoteModelConfig)} - SHARED:
        assert f"`{name}`" in page, name
