"""Lists in pages that begin after a row."""

import pytest
from django.test import RequestFactory

from annotate.agreement.disagreements import disagreements
from annotate.database.paging import page_of
from annotate.models import Comparison
from tests.factories import judge_comparison, make_comparisons, make_project

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


def test_pages_by_a_number_go_on_where_the_last_began_although_it_has_changed():
    project = make_project(overlap=4)
    made = make_comparisons(project, 5)
    for comparison in made:
        judge_comparison(comparison, "first", "second")  # 4 − 2 = 2 each
    judge_comparison(made[0], "tie")  # 9 − 3 = 6
    pages, query = [], {"show": "contested"}
    for _number in range(2):
        request = RequestFactory().get("/", query)
        pages.append(page_of(disagreements(project), request, by="n_divided", size=2).rows)
        last = pages[-1][-1]
        query = {"show": "contested", "after": f"{last.n_divided}.{last.public_id}"}
        judge_comparison(last, "tie")
    assert pages == [[made[0], made[4]], [made[3], made[2]]]


@pytest.mark.parametrize("mark", ["", "many.", f"{10**30}."])
def test_a_mangled_number_is_no_error(mark):
    project = make_project(overlap=2)
    made = make_comparisons(project, 1)
    judge_comparison(made[0], "first", "second")
    request = RequestFactory().get("/", {"after": f"{mark}{made[0].public_id}"})
    assert page_of(disagreements(project), request, by="n_divided").rows in ([], made)
