"""Sections beyond the report, from the database to the command."""

import json
import math
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from alignment_core.agreement import JudgementTable, Origins, fitted_margins, rated_models
from alignment_core.agreement.further.scales import weighted_strengths, weighted_verdicts
from annotate.agreement import section_words
from annotate.agreement.included import included
from annotate.agreement.reports import refresh_report
from annotate.models import Annotator, AnnotatorKind, Comparison, Judgement
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def compare(project, first, second, *verdicts, texts=("one", "another"), **fields):
    """A comparison of two models, judged; its first answer is the first model's."""
    prompt = make_prompt(project)
    answers = [
        make_completion(prompt, text=text, origin=origin)
        for text, origin in zip(texts, (first, second), strict=True)
    ]
    comparison = make_comparison(
        project, prompt=prompt, first=answers[0], second=answers[1], **fields
    )
    judge_comparison(comparison, *verdicts)
    return comparison


def sections_of(project, *names, cohort="all", widths=(0.1,)):
    stored = refresh_report(project)
    return included(stored, names, cohort=cohort, widths=widths)


def told(*arguments):
    out = StringIO()
    call_command("agreement_report", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def rated():
    """a beat b three times of four, once as the second answer."""
    project = make_project(overlap=1)
    compare(project, "model-a", "model-b", "first")
    compare(project, "model-b", "model-a", "second")
    compare(project, "model-a", "model-b", "first")
    compare(project, "model-a", "model-b", "second")
    return project


def test_models_are_rated_by_who_wrote_the_chosen_answer(rated):
    ratings = sections_of(rated, "ratings")["ratings"]
    a, b = sorted(ratings["models"], key=lambda entry: entry["model"])
    assert (a["model"], a["n_wins"], a["n_losses"]) == ("model-a", 3, 1)
    assert a["strength"]["value"] == pytest.approx(math.log(3) / 2)
    assert b["strength"]["value"] == pytest.approx(-math.log(3) / 2)


def test_votes_that_named_the_answers_the_other_way_round_rate_the_same_models(rated):
    (wanted,) = sections_of(rated, "ratings")["ratings"]["pairs"]
    swapped = rated.comparisons.order_by("pk").first()
    Comparison.objects.filter(pk=swapped.pk).update(is_swapped=True)
    judge_comparison(make_comparison(rated), "first")  # so that the report is computed again
    (found,) = sections_of(rated, "ratings")["ratings"]["pairs"]
    names = ("first", "second", "n_wins", "n_losses")
    assert [found[name] for name in names] == [wanted[name] for name in names]
    assert found["difference"]["low"] == pytest.approx(wanted["difference"]["low"])


def test_the_side_and_the_length_follow_the_answers_when_votes_named_them_the_other_way():
    project = make_project(overlap=2)
    comparison = compare(project, "a", "b", "first", "second", texts=("long " * 40, "short"))
    rows = _tables(project)
    assert sorted(_left_of_first(project)) == sorted(rows["first_left"])
    Comparison.objects.filter(pk=comparison.pk).update(is_swapped=True)
    turned = _tables(project)
    assert turned["first_left"].tolist() == [1 - side for side in rows["first_left"]]
    assert turned["longer"] == pytest.approx(-rows["longer"])
    assert turned["names"] == list(reversed(rows["names"]))


def _tables(project):
    from annotate.agreement.counts import read_counts

    counts = read_counts(project)
    origins = counts.pairs.of(counts.everybody)
    return {
        "first_left": counts.everybody.rows.first_left,
        "longer": origins.length_difference,
        "names": [origins.names[place] for (place,) in (origins.first, origins.second)],
    }


def _left_of_first(project):
    return [int(judgement.first_was_left) for judgement in project.judgements.all()]


def test_strengths_sides_and_pseudonyms_reach_their_sections():
    project = make_project(overlap=2)
    for verdicts in (("first", "first"), ("second", "second"), ("first", "second")):
        compare(project, "a", "b", *verdicts)
    for number, judgement in enumerate(Judgement.objects.order_by("pk")):
        Judgement.objects.filter(pk=judgement.pk).update(strength=number % 4)
    found = sections_of(project, "pairwise", "weighted")
    pseudonyms = set(Annotator.objects.values_list("pseudonym", flat=True))
    assert {entry["annotator"] for entry in found["pairwise"]["annotators"]} == pseudonyms
    assert {entry["kind"] for entry in found["pairwise"]["annotators"]} == {"person"}
    public_ids = {str(comparison.public_id) for comparison in project.comparisons.all()}
    assert {entry["comparison"] for entry in found["pairwise"]["difficult"]} == public_ids
    (strength,) = found["weighted"]["strengths"]
    assert strength["asked_in"] == [{"project": project.slug, "version": None}]
    # of nine steps: first by 0 and by 1, second by 2 and by 3, first by 0 and second by 1
    assert strength["weighted"]["linear"]["weighted_agreement"]["value"] == pytest.approx(
        (7 / 8 + 7 / 8 + 5 / 8) / 3
    )


def test_sections_are_kept_apart_by_cohort(rated):
    machine = Judgement.objects.order_by("pk").last().annotator
    Annotator.objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    people = sections_of(rated, "ratings", cohort="without_simulated")["ratings"]
    assert people["n_judgements"] == 3
    assert people["undefined"] == "one_sided"
    assert sections_of(rated, "ratings")["ratings"]["n_judgements"] == 4


def test_the_command_writes_the_sections_with_every_reason(rated):
    text = told(rated.slug)
    for heading in (
        "Models beside one another",
        "Annotators by the margin between two answers",
        "Where near is nearly right",
        "How many more judgements",
    ):
        assert f"## {heading}" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| model-a | ")]
    assert "| 0.55 |" in row
    assert row.endswith("| 3 | 0 | 1 |")
    assert "Undefined, because no comparison was judged by two people." in text
    facts = json.loads(told(rated.slug, "--json", "--width", "0.2"))
    assert list(facts["sections"]) == [
        *("ratings", "pairwise", "weighted", "asked", "repeats"),
        *("over_time", "groups", "model_pairs", "curves", "plan"),
    ]
    assert facts["sections"]["plan"]["imagined"]["needed"][0]["width"] == 0.2


def test_a_project_of_one_origin_and_an_empty_one_say_why():
    project = make_project(overlap=1)
    compare(project, "only", "only", "first")
    text = told(project.slug)
    assert "Undefined, because no comparison has answers of two models." in text
    assert "1 of two answers by one model" in text
    assert "Before there are figures: if 2 people judge each comparison" in told(
        make_project().slug
    )


def test_models_that_cannot_be_rated_together_are_named_in_groups():
    project = make_project(overlap=2)
    compare(project, "a|1", "b", "first", "second")
    compare(project, "c", "d", "first", "second")
    text = told(project.slug)
    assert "because some models were never compared with the others" in text
    assert "only among themselves: a\\|1, b; c, d." in text


@pytest.mark.parametrize("width", ["0", "1e-200", "-1", "nan", "wide", "inf"])
def test_a_width_that_no_interval_has_is_refused(rated, width):
    with pytest.raises(CommandError, match=f"'{width}' is no number above 0"):
        told(rated.slug, f"--width={width}")


def test_a_model_that_only_won_or_tied_takes_no_figure_from_the_others():
    project = make_project(overlap=1)
    for verdict in ("first", "first", "tie"):
        compare(project, "![a](http://b/c.png)", "[b](http://b)", verdict)
    assert sections_of(project, "ratings")["ratings"]["undefined"] == "one_sided"
    page = told(project.slug, "--format", "html")
    assert "![a](http://b/c.png)" in page
    assert "<img" not in page
    assert "<a " not in page


def test_every_figure_of_a_section_has_a_name_in_both_languages():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 2], [1, 2, 1, 2], ["first", "second", "tie", "tie"], strength=[1, 2, 0, 0]
    )
    named = set()
    for measure in (weighted_verdicts, weighted_strengths):
        scale = measure(table, n_resamples=2)
        named |= {name for figures in scale["weighted"].values() for name in figures}
        named |= {f"alpha_{metric}" for metric in scale["alpha"]}
        assert scale["weighted"].keys() == section_words.WEIGHTS.keys()
    assert named == {*section_words.WEIGHTED, *section_words.ALPHAS}
    unknown = Origins((), np.full(2, -1), np.full(2, -1))
    left_out = rated_models(table, unknown)["left_out"]
    assert left_out.keys() == section_words.LEFT_OUT.keys()
    assert fitted_margins(table)["annotators"]
    with override("zh-hans"):
        names = [words.name for words in section_words.SECTION_FIGURES.values()]
        assert len({str(name) for name in names}) == len(names)
