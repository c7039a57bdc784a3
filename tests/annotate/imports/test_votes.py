"""Votes in a file: whose they are, on what, and what they amount to."""

import pytest

from annotate.models import (
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Judgement,
    Membership,
    Preference,
    RecordedUse,
)
from tests.annotate.imports.importing import imported, json_lines, pair, votes_row
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_votes_count_as_judgements_of_imported_annotators_and_resolve():
    project = make_project(overlap=2)
    result = imported(
        project, json_lines(votes_row("b", "b", "tie")), recorded_use=RecordedUse.COUNT
    )
    assert result.n_judgements == 3
    comparison = Comparison.objects.get()
    assert (comparison.wanted, comparison.n_counted, comparison.n_tie) == (3, 3, 1)
    assert not comparison.is_open
    preference = Preference.objects.get()
    assert (preference.chosen.text, preference.chosen.origin) == ("B", "m2")
    assert preference.agreement == pytest.approx(2 / 3)
    assert preference.used.count() == 3
    judgement = Judgement.objects.first()
    assert (judgement.annotator.kind, judgement.lease) == (AnnotatorKind.IMPORTED, None)
    assert judgement.first_was_left is None


def test_blanks_round_a_name_make_nobody_else():
    content = b"annotator,choice,prompt,response_a,response_b\nx,a,Q,A,B\n x ,b,Q,A,B\n"
    row = imported(make_project(), content, recorded_use=RecordedUse.COUNT)
    assert (row.n_judgements, row.n_second_votes) == (1, 1)


def test_the_same_name_is_the_same_annotator_in_a_project_and_another_elsewhere():
    project, other = make_project(), make_project()
    for target in (project, other):
        imported(target, json_lines(votes_row("a")), recorded_use=RecordedUse.COUNT)
    imported(project, json_lines(votes_row("a", prompt="R?")), recorded_use=RecordedUse.COUNT)
    assert Membership.objects.filter(project=project).count() == 1
    assert Judgement.objects.filter(project=project).count() == 2
    here, there = (
        Membership.objects.get(project=target).annotator.pseudonym for target in (project, other)
    )
    assert here != there
    assert "w0" not in (here, there)


def test_votes_one_a_row_gather_on_one_comparison_wherever_they_stand():
    def vote(name, choice, prompt):
        return f"{name},{choice},{prompt},A,B\n".encode()

    content = b"annotator,choice,prompt,response_a,response_b\n"
    content += vote("x", "a", "Q1") + vote("x", "b", "Q2") + vote("y", "a", "Q1")
    content += vote("z", "tie", "Q1") + vote("z", "tie", "Q1")
    result = imported(make_project(), content, recorded_use=RecordedUse.COUNT)
    assert (result.n_comparisons, result.n_judgements, result.n_duplicates) == (2, 4, 1)
    assert sorted(Comparison.objects.values_list("wanted", "n_counted", "n_tie")) == [
        (1, 1, 0),
        (3, 3, 1),
    ]


def test_votes_that_come_in_a_later_batch_are_added(monkeypatch):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", 1)
    content = b"annotator,choice,prompt,response_a,response_b\nx,a,Q,A,B\ny,b,Q,A,B\nx,a,Q,A,B\n"
    result = imported(make_project(), content, recorded_use=RecordedUse.COUNT)
    comparison = Comparison.objects.get()
    assert (comparison.wanted, comparison.n_counted) == (2, 2)
    assert (comparison.n_first, comparison.n_second) == (1, 1)
    assert (result.n_judgements, result.n_duplicates) == (2, 1)


def test_imported_votes_that_agree_on_nothing_go_to_adjudication():
    imported(make_project(), json_lines(votes_row("a", "b")), recorded_use=RecordedUse.COUNT)
    assert Comparison.objects.get().state == ComparisonState.ADJUDICATION
    assert not Preference.objects.exists()


def test_a_recorded_preference_can_be_counted_as_one_vote():
    result = imported(make_project(), json_lines(pair(1)), recorded_use=RecordedUse.COUNT)
    assert result.n_judgements == 1
    assert Preference.objects.get().chosen.text == "Yes."


def test_more_judgements_than_the_votes_can_be_asked_for():
    imported(
        make_project(), json_lines(votes_row("a", "a")), recorded_use=RecordedUse.COUNT, overlap=5
    )
    comparison = Comparison.objects.get()
    assert (comparison.wanted, comparison.n_counted, comparison.is_open) == (5, 2, True)
