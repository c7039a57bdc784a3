import pytest

from annotate.judging.protocols.presets import PRESETS
from annotate.models import Annotator, AnnotatorKind, Verdict
from annotate.projects import protocol_pace
from annotate.projects.protocol_pace import Pace, pace_under, paces_of
from annotate.projects.protocols import change_protocol
from tests.factories import judge_comparison, make_comparison, make_project

pytestmark = pytest.mark.django_db

ALL_FOUR = PRESETS["tie_both_bad"].declaration
TWO = PRESETS["two_way"].declaration


def judged_by_many(project, *, seconds, n=10):
    """Two people for each comparison, everybody once."""
    for _number in range(n):
        judge_comparison(make_comparison(project), Verdict.FIRST, Verdict.SECOND, seconds=seconds)


def test_a_version_has_the_median_of_those_who_judged_under_it():
    project = make_project()
    judged_by_many(project, seconds=12.0)
    second = change_protocol(project=project, changed_by=None, declaration=TWO)
    judged_by_many(project, seconds=5.0, n=5)
    first = project.protocols.get(version=1)
    assert pace_under(first) == Pace(20, 20, 12.0)  # nobody differs: no interval
    assert pace_under(second) == Pace(10, 10)  # too few


def test_projects_that_ask_the_same_are_taken_together():
    for seconds in (10.0, 20.0):
        judged_by_many(make_project(), seconds=seconds, n=6)
    asked, other = paces_of([ALL_FOUR, TWO])
    assert (asked.n_judgements, asked.n_people) == (24, 24)
    assert 10 <= asked.low < asked.high <= 20
    assert other == Pace(0, 0)


def test_of_projects_that_ask_the_same_each_has_its_part_of_what_is_looked_at(monkeypatch):
    monkeypatch.setattr(protocol_pace, "NEWEST", 40)
    judged_by_many(make_project(), seconds=10.0, n=20)
    assert paces_of([ALL_FOUR])[0].n_judgements == 40
    judged_by_many(make_project(), seconds=20.0, n=20)
    assert paces_of([ALL_FOUR])[0].n_judgements == 40


def test_machines_and_what_was_taken_back_tell_nothing_of_people():
    project = make_project()
    judged_by_many(project, seconds=12.0)
    Annotator.objects.filter(judgements__project=project).update(kind=AnnotatorKind.SIMULATED)
    judged_by_many(project, seconds=12.0)
    latest = project.judgements.order_by("-pk")[0]
    project.judgements.filter(pk=latest.pk).update(withdrawn_at=latest.judged_at)
    assert pace_under(project.protocols.get()) == Pace(19, 19)
