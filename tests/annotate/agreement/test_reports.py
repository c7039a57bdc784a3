"""Agreement figures from the database: what takes part, and what they say."""

import json
import math
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile

from annotate.agreement.counts import read_counts
from annotate.agreement.document import markdown
from annotate.agreement.reports import refresh_report
from annotate.agreement.taking_part import disagreements_between
from annotate.demo.loader import HERE
from annotate.imports.imported_annotators import imported_pseudonym
from annotate.imports.importing import queue_import, run_import
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import (
    AgreementReport,
    Annotator,
    AnnotatorKind,
    Comparison,
    Judgement,
    Membership,
    RecordedUse,
    Verdict,
)
from tests.alignment_core.agreement.reference import REFERENCE
from tests.factories import judge_comparison, make_comparison, make_comparisons, make_project

pytestmark = pytest.mark.django_db

PANDALM = REFERENCE["pandalm_votes"]
PEOPLE, ALL = "without_simulated", "all"

SHIPPED_VOTES = "pandalm_votes.jsonl.gz"


def imported(project, name, file_name, file_format="auto", use=RecordedUse.COUNT):
    with (HERE / "data" / name).open("rb") as file:
        queued = queue_import(
            project=project,
            requested_by=None,
            file=ContentFile(file.read()),
            file_name=file_name,
            format=file_format,
            recorded_use=use,
        )
    run_import(import_id=queued.pk)


def report_of(project, cohort=ALL):
    return refresh_report(project).report[cohort]


def test_the_shipped_votes_give_the_reference_figures_through_the_database():
    project = make_project()
    imported(project, SHIPPED_VOTES, "votes.jsonl.gz")
    report = report_of(project, PEOPLE)
    figures = {name: figure["value"] for name, figure in report["figures"].items()}
    assert figures == {
        "percent_agreement": pytest.approx(
            PANDALM["percent_agreement"]["pooled_over_vote_pairs"], abs=1e-4
        ),
        "percent_agreement_by_comparison": pytest.approx(
            PANDALM["percent_agreement"]["mean_over_tasks_with_2plus_votes"], abs=1e-4
        ),
        "krippendorff_alpha": pytest.approx(PANDALM["krippendorff_alpha"]["nominal"], abs=1e-4),
        "fleiss_kappa": pytest.approx(PANDALM["fleiss_kappa"], abs=1e-4),
        "gwet_ac1": pytest.approx(PANDALM["gwet_ac1"], abs=1e-4),
    }
    categories = {entry["category"]: entry["n"] for entry in report["counts"]["categories"]}
    assert categories == {"first": 609, "second": 760, "tie": 137, "both_bad": 0}


def test_the_shipped_votes_give_the_reference_kappa_of_each_pair():
    project = make_project()
    imported(project, SHIPPED_VOTES, "votes.jsonl.gz")
    names = {imported_pseudonym(project, f"annotator{n}"): f"annotator{n}" for n in (1, 2, 3)}
    found = {}
    for pair in report_of(project)["pairs"]["listed"]:
        key = "|".join(sorted(names[pair[place]] for place in ("first", "second")))
        found[key] = (
            pair["cohen_kappa"]["value"],
            pair["percent_agreement"]["value"],
            pair["cohen_kappa"]["n_comparisons"],
        )
        n_different = round(found[key][2] * (1 - found[key][1]))
        assert disagreements_between(project, pair["first"], pair["second"]).count() == n_different
    assert found == {
        key: pytest.approx((pair["kappa"], pair["agreement"], pair["n"]), abs=1e-4)
        for key, pair in PANDALM["cohen_kappa"].items()
    }


def test_answers_that_the_verdict_names_are_not_taken_for_categories():
    """Chosen and rejected: everybody would be found to say "first", and no figure could tell."""
    project = make_project()
    imported(project, "hh_helpful.jsonl.gz", "hh.jsonl.gz")
    assert not Comparison.objects.filter(is_swapped=True).exists()
    shares = [entry["share"] for entry in report_of(project)["counts"]["categories"][:2]]
    assert shares == [pytest.approx(0.5, abs=0.1)] * 2


def test_withdrawn_surplus_gold_repeated_and_archived_judgements_take_no_part():
    project = make_project(overlap=2)
    kept, withdrawn, surplus, gold, repeat, archived = make_comparisons(project, 6)
    judge_comparison(kept, "first", "first")
    mine, _theirs = judge_comparison(withdrawn, "first", "second")
    withdraw_judgement(annotator=mine.annotator, judgement_id=mine.public_id)
    for comparison in (surplus, gold, repeat, archived):
        judge_comparison(comparison, "first", "second")
    Judgement.objects.filter(comparison=surplus).update(is_counted=False)
    Comparison.objects.filter(pk=gold.pk).update(gold_verdict=Verdict.FIRST)
    Comparison.objects.filter(pk=repeat.pk).update(repeat_of=kept)
    Comparison.objects.filter(pk=archived.pk).update(state="archived")

    report = report_of(project)

    assert report["counts"]["n_judgements"] == 3
    assert report["counts"]["comparisons_by_n_judgements"] == {"0": 1, "1": 1, "2": 1}
    assert report["figures"]["percent_agreement"]["value"] == 1.0
    assert AgreementReport.objects.get().n_judgements == 3


def test_simulated_annotators_are_counted_apart_and_marked():
    project = make_project(overlap=3)
    for comparison in make_comparisons(project, 2):
        *_people, machine = judge_comparison(comparison, "first", "first", "second")
        Annotator.objects.filter(pk=machine.annotator_id).update(kind=AnnotatorKind.SIMULATED)

    stored = refresh_report(project).report

    assert stored["n_judgements_by_kind"] == {
        "person": 4,
        "imported": 0,
        "simulated": 2,
        "model": 0,
    }
    assert stored[PEOPLE]["figures"]["percent_agreement"]["value"] == 1.0
    assert stored[ALL]["figures"]["percent_agreement"]["value"] == pytest.approx(1 / 3)
    assert sorted(entry["kind"] for entry in stored[ALL]["annotators"]) == (
        ["person"] * 4 + ["simulated"] * 2
    )
    assert {entry["kind"] for entry in stored[PEOPLE]["annotators"]} == {"person"}


def test_the_share_of_left_choices_is_that_of_the_sides_shown():
    project = make_project(overlap=4)
    judge_comparison(make_comparison(project), "first", "second", "first", "tie")
    n_left = sum(
        judgement.first_was_left == (judgement.verdict == "first")
        for judgement in Judgement.objects.exclude(verdict="tie")
    )
    position = report_of(project)["position"]
    assert (position["value"], position["n_judgements"]) == (pytest.approx(n_left / 3), 3)


def test_lengths_times_and_contested_comparisons_reach_the_report():
    project = make_project(overlap=2)
    agreed, disputed = make_comparisons(project, 2)
    for comparison in (agreed, disputed):
        comparison.first.text, comparison.second.text = "long " * 40, "short"
        comparison.first.save()
        comparison.second.save()
    judge_comparison(agreed, "first", "first")
    judge_comparison(disputed, "first", "second")
    Judgement.objects.update(seconds=1)  # for 205 characters, which take three to read

    report = report_of(project)

    assert (report["length"]["value"], report["length"]["n_judgements"]) == (0.75, 4)
    assert (report["haste"]["value"], report["haste"]["n_judgements"]) == (1, 4)
    (contested,) = report["contested"]
    assert contested["comparison"] == str(disputed.public_id)
    assert (contested["n_judgements"], contested["share_differing"]) == (2, 1)
    assert contested.keys().isdisjoint({"counts", "posterior"})  # its reader may yet judge it
    assert all(entry["reliability"]["value"] is not None for entry in report["annotators"])


def test_judgements_have_the_times_at_which_they_were_made_and_imported_votes_none():
    project = make_project(overlap=2)
    mine, theirs = judge_comparison(make_comparison(project), "first", "second")
    at = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
    Judgement.objects.filter(pk=mine.pk).update(judged_at=at)
    Annotator.objects.filter(pk=theirs.annotator_id).update(kind=AnnotatorKind.IMPORTED)
    rows = read_counts(project).everybody.rows
    times = dict(zip(rows.annotators[rows.annotator].tolist(), rows.time, strict=True))
    assert times[mine.annotator_id] == pytest.approx(at.timestamp(), abs=0.01)
    assert math.isnan(times[theirs.annotator_id])


def test_people_are_set_beside_models_and_cohorts_beside_each_other():
    project = make_project(overlap=3)
    for comparison, verdicts in zip(
        make_comparisons(project, 2),
        (("first", "first", "first"), ("tie", "second", "first")),
        strict=True,
    ):
        expert, novice, machine = judge_comparison(comparison, *verdicts)
        for judgement, cohort in ((expert, "experts"), (novice, "novices")):
            Membership.objects.filter(annotator=judgement.annotator).update(cohort=cohort)
        Annotator.objects.filter(pk=machine.annotator_id).update(kind=AnnotatorKind.MODEL)

    people, cohorts = refresh_report(project).report["between"]

    assert (people["of"], people["first"], people["second"]) == ("kind", "people", "model")
    assert people["percent_agreement"]["value"] == 0.5  # both people with it, then neither
    assert (cohorts["first"], cohorts["second"]) == ("experts", "novices")
    assert cohorts["percent_agreement"]["value"] == 0.5
    assert cohorts["cohen_kappa"]["n_comparisons"] == 2


def test_no_row_number_gets_into_the_report():
    project = make_project()
    judge_comparison(make_comparison(project), "first", "second")
    report = report_of(project)
    pseudonyms = set(Annotator.objects.values_list("pseudonym", flat=True))
    assert {entry["annotator"] for entry in report["annotators"]} == pseudonyms
    assert {report["pairs"]["listed"][0][place] for place in ("first", "second")} == pseudonyms


def test_a_project_without_judgements_has_figures_that_say_why_they_are_undefined():
    figures = report_of(make_project())["figures"]
    assert {figure["undefined"] for figure in figures.values()} == {"no_judgements"}


def test_a_published_import_has_the_figures_computed(rung, django_capture_on_commit_callbacks):
    project = make_project()
    with django_capture_on_commit_callbacks(execute=True):
        imported(project, SHIPPED_VOTES, "votes.jsonl.gz")
    assert project.pk in rung


def test_votes_imported_until_people_agree_are_measured_by_the_first_and_the_page_says_so():
    """The order of the file tells which came first: a third vote is there where two differ."""
    rows = []
    for number in range(120):
        said = ["a", "a"] if number % 2 else ["a", "b", "b"]
        votes = [{"annotator": f"n{place}", "choice": vote} for place, vote in enumerate(said)]
        answers = {"response_a": f"One {number}.", "response_b": f"Other {number}."}
        rows.append({"prompt": f"Question {number}?", **answers, "votes": votes})
    project = make_project()
    queued = queue_import(
        project=project,
        requested_by=None,
        file=ContentFile("\n".join(map(json.dumps, rows)).encode()),
        file_name="votes.jsonl",
        format="auto",
        recorded_use=RecordedUse.COUNT,
    )
    run_import(import_id=queued.pk)
    stored = refresh_report(project)
    report = stored.report[PEOPLE]
    assert report["redundancy"] == {
        "depends_on_votes": True,
        "m": 2,
        "order": "order",
        "is_corrected": True,
        "n_left_out": 60,
    }
    assert report["figures"]["percent_agreement"]["value"] == 0.5
    text = markdown(stored, PEOPLE, {})
    assert "judged more than 2 times depended on its verdicts" in text
    assert "60 later ones are left out" in text
    assert "order of the imported file" in text


def test_chance_of_ac1_knows_how_many_verdicts_people_could_give():
    project = make_project(overlap=2)
    for verdicts in (("first", "first"), ("second", "second"), ("first", "second")):
        judge_comparison(make_comparison(project), *verdicts)
    # by hand: p_a = 2/3, shares ½ and ½ of four verdicts: p_e = ½ / 3
    ac1 = report_of(project)["figures"]["gwet_ac1"]["value"]
    assert ac1 == pytest.approx((2 / 3 - 1 / 6) / (1 - 1 / 6))
