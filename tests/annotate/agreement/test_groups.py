"""Which groups of annotators are set beside each other."""

import pytest

from annotate.agreement.groups import pairs_of_groups
from annotate.models import Membership
from tests.factories import make_annotator, make_member, make_project

pytestmark = pytest.mark.django_db


def groups_of(project, **kinds):
    """By name of kind or cohort, of all who are members or named here by their kind."""
    members = Membership.objects.filter(project=project).values_list("annotator", flat=True)
    annotators = dict.fromkeys(members, ("member", "person"))
    annotators |= {row.pk: (kind, kind) for kind, rows in kinds.items() for row in rows}
    return [
        (pair.of, pair.first, pair.second, *map(sorted, pair.annotators))
        for pair in pairs_of_groups(project, annotators)
    ]


def test_people_and_imported_votes_are_one_group_beside_each_kind_of_machine():
    person, imported, model, simulated = (make_annotator() for _number in range(4))
    kinds = {"person": [person], "imported": [imported], "model": [model]}
    people = sorted([person.pk, imported.pk])
    found = groups_of(make_project(), **kinds, simulated=[simulated])
    assert found == [
        ("kind", "people", "model", people, [model.pk]),
        ("kind", "people", "simulated", people, [simulated.pk]),
    ]


def test_machines_alone_have_nobody_beside_them():
    assert groups_of(make_project(), model=[make_annotator()], simulated=[make_annotator()]) == []
    assert groups_of(make_project(), person=[make_annotator()]) == []


def test_only_the_eight_largest_cohorts_of_this_project_are_compared_in_the_order_of_their_names():
    project, elsewhere = make_project(), make_project()
    names = [f"cohort {number}" for number in range(9)]
    for name in names:
        make_member(project, cohort=name)
    for name in (names[0], names[-1], names[-1]):
        make_member(project, cohort=name)
    outsider = make_member(project, cohort="")  # in no cohort here, in one elsewhere
    Membership.objects.create(annotator=outsider, project=elsewhere, cohort="a first by name")

    found = groups_of(project)

    compared = {name for _of, first, second, *_both in found for name in (first, second)}
    assert compared == set(names) - {names[-2]}  # one of those with one member, by name
    assert len(found) == 28  # eight of them
    assert all(first < second for _of, first, second, *_both in found)
    assert max(len(largest) for *_names, largest in found) == 3
