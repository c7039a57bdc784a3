"""What is asked beside the verdict: from judgements to figures, by version of the protocol."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from annotate.agreement.included import included
from annotate.agreement.merged import merged_report
from annotate.agreement.reports import refresh_report
from annotate.judging.protocols.versions import add_version
from annotate.models import Annotator, AnnotatorKind, Comparison, Judgement
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db

EVERYTHING = {
    "verdicts": ["first", "second", "tie"],
    "strength": {"scale": "three", "required": False},
    "acceptability": {"required": False},
    "criteria": {"names": ["helpfulness", "tone"], "required": False},
    "reasons": {"choices": ["Clearer", "Safer"], "required": False},
}
FOUR = {"verdicts": ["first", "second"], "strength": {"scale": "four", "required": False}}


def questions_of(project, cohort="all"):
    stored = refresh_report(project)
    found = included(stored, ["asked"], cohort=cohort, widths=[])["asked"]["questions"]
    return {(one["part"], one["name"], tuple(one["scale"])): one for one in found}


def by_part(project, **options):
    return {key[:2]: one for key, one in questions_of(project, **options).items()}


def judged(project, *said, **fields):
    """A comparison judged by one person after another, each saying this beside the verdict."""
    comparison = make_comparison(project, **fields)
    for one in said:
        (judgement,) = judge_comparison(comparison, one.pop("verdict", "first"))
        Judgement.objects.filter(pk=judgement.pk).update(**one)
    return comparison


def test_each_question_has_the_figures_of_its_kind():
    project = make_project(asks=EVERYTHING)
    helpful = {"helpfulness": {"first": 4, "second": 1}}
    judged(
        project,
        {"strength": 3, "criteria": helpful, "reasons": ["Clearer"], "first_acceptable": True},
        {
            "verdict": "second",
            "strength": 1,
            "criteria": {"helpfulness": {"first": 3}},
            "reasons": ["Clearer", "Safer"],
            "first_acceptable": True,
            "second_acceptable": False,
        },
    )
    judged(project, {"strength": 2, "reasons": ["Safer"]}, {"strength": 2, "reasons": ["Safer"]})
    found = by_part(project)
    assert list(found) == [
        ("strength", ""),
        ("acceptability", ""),
        ("criteria", "helpfulness"),
        ("criteria", "tone"),
        ("reasons", "Clearer"),
        ("reasons", "Safer"),
    ]
    strength = found["strength", ""]
    assert strength["scale"][2:5] == ["second by 1", "even", "first by 1"]
    assert (strength["n_asked"], strength["n_answered"]) == (4, 4)
    assert strength["figures"]["percent_agreement_by_comparison"]["value"] == 0.5
    assert set(strength["figures"]) == {
        "percent_agreement_by_comparison",
        "alpha_ordinal",
        "alpha_interval",
    }
    # both rated the first answer, 4 and 3; the second answer was rated once
    helpfulness = found["criteria", "helpfulness"]
    figure = helpfulness["figures"]["percent_agreement_by_comparison"]
    assert (figure["value"], figure["n_comparisons"], figure["n_judgements"]) == (0.0, 1, 2)
    assert (helpfulness["n_asked"], helpfulness["n_answered"]) == (4, 1)
    assert found["criteria", "tone"]["figures"]["alpha_ordinal"]["undefined"] == "no_judgements"
    acceptable = found["acceptability", ""]["figures"]
    assert set(acceptable) == {
        "percent_agreement_by_comparison",
        "krippendorff_alpha",
        "gwet_ac1",
    }
    assert acceptable["percent_agreement_by_comparison"]["value"] == 1.0
    # "Clearer" was given twice on one comparison, but for different answers
    assert found["reasons", "Clearer"]["figures"]["specific_agreement"]["value"] == 0.0
    # "Safer" by one of two there, and by both for the first answer here
    assert found["reasons", "Safer"]["figures"]["specific_agreement"]["value"] == pytest.approx(
        2 / 3
    )


def test_scales_of_three_and_of_four_steps_stay_apart():
    project = make_project(asks=EVERYTHING)
    judged(project, {"strength": 1}, {"strength": 1})
    add_version(project, FOUR)
    judged(project, {"strength": 0}, {"strength": 3})
    add_version(project, {**EVERYTHING, "reasons": {"choices": ["Clearer"], "required": False}})
    judged(project, {"strength": 2}, {"strength": 1})
    found = questions_of(project)
    by_scale = {len(key[2]): one for key, one in found.items() if key[0] == "strength"}
    assert {n: [form["version"] for form in one["asked_in"]] for n, one in by_scale.items()} == {
        7: [1, 3],  # the same question, asked again
        8: [2],  # no tie was offered, so there is no middle
    }
    assert by_scale[8]["figures"]["percent_agreement_by_comparison"]["n_judgements"] == 2
    stored = refresh_report(project)
    strengths = included(stored, ["weighted"], cohort="all", widths=[])["weighted"]["strengths"]
    three, four = strengths
    assert [form["version"] for form in three["asked_in"]] == [1, 3]
    assert (three["n_judgements"], four["n_judgements"]) == (4, 2)
    assert four["categories"][3:5] == ["second by 0", "first by 0"]
    # first by 0 and by 3 are 3 of 7 steps apart there, by 1 and by 2 are 1 of 6 here
    linear = [scale["weighted"]["linear"]["weighted_agreement"]["value"] for scale in strengths]
    assert linear == pytest.approx([(1 + 5 / 6) / 2, 4 / 7])
    # chosen from two reasons, or offered alone
    reasons = sorted(
        (one["name"], [form["version"] for form in one["asked_in"]])
        for one in included(stored, ["asked"], cohort="all", widths=[])["asked"]["questions"]
        if one["part"] == "reasons"
    )
    assert reasons == [("Clearer", [1]), ("Clearer", [3]), ("Safer", [1])]


def test_what_came_by_import_stands_by_itself_and_odd_values_have_no_place():
    project = make_project(asks=EVERYTHING)
    comparison = judged(
        project,
        {"criteria": {"helpfulness": {"first": 4, "second": "x"}}, "protocol_version": None},
        {"criteria": {"helpfulness": {"first": 4.5}, "odd": 3}, "protocol_version": None},
    )
    Annotator.objects.filter(judgements__comparison=comparison).update(kind=AnnotatorKind.IMPORTED)
    judged(project, {"criteria": {"helpfulness": {"first": 2}}}, {})
    found = refresh_report(project).report["sections"]["all"]["asked"]["questions"]
    criteria = [one for one in found if one["part"] == "criteria" and one["name"] == "helpfulness"]
    (asked,) = criteria
    assert [form["version"] for form in asked["asked_in"]] == [1, None]
    assert (asked["n_asked"], asked["n_answered"]) == (4, 0)
    assert asked["figures"]["alpha_ordinal"]["n_judgements"] == 0
    (odd,) = [one for one in found if one["name"] == "odd"]
    assert [form["version"] for form in odd["asked_in"]] == [None]


def test_judgements_from_before_a_version_asked_are_not_lost():
    project = make_project()
    judged(project, {"strength": 0}, {"strength": 1})
    (one,) = by_part(project).values()
    assert (one["part"], one["asked_in"], one["n_asked"]) == (
        "strength",
        [{"project": project.slug, "version": None}],
        2,
    )


def test_machines_withdrawn_and_surplus_judgements_are_left_out():
    project = make_project(asks=EVERYTHING)
    comparison = judged(project, {"strength": 3}, {"strength": 1})
    machine = comparison.judgements.last().annotator
    Annotator.objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    assert by_part(project)["strength", ""]["n_asked"] == 2
    people = by_part(project, cohort="without_simulated")["strength", ""]
    assert people["n_asked"] == 1
    assert people["figures"]["alpha_ordinal"]["undefined"] == "single_annotator"


def test_projects_that_ask_the_same_are_measured_together_whichever_answer_is_first():
    texts = ("yes", "no")
    projects = [make_project(slug=slug, asks=EVERYTHING) for slug in ("one", "two")]
    for project, names in zip(projects, (texts, texts[::-1]), strict=True):
        prompt = make_prompt(project, text="Same?")
        first, second = (make_completion(prompt, text=text) for text in names)
        is_turned = names != texts
        judged(
            project,
            {
                "verdict": "second" if is_turned else "first",
                "strength": 2,
                "reasons": ["Clearer"],
                "criteria": {"tone": {"first": 1, "second": 4} if is_turned else {"first": 4}},
            },
            prompt=prompt,
            first=first,
            second=second,
        )
    found = merged_report(projects).report["sections"]["all"]["asked"]["questions"]
    by_name = {(one["part"], one["name"]): one for one in found}
    strength = by_name["strength", ""]
    assert [form["project"] for form in strength["asked_in"]] == ["one", "two"]
    assert strength["figures"]["percent_agreement_by_comparison"]["value"] == 1.0
    assert by_name["reasons", "Clearer"]["figures"]["specific_agreement"]["value"] == 1.0
    tone = by_name["criteria", "tone"]["figures"]["percent_agreement_by_comparison"]
    assert (tone["value"], tone["n_judgements"]) == (1.0, 2)


@pytest.mark.parametrize("is_turned", [False, True])
def test_ratings_meet_though_one_project_stores_what_its_voters_call_first_as_second(is_turned):
    rated = {"yes": 4, "no": 1}
    projects = [make_project(slug=slug, asks=EVERYTHING) for slug in ("one", "two")]
    texts = [("yes", "no"), ("no", "yes") if is_turned else ("yes", "no")]
    for project, names in zip(projects, texts, strict=True):
        prompt = make_prompt(project, text="Same?")
        first, second = (make_completion(prompt, text=text) for text in names)
        tone = {"first": rated[names[0]], "second": rated[names[1]]}
        said = {
            "verdict": "first" if names[0] == "yes" else "second",
            "criteria": {"tone": tone},
            "first_acceptable": names[0] == "yes",
            "second_acceptable": names[1] == "yes",
        }
        comparison = judged(project, said, prompt=prompt, first=first, second=second)
    Comparison.objects.filter(pk=comparison.pk).update(is_swapped=True)
    found = merged_report(projects).report["sections"]["all"]["asked"]["questions"]
    by_name = {(one["part"], one["name"]): one["figures"] for one in found}
    for question in (("criteria", "tone"), ("acceptability", "")):
        figure = by_name[question]["percent_agreement_by_comparison"]
        assert (figure["value"], figure["n_comparisons"]) == (1.0, 2)


def test_the_command_tells_of_each_question_with_its_versions():
    project = make_project(asks=EVERYTHING)
    judged(project, {"strength": 3, "reasons": ["Safer"]}, {"strength": 3, "reasons": ["Safer"]})
    out = StringIO()
    call_command("agreement_report", project.slug, stdout=out)
    text = out.getvalue()
    assert "## What was asked beside the verdict" in text
    assert "| Strength, 7 steps (version 1; 2 of 2 answered) | Said the same | 100.0 % |" in text
    assert "| Safer (version 1; 2 of 2 answered) | Given by others too | 100.0 % |" in text
    assert "Undefined, because nobody gave it" not in text
    assert "because nobody gave it where two people judged" in text  # "Clearer"
    out = StringIO()
    call_command("agreement_report", project.slug, "--json", "--ties", "davidson", stdout=out)
    sections = json.loads(out.getvalue())["sections"]
    assert sections["ratings"]["ties"] == "davidson"
    assert len(sections["asked"]["questions"]) == 6


def test_a_project_that_asks_for_the_verdict_alone_says_so():
    project = make_project(asks={"verdicts": ["first", "second"]})
    judged(project, {}, {})
    assert by_part(project) == {}
    out = StringIO()
    call_command("agreement_report", project.slug, stdout=out)
    assert "Nothing beside the verdict was asked." in out.getvalue()
