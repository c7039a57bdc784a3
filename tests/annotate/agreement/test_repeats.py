"""Silent repeats: in no figure but those of how far somebody says the same again."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from annotate.agreement.counts import read_counts, report_of
from annotate.agreement.merged import merged_report
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Annotator, AnnotatorKind, Comparison, Judgement, Membership, Role
from tests.factories import (
    hold,
    judge,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


def asked(annotator, comparison, verdict):
    """This annotator is led straight to a comparison, and judges it."""
    Membership.objects.filter(annotator=annotator).update(
        queue_epoch=comparison.project.queue_epoch, cursor=comparison.queue_key - 1
    )
    lease = hold(annotator, comparison.project).current
    assert lease.comparison_id == comparison.pk
    return judge(annotator, lease, verdict)


def again(original, *, is_turned=False, **fields):
    """The same two answers as another comparison, in the same order or turned."""
    pair = [original.first, original.second]
    first, second = pair[::-1] if is_turned else pair
    return make_comparison(
        original.project,
        prompt=original.prompt,
        **{"first": first, "second": second, "repeat_of": original, **fields},
    )


def judged_twice(annotator, then, now, *, is_turned=False, **fields):
    original = make_comparison(annotator.memberships.get().project, **fields)
    first = asked(annotator, original, then)
    return first, asked(annotator, again(original, is_turned=is_turned), now)


def section_of(project, cohort="all"):
    return report_of(read_counts(project))["sections"][cohort]["repeats"]


@pytest.fixture
def project():
    return make_project(overlap=1)


def test_a_repeat_counts_by_the_answer_it_means_whichever_is_stored_first(project):
    ann, bob = make_member(project), make_member(project)
    rows = [
        judged_twice(ann, "first", "first"),
        judged_twice(ann, "first", "second", is_turned=True),  # the same answer
        judged_twice(ann, "first", "first", is_turned=True),  # the other one
        judged_twice(bob, "tie", "tie", is_turned=True),
        judged_twice(bob, "both_bad", "second"),
    ]
    section = section_of(project)
    percent = section["figures"]["percent_agreement"]
    assert (percent["value"], percent["n_pairs"], section["n_repeats"]) == (3 / 5, 5, 5)
    shares = {entry["annotator"]: entry["percent_agreement"] for entry in section["annotators"]}
    assert shares[ann.pseudonym]["value"] == pytest.approx(2 / 3)
    assert shares[bob.pseudonym]["value"] == 1 / 2
    exchanged = [
        then.first_was_left != (now.first_was_left != (now.comparison.first == second))
        for then, now in rows
        for second in [then.comparison.second]
    ]
    assert section["n_sides_exchanged"] == sum(exchanged)


def test_whatever_the_voters_called_the_first_answer_they_said_the_same(project):
    ann = make_member(project)
    judged_twice(ann, "first", "second", is_turned=True, is_swapped=True)
    judged_twice(ann, "second", "second", is_swapped=True)
    assert section_of(project)["figures"]["percent_agreement"]["value"] == 1


def test_repeats_are_in_no_other_figure(project):
    ann = make_member(project)
    judged_twice(ann, "first", "second")
    report = report_of(read_counts(project))["all"]
    assert report["counts"]["n_judgements"] == 1
    assert report["annotators"][0]["n_judgements"] == 1


def test_what_is_no_repeat_of_what_takes_part_is_left_out_and_a_lone_repeat_is_told(project):
    ann = make_member(project)
    judged_twice(ann, "first", "first")
    for change in (
        {"gold_verdict": "first"},
        {"state": "archived"},
    ):
        first, _again = judged_twice(ann, "first", "second")
        Comparison.objects.filter(pk=first.comparison_id).update(**change)
    original = make_comparison(project)
    asked(ann, original, "first")
    other = make_completion(original.prompt)
    asked(ann, again(original, second=other), "second")
    surplus, _again = judged_twice(ann, "first", "second")
    Judgement.objects.filter(pk=surplus.pk).update(is_counted=False)
    withdrawn, _again = judged_twice(ann, "first", "second")
    withdraw_judgement(annotator=ann, judgement_id=withdrawn.public_id)
    section = section_of(project)
    assert (section["n_repeats"], section["n_alone"]) == (1, 2)
    assert section["figures"]["percent_agreement"]["value"] == 1


def test_people_and_machines_are_told_apart(project):
    ann, machine = make_member(project), make_member(project)
    Annotator.objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    judged_twice(ann, "first", "first")
    judged_twice(machine, "first", "second")
    assert section_of(project)["figures"]["percent_agreement"]["value"] == 1 / 2
    people = section_of(project, "without_simulated")
    assert people["figures"]["percent_agreement"]["value"] == 1
    assert [entry["kind"] for entry in people["annotators"]] == ["person"]


def test_the_command_tells_figure_interval_and_number_or_why_there_are_none(project):
    ann = make_member(project)
    asked(ann, make_comparison(project), "first")
    assert "Undefined, because nobody judged a comparison twice." in told(project.slug)
    for then, now in (("first", "first"), ("second", "second"), ("first", "second")) * 3:
        first, _again = judged_twice(ann, then, now)
        early = first.judged_at - timedelta(hours=36)
        Judgement.objects.filter(pk=first.pk).update(judged_at=early)
    text = told(project.slug)
    assert "## The same person twice" in text
    assert "9 comparisons were judged again" in text
    assert "Half of them came back within 36.0 hours." in text
    (row,) = [line for line in text.splitlines() if line.startswith("| Said the same again |")]
    assert "66.7 %" in row
    assert "18 judgements of 9 pairs" in row
    found = json.loads(told(project.slug, "--json"))["sections"]["repeats"]
    percent = found["figures"]["percent_agreement"]
    assert percent["low"] < percent["value"] < percent["high"]


def told(*arguments):
    out = StringIO()
    call_command("agreement_report", *arguments, stdout=out)
    return out.getvalue()


def test_reviewers_may_ask_for_it_by_the_api(project, client):
    judged_twice(make_member(project), "first", "first")
    told(project.slug)
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client.force_login(user)
    answer = client.get(f"/api/v1/projects/{project.slug}/agreement/?include=repeats")
    assert answer.json()["sections"]["all"]["repeats"]["n_repeats"] == 1


def test_projects_measured_as_one_keep_their_repeats(project):
    other = make_project(overlap=1)
    for place, texts in ((project, ("one", "two")), (other, ("two", "one"))):
        prompt = make_prompt(place, text="The same?")
        first, second = (make_completion(prompt, text=text) for text in texts)
        ann = make_member(place)
        pair = {"prompt": prompt, "first": first, "second": second}
        judged_twice(ann, "first", "second", is_turned=True, **pair)
    section = merged_report([project, other]).report["sections"]["all"]["repeats"]
    assert section["n_repeats"] == 2
    assert section["figures"]["percent_agreement"]["value"] == 1
    assert len(section["annotators"]) == 2
