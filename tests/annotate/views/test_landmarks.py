"""Landmarks of a page have names of their own, by which people who do not look find their way."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
SECTION = re.compile(r'<section[^>]*aria-labelledby="([^"]+)"')
REGION = re.compile(r'role="region" aria-labelledby="([^"]+)"')


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES)
)
def test_no_heading_names_a_section_and_the_table_in_it(template):
    text = template.read_text()
    assert not set(SECTION.findall(text)) & set(REGION.findall(text))
