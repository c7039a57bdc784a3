import pytest

from annotate.errors import InvalidInput
from annotate.judging.sides import BLOCK, draw_first_is_left, verdict_from_side
from annotate.models import Lease, Membership
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def draw(n: int) -> list[bool]:
    project = make_project()
    make_member(project)
    membership = Membership.objects.get(project=project)
    return [draw_first_is_left(membership) for _draw in range(n)]


def test_every_block_of_eight_is_balanced():
    sides = draw(20 * BLOCK)

    blocks = [sides[start : start + BLOCK] for start in range(0, len(sides), BLOCK)]
    assert all(sum(block) == BLOCK // 2 for block in blocks)
    assert len({tuple(block) for block in blocks}) > 10  # and not always in the same order


def test_sides_differ_from_one_annotator_to_the_next():
    assert draw(64) != draw(64)


def test_sides_depend_on_the_secret_key(settings):
    project = make_project()
    make_member(project)
    membership = Membership.objects.get(project=project)
    drawn = [draw_first_is_left(membership) for _draw in range(64)]
    membership.n_sides_drawn = 0

    settings.SECRET_KEY = "another key, as long as a key has to be"
    assert [draw_first_is_left(membership) for _draw in range(64)] != drawn


@pytest.mark.parametrize(
    ("side", "first_is_left", "verdict"),
    [
        ("left", True, "first"),
        ("left", False, "second"),
        ("right", True, "second"),
        ("right", False, "first"),
        ("tie", False, "tie"),
        ("both_bad", True, "both_bad"),
    ],
)
def test_a_side_means_the_completion_that_stood_there(side, first_is_left, verdict):
    assert verdict_from_side(side=side, lease=Lease(first_is_left=first_is_left)) == verdict


def test_an_unknown_side_is_refused_with_its_value():
    with pytest.raises(InvalidInput) as refused:
        verdict_from_side(side="first", lease=Lease(first_is_left=True))
    assert (refused.value.field, refused.value.value) == ("verdict", "first")
