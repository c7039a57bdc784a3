import pytest

from annotate.errors import InvalidInput
from annotate.models import AuditEvent, Comparison, Membership, Project, Role
from annotate.projects.projects import change_project, create_project
from tests.factories import make_admin, make_comparison, make_project

pytestmark = pytest.mark.django_db


def test_the_maker_of_a_project_is_its_first_lead():
    admin = make_admin()
    project = create_project(created_by=admin, name="Which is kinder?", overlap=4)
    assert (project.slug, project.overlap) == ("which-is-kinder", 4)
    membership = Membership.objects.get(project=project)
    assert (membership.annotator.user, membership.role) == (admin, Role.LEAD)


def test_two_projects_of_one_name_get_two_addresses_and_a_chinese_name_gets_one_too():
    admin = make_admin()
    slugs = [create_project(created_by=admin, name=name).slug for name in ("Tea", "Tea", "茶")]
    assert slugs[:2] == ["tea", "tea-2"]
    assert slugs[2].startswith("project-")


def test_no_project_hides_behind_a_page_of_the_same_address():
    assert create_project(created_by=make_admin(), name="New").slug == "new-2"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "overlap": 0}, "overlap"),
        ({"name": "x", "min_agreement": 1.5}, "min_agreement"),
        ({"name": "x", "slug": "not a slug"}, "slug"),
        ({"name": "x", "slug": "new"}, "slug"),
        ({"name": "x", "queue_epoch": 9}, "queue_epoch"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_field(fields, field):
    with pytest.raises(InvalidInput) as refused:
        create_project(created_by=make_admin(), **fields)
    assert refused.value.field == field
    assert not Project.objects.exists()


def test_new_guidelines_get_a_new_version_and_old_ones_keep_theirs():
    project = make_project(guidelines="Be kind.")
    changed = change_project(project=project, changed_by=None, guidelines="Be kinder.")
    assert changed.guidelines_version == 2
    same = change_project(project=project, changed_by=None, guidelines="Be kinder.")
    assert same.guidelines_version == 2
    assert AuditEvent.objects.filter(action="project.changed").count() == 1


def test_a_change_is_in_the_audit_with_before_and_after():
    admin, project = make_admin(), make_project(overlap=2)
    change_project(project=project, changed_by=admin, overlap=3, is_paused=True)
    event = AuditEvent.objects.get(action="project.changed")
    assert event.before == {"overlap": 2, "is_paused": False}
    assert event.after == {"overlap": 3, "is_paused": True}


def test_a_new_overlap_holds_for_comparisons_that_wait():
    project = make_project(overlap=2)
    make_comparison(project)
    change_project(project=project, changed_by=None, overlap=5)
    assert Comparison.objects.get().wanted == 5


def test_a_refused_change_changes_nothing():
    project = make_project(overlap=2, name="Before")
    with pytest.raises(InvalidInput):
        change_project(project=project, changed_by=None, name="After", lease_seconds=1)
    project.refresh_from_db()
    assert project.name == "Before"
