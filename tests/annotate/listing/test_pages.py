import pytest

from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import wanted_comparisons
from annotate.listing.orders import ORDERS
from annotate.listing.pages import WrongMark, page_of
from annotate.listing.search_index import index_comparisons
from tests.factories import judge_comparison, make_comparison, make_comparisons

pytestmark = pytest.mark.django_db


def turn(project, order, **marks):
    return page_of(
        wanted_comparisons(project, Wanted()), ORDERS[order], project=project, size=2, **marks
    )


def ids(page):
    return [row.pk for row in page.rows]


@pytest.mark.parametrize("order", ["newest", "oldest", "queue", "longest", "shortest"])
def test_walking_forth_and_back_meets_each_row_once_whatever_comes_in(project, order):
    made = {one.pk for one in make_comparisons(project, 5)}
    index_comparisons()
    first = turn(project, order)
    second = turn(project, order, after=first.after)
    make_comparisons(project, 3)
    index_comparisons()
    third = turn(project, order, after=second.after)
    walked = [*ids(first), *ids(second), *ids(third)]
    assert len(walked) == len(set(walked))
    if order == "newest":
        assert set(walked) == made
        assert third.after == ""
    back = turn(project, order, before=third.before)
    again = turn(project, order, before=back.before)
    if order in ("newest", "oldest"):
        assert (ids(back), ids(again)) == (ids(second), ids(first))
    assert back.after
    assert first.before == ""


def test_most_divided_come_first_and_equals_by_age(project):
    project.overlap = 3
    project.save()
    two, other, three, agreed = make_comparisons(project, 4, wanted=3)
    judge_comparison(two, "first", "second")
    judge_comparison(other, "first", "tie")
    judge_comparison(three, "first", "second", "tie")
    judge_comparison(agreed, "first", "first")
    page = turn(project, "divided")
    assert ids(page) == [three.pk, other.pk]
    assert ids(turn(project, "divided", after=page.after)) == [two.pk]


@pytest.mark.parametrize("mark", ["x", "5.x", "9.00000000-0000-0000-0000-000000000000", "~"])
def test_a_mark_that_names_nothing_is_refused(project, mark):
    make_comparison(project)
    with pytest.raises(WrongMark):
        turn(project, "queue", after=mark)
