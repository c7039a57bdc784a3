import pytest

from annotate.errors import InvalidInput
from annotate.listing.saved_views import may_delete, save_view, saved_views
from annotate.models import Role, SavedView
from tests.factories import make_annotator

pytestmark = pytest.mark.django_db


def save(project, name="Hard", query="tag=hard&sort=divided", role=Role.LEAD, saved_by=None):
    return save_view(project=project, name=name, query=query, role=role, saved_by=saved_by)


def test_a_view_is_kept_as_its_canonical_address(project):
    view = save(project, name=" Hard  ones ", query="sort=divided&tag=hard+one&done=true")
    assert (view.name, view.query) == ("Hard ones", "done=true&tag=hard+one&sort=divided")
    assert save(project, name="All", query="").query == ""


def test_a_name_is_given_once_and_is_a_name(project):
    save(project)
    with pytest.raises(InvalidInput, match="“Hard” already") as refused:
        save(project)
    assert refused.value.field == "name"
    for name in ("", "x" * 81, "a\0"):
        with pytest.raises(InvalidInput):
            save(project, name=name)
    assert SavedView.objects.count() == 1


def test_a_view_with_filters_of_leads_is_for_leads(project):
    view = save(project, query="gold=true")
    save(project, name="Others", query="done=true")
    assert view.is_for_leads
    assert [one.name for one in saved_views(project, role=Role.REVIEWER)] == ["Others"]
    assert len(saved_views(project, role=Role.LEAD)) == 2
    with pytest.raises(InvalidInput, match="Only leads"):
        save(project, name="Mine", query="gold=true", role=Role.REVIEWER)


def test_its_maker_and_leads_may_delete_it(project):
    maker, other = make_annotator(), make_annotator()
    view = save(project, role=Role.REVIEWER, saved_by=maker)
    assert may_delete(view, annotator=maker, role=Role.REVIEWER)
    assert not may_delete(view, annotator=other, role=Role.REVIEWER)
    assert may_delete(view, annotator=other, role=Role.LEAD)
