"""Edited answers in files: their pairs, what marks them, and what is left out."""

import pytest
from hypothesis import given

from annotate.errors import InvalidInput
from annotate.exports.export_options import ExportOptions
from annotate.exports.exporting import queue_export, usual_edits
from annotate.exports.formats import EXPORT_FORMATS
from annotate.models import Comparison, Judgement
from tests.annotate.exports.exported import assistant, export_of, rows_of
from tests.annotate.exports.rich_projects import BEGIN, PROJECTS, TEXT, build
from tests.annotate.exports.test_coming_back import FEW, copied, json_rows
from tests.annotate.exports.test_exporting import exported
from tests.annotate.imports.importing import imported
from tests.factories import (
    everything_asked,
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db
PLAIN_VOTE = {
    **dict.fromkeys(("strength", "first_acceptable", "second_acceptable", "seconds")),
    "first_was_left": None,
    "criteria": {},
    "reasons": [],
    "note": "",
    "guidelines_version": 0,
    "judged_at": BEGIN,
}


@pytest.fixture
def project():
    """A pair with one edit that won, and one that did not; and a pair without any."""
    project = make_project(overlap=3, asks=everything_asked())
    edited, plain = _comparison(project, "Q1"), _comparison(project, "Q2")
    judge_comparison(edited, "first", edited_text="Best.")
    judge_comparison(edited, "first")
    judge_comparison(edited, "second", edited_text="Not so bad.")
    judge_comparison(plain, "first", "first", "first")
    return project


def _comparison(project, text: str) -> Comparison:
    prompt = make_prompt(project, text=text)
    texts = [make_completion(prompt, text=f"{word} {text}") for word in ("Good", "Bad")]
    return make_comparison(project, prompt=prompt, first=texts[0], second=texts[1])


def text_of(side) -> str:
    return side if isinstance(side, str) else side[-1]["content"]


@pytest.mark.parametrize(
    ("format", "chosen", "rejected", "has_room"),
    [
        ("trl_jsonl", "chosen", "rejected", True),
        ("trl_implicit_jsonl", "chosen", "rejected", True),
        ("preferences_jsonl", "chosen", "rejected", True),
        ("reward_model_jsonl", "chosen", "rejected", True),
        ("llama_factory_json", "chosen", "rejected", True),
        ("ultrafeedback_jsonl", "chosen", "rejected", True),
        ("openai_jsonl", "preferred_output", "non_preferred_output", False),
        ("together_jsonl", "preferred_output", "non_preferred_output", False),
    ],
)
def test_files_of_pairs_hold_the_edit_over_both_answers(
    project, format, chosen, rejected, has_room
):
    export = export_of(project, format, edits="over_both")
    rows = rows_of(export)
    found = [(text_of(row[chosen]), text_of(row[rejected])) for row in rows]
    assert sorted(found) == [
        ("Best.", "Bad Q1"),
        ("Best.", "Good Q1"),
        ("Good Q1", "Bad Q1"),
        ("Good Q2", "Bad Q2"),
    ]
    assert export.left_out == {"edit_lost": 1}
    editor = Judgement.objects.get(edited_text="Best.").annotator.pseudonym
    for row, pair in zip(rows, found, strict=True):
        mark = {"is_edit": pair[0] == "Best.", "editor": editor if pair[0] == "Best." else ""}
        assert {name: row[name] for name in mark if name in row} == (mark if has_room else {})
    assert export_of(project, format, edits="over_chosen").n_done == 3


def test_what_was_not_asked_for_is_left_out_and_counted(project):
    export = export_of(project, "trl_jsonl")
    assert (export.n_done, export.left_out) == (2, {"edit_lost": 1, "edit_unasked": 1})
    assert all(set(row) == {"prompt", "chosen", "rejected"} for row in rows_of(export))


def test_transcripts_hold_edits_too(project):
    chosen = [row["chosen"] for row in rows_of(export_of(project, "hh_jsonl", edits="over_both"))]
    assert sum(text.endswith("Assistant: Best.") for text in chosen) == 2


@pytest.mark.parametrize("edits", ["over_chosen", "over_both"])
def test_an_edit_is_good_once_and_makes_nothing_bad_that_people_chose(project, edits):
    rows = rows_of(export_of(project, "trl_unpaired_jsonl", edits=edits))
    assert sorted((text_of(row["completion"]), row["label"]) for row in rows) == [
        ("Bad Q1", False),
        ("Bad Q2", False),
        ("Best.", True),
        ("Good Q1", True),
        ("Good Q2", True),
    ]


def test_demonstrations_hold_the_edit_in_the_place_of_what_it_improves(project):
    plain = export_of(project, "sft_jsonl")
    assert sorted(text_of(row["messages"]) for row in rows_of(plain)) == ["Good Q1", "Good Q2"]
    export = export_of(project, "sft_jsonl", edits="over_both")
    rows = rows_of(export)
    assert {row["messages"][0]["content"]: row["messages"][1:] for row in rows} == {
        "Q1": assistant("Best."),
        "Q2": assistant("Good Q2"),
    }
    assert export.left_out == {"edit_lost": 1, "replaced_by_edit": 1, "repeats_edit": 1}


def test_several_editors_of_the_same_text_are_repeats_as_any_rows(project):
    comparison = _comparison(project, "Q3")
    judge_comparison(comparison, "first", "first", "first", edited_text="Best.")
    kept = export_of(project, "trl_jsonl", edits="over_chosen")
    dropped = export_of(project, "trl_jsonl", edits="over_chosen", repeats="drop")
    assert (kept.n_done, dropped.n_done, dropped.left_out["repeated"]) == (7, 5, 2)


def test_edits_follow_the_filters_and_the_split_of_their_preference(project):
    rows = rows_of(export_of(project, "trl_jsonl", edits="over_both", eval_share=0.5))
    sides = {(row["prompt"][0]["content"], row["split"]) for row in rows}
    assert len(sides) == 2
    assert export_of(project, "trl_jsonl", edits="over_both", tags=("none",)).n_done == 0


def test_files_of_judgements_hold_each_edit_whatever_is_asked(project):
    for edits in ("none", "over_both"):
        rows = rows_of(export_of(project, "judgements_jsonl", edits=edits))
        assert {row["edited_text"] for row in rows} == {"", "Best.", "Not so bad."}
        assert "is_edit" not in rows[0]


def test_a_page_suggests_edits_where_there_are_some(project):
    assert usual_edits(project) == "over_both"
    assert usual_edits(make_project()) == "none"
    with pytest.raises(InvalidInput) as refused:
        queue_export(
            project=project,
            requested_by=None,
            format="trl_jsonl",
            options=ExportOptions(edits="all"),
        )
    assert (refused.value.field, refused.value.value) == ("edits", "all")


def test_pairs_of_edits_are_no_comparisons_and_a_file_with_them_says_so_when_it_comes_back(project):
    content = exported_with_edits(project, "preferences_jsonl")
    result = imported(make_project(), content, wrong_rows="skip", recorded_use="count")
    assert (result.n_comparisons, result.n_wrong) == (2, 2)
    assert {error["field"] for error in result.errors} == {"resolved_by"}
    assert "export the judgements" in result.errors[0]["message"]


def exported_with_edits(project, format: str) -> bytes:
    with export_of(project, format, edits="over_both").file.open("rb") as file:
        return file.read()


@FEW
@given(PROJECTS, TEXT, TEXT)
def test_edits_come_back_with_their_judgements_and_make_the_same_pairs(plan, one, other):
    project = build(full_of_edits(plan, one, other))
    copy = copied(project, exported(project, "judgements_jsonl"))
    assert edits_in(copy) == edits_in(project) != []


def full_of_edits(plan, one: str, other: str):
    """The plan with a pair of which two people prefer the first, each with an edit of their own."""
    voted = {"is_counted": True, "withdrawn_at": None}
    votes = [
        {**PLAIN_VOTE, **voted, "verdict": verdict, "edited_text": f"{text} edited {number}"}
        for number, (verdict, text) in enumerate(
            [("first", one), ("first", other), ("second", one)]
        )
    ]
    pair = {
        **plan["pairs"][0],
        "messages": [{"role": "user", "content": "Edited?"}],
        "texts": ["A", "B"],
        "gold_verdict": "",
        "ruling": None,
        "votes": votes,
    }
    people = [("person", cohort) for _kind, cohort in plan["annotators"]]  # they count in a copy
    return {**plan, "rule": {}, "annotators": people, "pairs": [*plan["pairs"], pair]}


def edits_in(project) -> list[tuple[str, ...]]:
    rows = json_rows(exported_with_edits(project, "preferences_jsonl"))
    return sorted(
        (row["chosen"], row["rejected"], str(row["verdicts_by_cohort"]))
        for row in rows
        if row["is_edit"]
    )


def test_every_format_can_be_asked_for_edits(project):
    for name, entry in EXPORT_FORMATS.items():
        n_done = export_of(project, name, edits="over_both").n_done
        assert n_done > 0 or entry.format.name == "rankings"  # nothing was ranked
