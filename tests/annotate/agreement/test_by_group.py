"""Agreement within groups, over time, and how judging goes: by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from alignment_core.agreement import JudgementTable
from annotate.agreement.attributes import Attributes
from annotate.agreement.by_group import groups_section, model_pairs_section
from annotate.agreement.judging_curves import able_against, curves_section
from annotate.agreement.over_time import end_of, over_time_section
from annotate.agreement.reports import refresh_report
from annotate.models import Judgement, Membership
from tests.factories import judge_comparison, make_comparison, make_project, make_prompt

NAMES = ("first", "second", "tie", "both_bad")


def table_of(*votes: str, prompts=None, **columns) -> JudgementTable:
    """One comparison a string, one person a letter: f(irst), s(econd), t(ie) or b(oth bad)."""
    place = {name[0]: name for name in NAMES}
    rows = [(n, who, place[said]) for n, of in enumerate(votes) for who, said in enumerate(of)]
    comparison, annotator, category = zip(*rows, strict=True)
    of_rows = comparison if prompts is None else [prompts[n] for n in comparison]
    return JudgementTable.from_arrays(
        comparison, annotator, category, categories=NAMES, prompt=of_rows, **columns
    )


def groups(table, **attributes):
    arrays = {
        kind: {name: np.array(keys) for name, keys in of.items()} for kind, of in attributes.items()
    }
    section = groups_section(table, Attributes(**arrays))
    return {
        kind["of"]: {
            group["name"]: (
                group["n_comparisons"],
                group["n_judgements"],
                group["percent_agreement"]["value"],
            )
            for group in kind["groups"]
        }
        for kind in section["kinds"]
    }


def test_groups_of_prompts_take_their_comparisons_alone():
    table = table_of("ff", "ff", "fs", "sf", prompts=[10, 10, 20, 20])
    found = groups(table, tags={"easy": [10], "hard": [20]}, languages={"en": [10, 20]})
    assert found == {
        "tag": {"easy": (2, 4, 1.0), "hard": (2, 4, 0.0)},
        "language": {"en": (4, 8, 0.5)},
    }


def test_a_cohort_is_measured_by_what_its_own_people_said():
    table = table_of("ffs", "ffs", "ssf")  # the third always differs from the other two
    found = groups(table, cohorts={"both": [0, 1], "one_each": [0, 2]})
    assert found["cohort"] == {"both": (3, 6, 1.0), "one_each": (3, 6, 0.0)}


def test_a_version_of_the_guidelines_takes_judgements_by_their_number():
    table = table_of("ff", "fs", "ss", "sf", order=[1, 2, 3, 4, 5, 6, 7, 8])
    found = groups(table, guidelines={"1": [1, 2, 5, 6], "2": [3, 4, 7, 8]})
    assert found["guidelines"] == {"1": (2, 4, 1.0), "2": (2, 4, 0.0)}


def test_a_group_that_no_two_judged_is_not_shown():
    assert groups(table_of("f", "s", prompts=[1, 2]), tags={"a": [1, 2]}) == {}


def test_without_models_there_are_no_pairs_of_them():
    assert model_pairs_section(table_of("ff", "fs"), None) == {
        "undefined": "models_unknown",
        "kind": None,
    }


def test_a_comparison_is_of_the_day_of_its_last_judgement():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    day = 86_400
    table = table_of("ff", "fs", "ss", time=[noon, noon, noon, noon + day, noon + day, noon])
    section = over_time_section(table)
    assert section["unit"] == "day"
    assert [
        (one["begin"], one["n_comparisons"], one["percent_agreement"]["value"])
        for one in section["periods"]
    ] == [("2026-03-01", 1, 1.0), ("2026-03-02", 2, 0.5)]


@pytest.mark.parametrize(
    ("days", "unit", "n"), [(23, "day", 2), (24, "week", 2), (200, "month", 2)]
)
def test_longer_spans_have_longer_periods(days, unit, n):
    begin = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday
    times = [(begin + timedelta(days=after)).timestamp() for after in (0, 0, days, days)]
    section = over_time_section(table_of("ff", "fs", time=times))
    assert (section["unit"], len(section["periods"])) == (unit, n)
    first = datetime.fromisoformat(section["periods"][0]["begin"]).date()
    assert end_of(first, unit) > first


def test_what_has_no_time_is_in_no_period():
    assert over_time_section(table_of("ff", "fs")) == {"unit": None, "periods": []}


def test_unity_by_how_many_judged():
    found = curves_section(table_of("ff", "fs", "fff", "ffs", "fst"), people(3))["unity_by_depth"]
    assert found == [
        {"n_judgements": 2, "alike": 1, "majority": 0, "none": 1},
        {"n_judgements": 3, "alike": 1, "majority": 1, "none": 1},
    ]


def test_verdicts_by_person_are_split_by_side():
    table = table_of("fs", "tb", "sf", left_chosen=[1, 0, None, None, None, 1])
    first, second = curves_section(table, people(2))["verdicts_by_annotator"]
    assert (first["left"], first["right"], first["tie"], first["side_unknown"]) == (1, 0, 1, 1)
    assert (second["left"], second["right"], second["both_bad"]) == (1, 1, 1)


def test_curves_have_parts_of_one_size_with_medians():
    words = np.repeat([10.0, 100.0], 20)
    seconds = np.concatenate([np.full(20, 5.0), np.linspace(10, 29, 20)])
    table = table_of(*["f"] * 40, seconds=seconds, words=words)
    short, long = curves_section(table, people(1))["seconds_by_words"]
    assert (short["words"], short["seconds"], short["n_judgements"]) == (10, 5, 20)
    assert (long["words"], long["seconds"]) == (100, 19.5)
    assert (long["quarter"], long["three_quarters"]) == (14.75, 24.25)


def test_too_few_judgements_make_no_curve():
    table = table_of(*["f"] * 19, seconds=np.ones(19), words=np.ones(19))
    assert curves_section(table, people(1))["seconds_by_words"] == []


def test_the_able_are_the_third_whose_verdicts_tell_most():
    votes = ["fffssssss"] + ["fffffffff"] * 20  # three against six, once
    report = {
        "annotators": [
            {"annotator": f"p{n}", "n_shared": 21, "informativeness": 1.0 if n < 3 else 0.1}
            for n in range(9)
        ]
    }
    keys = {f"p{n}": n for n in range(9)}
    assert able_against(table_of(*votes), report, keys) == [(0, 3, 6)]
    few = {"annotators": report["annotators"][:8]}  # a third of eight are two
    assert able_against(table_of(*votes), few, keys) == []


def people(n: int) -> dict[int, tuple[str, str]]:
    return {key: (f"p{key}", "person") for key in range(n)}


@pytest.mark.django_db
def test_groups_and_periods_reach_the_stored_report():
    project = make_project(overlap=2, guidelines_version=2)
    tagged = make_prompt(project, tags=["code"], language="de")
    for _n in range(2):
        judge_comparison(make_comparison(project, prompt=tagged), "first", "first")
        judge_comparison(make_comparison(project), "first", "second")
    Membership.objects.filter(project=project).update(cohort="north")
    Judgement.objects.filter(project=project).update(judged_at=timezone.now())
    sections = refresh_report(project).report["sections"]["all"]
    kinds = {kind["of"]: kind for kind in sections["groups"]["kinds"]}
    assert kinds["tag"]["groups"][0]["name"] == "code"
    assert kinds["tag"]["groups"][0]["percent_agreement"]["value"] == 1.0
    assert kinds["language"]["groups"][0]["n_comparisons"] == 2
    assert kinds["cohort"]["groups"][0]["n_judgements"] == 8
    assert len(sections["over_time"]["periods"]) == 1
    assert sections["curves"]["unity_by_depth"] == [
        {"n_judgements": 2, "alike": 2, "majority": 0, "none": 2}
    ]
