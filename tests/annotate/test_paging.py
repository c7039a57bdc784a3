"""Lists in pages that begin after a row."""

import pytest
from django.test import RequestFactory

from annotate.models import Comparison
from annotate.paging import page_of
from tests.factories import make_comparisons, make_project

pytestmark = pytest.mark.django_db


def test_pages_follow_each_other_without_gap_or_repeat_while_rows_come_in():
    project = make_project()
    made = make_comparisons(project, 5)
    seen, query = [], {"show": "all"}
    for size in (2, 2, 1):
        page = page_of(Comparison.objects.all(), RequestFactory().get("/", query), size=2)
        assert len(page.rows) == size
        seen += page.rows
        query = {"show": "all", "after": str(page.rows[-1].public_id)}
        make_comparisons(project, 1)
    assert seen == made[::-1]
    assert page.next_url == ""
    assert page.first_url == "?show=all"


def test_a_mangled_mark_begins_at_the_start():
    made = make_comparisons(make_project(), 1)
    page = page_of(Comparison.objects.all(), RequestFactory().get("/", {"after": "x'; --"}))
    assert page.rows == made
    assert page.first_url == ""
