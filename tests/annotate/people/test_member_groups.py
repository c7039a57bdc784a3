from uuid import uuid4

import pytest

from annotate.errors import InvalidInput
from annotate.models import AuditEvent, MemberGroup, Membership, Project, Role, User
from annotate.people.many_members import add_members, move_members
from annotate.people.member_groups import (
    fill_group,
    give_up_group,
    groups_of,
    make_group,
    put_into_groups,
    rename_group,
)
from annotate.people.member_list import member_list
from annotate.people.members import add_member, remove_member
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project) -> User:
    user = make_user(username="lead")
    make_member(project, user=user, role=Role.LEAD)
    return user


@pytest.fixture
def north(project, lead) -> MemberGroup:
    return make_group(project=project, name="North", made_by=lead)


def a_member(project: Project, **fields) -> Membership:
    return make_member(project, **fields).memberships.get(project=project)


def test_a_group_is_filled_and_emptied_and_says_how_many_are_there(project, lead, north):
    first, second, third = (a_member(project) for _number in range(3))
    fill_group(group=north, add=[first.public_id, second.public_id], filled_by=lead)
    fill_group(
        group=north,
        add=[second.public_id, third.public_id],
        remove=[first.public_id],
        filled_by=lead,
    )
    assert set(north.members.all()) == {second, third}
    assert groups_of(project).get().n_members == 2
    assert set(member_list(project, group=north.public_id)) == {second, third}
    last = AuditEvent.objects.filter(action="group.filled").latest("pk")
    assert last.target == f"group:{north.public_id}"
    assert last.after == {
        "added": [third.annotator.pseudonym],
        "removed": [first.annotator.pseudonym],
    }


def test_said_again_nothing_is_changed_and_nothing_is_written_down(project, lead, north):
    member = a_member(project)
    for _time in range(2):
        fill_group(group=north, add=[member.public_id], filled_by=lead)
    assert AuditEvent.objects.filter(action="group.filled").count() == 1


def test_only_members_of_the_project_are_moved_and_all_or_nobody_is(project, lead, north):
    own = a_member(project)
    foreign = a_member(make_project())
    for wrong in (foreign.public_id, uuid4()):
        with pytest.raises(InvalidInput) as refused:
            fill_group(group=north, add=[own.public_id, wrong], filled_by=lead)
        assert (refused.value.field, refused.value.value) == ("add", str(wrong))
    with pytest.raises(InvalidInput, match="at once"):
        fill_group(group=north, add=[own.public_id], remove=[own.public_id], filled_by=lead)
    assert not north.members.exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("  ", "Give the group a name"),
        ("NORTH", "There is a group"),
        (" north ", "There is a group"),
        ("a|b", "has no"),
        ("a\x00b", "has no"),
        ("n" * 61, "60 characters"),
    ],
)
def test_a_name_is_there_once_however_it_is_written(project, lead, north, name, says):
    with pytest.raises(InvalidInput, match=says) as refused:
        make_group(project=project, name=name, made_by=lead)
    assert refused.value.field == "name"
    other = make_group(project=project, name="South", made_by=lead)
    with pytest.raises(InvalidInput, match=says):
        rename_group(group=other, name=name, renamed_by=lead)
    assert make_group(project=make_project(), name="North", made_by=lead).name == "North"


def test_a_group_may_be_written_otherwise_and_given_up(project, lead, north):
    member = a_member(project)
    fill_group(group=north, add=[member.public_id], filled_by=lead)
    assert rename_group(group=north, name="north", renamed_by=lead).name == "north"
    give_up_group(group=north, given_up_by=lead)
    assert not MemberGroup.objects.exists()
    assert Membership.objects.get(pk=member.pk).is_active


def test_there_is_an_end_to_how_many_groups_there_are(project, lead, north, monkeypatch):
    monkeypatch.setattr("annotate.people.member_groups.MOST_GROUPS", 1)
    with pytest.raises(InvalidInput, match="1 groups at most"):
        make_group(project=project, name="South", made_by=lead)


def test_whoever_left_is_in_no_group_and_in_theirs_when_they_come_back(project, lead, north):
    member = a_member(project, user=make_user())
    fill_group(group=north, add=[member.public_id], filled_by=lead)
    remove_member(membership=member, removed_by=lead)
    assert groups_of(project).get().n_members == 0
    assert not member_list(project, group=north.public_id)
    add_member(project=project, user=member.annotator.user, role=Role.ANNOTATOR, added_by=lead)
    assert groups_of(project).get().n_members == 1


def test_one_person_is_put_into_the_groups_named_and_into_no_other(project, lead, north):
    member = a_member(project)
    south = make_group(project=project, name="South", made_by=lead)
    put_into_groups(membership=member, groups=[north, south], changed_by=lead)
    put_into_groups(membership=member, groups=[south], changed_by=lead)
    assert list(member.groups.all()) == [south]


def test_many_are_moved_at_once_into_a_new_group_and_out_of_one(project, lead, north):
    chosen = [a_member(project).public_id for _number in range(3)]
    assert move_members(project=project, members=chosen, into="Night shift", moved_by=lead) == 3
    assert move_members(project=project, members=chosen, into="night  SHIFT", moved_by=lead) == 3
    night = MemberGroup.objects.get(name="Night shift")
    assert night.members.count() == 3
    move_members(project=project, members=chosen[:1], out_of="night shift", moved_by=lead)
    assert night.members.count() == 2
    with pytest.raises(InvalidInput) as refused:
        move_members(project=project, members=chosen, out_of="East", moved_by=lead)
    assert (refused.value.field, refused.value.value) == ("group", "East")


def test_a_list_puts_people_into_groups_and_makes_those(project, lead, north):
    for name in ("ann", "bob"):
        make_user(username=name)
    text = "username,groups\nann,north | Night shift|\nbob,Night shift\n"
    added = add_members(project=project, text=text, added_by=lead)
    assert (added.n_added, added.errors) == (2, [])
    assert {group.name: group.n_members for group in groups_of(project)} == {
        "Night shift": 2,
        "North": 1,
    }


def test_a_wrong_group_in_a_list_adds_nobody_and_makes_none(project, lead):
    make_user(username="ann")
    added = add_members(project=project, text=f"ann,,,ok|{'n' * 61}\n", added_by=lead)
    wrong = added.errors[0]
    assert (added.n_added, wrong.row, wrong.field) == (0, 1, "groups")
    assert not MemberGroup.objects.exists()
    assert not Membership.objects.filter(annotator__user__username="ann").exists()


def test_the_people_of_a_list_cost_no_query_each(
    project, lead, north, django_assert_max_num_queries
):
    for _number in range(5):
        north.members.add(a_member(project))
    with django_assert_max_num_queries(2):
        listed = list(member_list(project).prefetch_related("groups"))
        assert sum(len(one.groups.all()) for one in listed) == 5
