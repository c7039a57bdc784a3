from uuid import uuid4

import pytest

from annotate.errors import InvalidInput
from annotate.models import Membership, Project, Role, User
from annotate.people.many_members import add_members, change_members, remove_members
from annotate.people.members import members_of
from tests.factories import make_admin, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project) -> User:
    user = make_user(username="lead")
    make_member(project, user=user, role=Role.LEAD)
    return user


def people(project: Project) -> dict[str, tuple[str, str]]:
    found = members_of(project).exclude(annotator__user__username="lead")
    return {
        name: (role, cohort)
        for name, role, cohort in found.values_list("annotator__user__username", "role", "cohort")
    }


@pytest.mark.parametrize(
    "text",
    [
        "username,role,cohort\nann,reviewer,north\nbob,,\n",
        "ann,reviewer,north\nbob\n",
        "\ufeffUsername;Role;Cohort\r\nann;Reviewer;north\r\n\r\nbob;annotator;\r\n",
        'cohort\tusername\trole\n"north"\tann\treviewer\n\tbob\t\n',
    ],
)
def test_a_list_is_taken_as_spreadsheets_write_it(project, lead, text):
    for name in ("ann", "bob"):
        make_user(username=name)
    added = add_members(project=project, text=text, added_by=lead)
    assert (added.n_added, added.n_there, added.errors) == (2, 0, [])
    assert people(project) == {"ann": ("reviewer", "north"), "bob": ("annotator", "")}


def test_whoever_is_in_already_stays_as_they_are(project, lead):
    make_member(project, user=make_user(username="ann"), role=Role.REVIEWER)
    make_user(username="bob")
    added = add_members(project=project, text="ann,annotator\nbob\nbob\n", added_by=lead)
    assert (added.n_added, added.n_there) == (1, 2)
    assert people(project)["ann"][0] == "reviewer"


def test_with_one_wrong_row_nobody_is_added_and_every_wrong_row_is_named(project, lead):
    make_user(username="ann")
    make_user(username="bob")
    make_user(username="off", is_active=False)
    text = f"username,role,cohort\nann,,\nnobody,,\nbob,owner,\noff,,\nann,,\n,lead,{'c' * 61}\n"
    added = add_members(project=project, text=text, added_by=lead)
    assert added.n_added == 0 and people(project) == {}
    assert [(wrong.row, wrong.field, wrong.value) for wrong in added.errors] == [
        (3, "username", "nobody"),
        (4, "role", "owner"),
        (5, "username", "off"),
        (7, "username", ""),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("username,email\nann,a@example.org\n", "The columns are"),
        ("username,username\nann,ann\n", "stands twice"),
        ("ann,reviewer,north,night,more\n", "Row 1 has more cells"),
        ('username\n"ann\n', "in line 2"),
        ("\n".join(f"u{number}" for number in range(2001)), "2000 rows"),
    ],
)
def test_a_list_that_cannot_be_read_adds_nobody(project, lead, text, says):
    make_user(username="ann")
    with pytest.raises(InvalidInput, match=says):
        add_members(project=project, text=text, added_by=lead)
    assert people(project) == {}


def test_many_are_changed_or_nobody_is(project, lead):
    chosen = [make_member(project).memberships.get().public_id for _number in range(3)]
    n = change_members(project=project, members=chosen, changed_by=lead, cohort="north")
    assert n == 3
    assert Membership.objects.filter(cohort="north").count() == 3
    for wrong in (
        [],
        [*chosen, uuid4()],
        [make_member(make_project()).memberships.get().public_id],
    ):
        with pytest.raises(InvalidInput):
            change_members(project=project, members=wrong, changed_by=lead, is_active=False)
    assert Membership.objects.filter(is_active=False).count() == 0
    assert remove_members(project=project, members=chosen, removed_by=lead) == 3


def test_a_lead_cannot_shut_themselves_out(project, lead):
    other = make_member(project).memberships.get()
    own = Membership.objects.get(annotator=lead.annotator)
    both = [own.public_id, other.public_id]
    for change in ({"is_active": False}, {"role": Role.ANNOTATOR}):
        with pytest.raises(InvalidInput, match="another lead"):
            change_members(project=project, members=both, changed_by=lead, **change)
    with pytest.raises(InvalidInput, match="another lead"):
        remove_members(project=project, members=both, removed_by=lead)
    change_members(project=project, members=both, changed_by=lead, cohort="all")
    change_members(project=project, members=both, changed_by=make_admin(), is_active=False)
    assert not Membership.objects.filter(is_active=True).exists()
