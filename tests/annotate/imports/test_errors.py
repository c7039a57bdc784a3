import json

import pytest

from alignment_core.formats import json_rows, limits
from annotate.models import Comparison, Membership, Prompt, WorkState, WrongRows
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import make_project

pytestmark = pytest.mark.django_db
USER, ASSISTANT = (
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
)

WRONG = [
    ({"prompt": "Q", "chosen": "A"}, "rejected", "missing"),
    (pair(chosen=""), "chosen", "empty"),
    (pair(chosen=" \n"), "chosen", "empty"),
    (pair(chosen="Same.", rejected="Same."), "rejected", "same text"),
    (pair(chosen=7), "chosen", "should be a text"),
    (pair(prompt=7), "prompt", "should be a text or a list"),
    (pair(prompt=[]), "prompt", "should be a text or a list"),
    (pair(chosen="a\0b"), "chosen", "NUL"),
    (pair(chosen="a\ud800b"), "chosen", "surrogate"),
    (pair(prompt=[USER, USER]), "prompt", "alternate"),
    (pair(prompt=[ASSISTANT, USER]), "prompt", "alternate"),
    (pair(prompt=[USER, ASSISTANT]), "prompt", "end with the user's turn"),
    (pair(prompt=[{"role": "tool", "content": "x"}]), "prompt[0].role", "role is not known"),
    (pair(prompt=[{"role": "user", "content": ""}]), "prompt[0].content", "empty"),
    (pair(prompt=["Hi"]), "prompt[0]", "message with role and content"),
    (pair(tags=7), "tags", "list of texts"),
    (pair(language="a very " * 9), "language", "longer than 40"),
    (["a", "list"], "", "not a JSON object"),
]


@pytest.mark.parametrize(("row", "field", "message"), WRONG)
def test_a_wrong_row_is_reported_by_row_field_and_reason(row, field, message):
    project = make_project()
    result = imported(
        project, json_lines(pair(1), row, pair(3)), format="pairs", wrong_rows=WrongRows.SKIP
    )
    assert result.state == WorkState.SUCCEEDED
    assert (result.n_comparisons, result.n_wrong) == (2, 1)
    (error,) = result.errors
    assert (error["row"], error["field"]) == (2, field)
    assert message in error["message"]


def test_refusing_leaves_everything_as_it_was_and_names_every_wrong_row():
    project = make_project()
    rows = json_lines(pair(1), pair(2, chosen=""), pair(3), pair(4, rejected=None))
    result = imported(project, rows, wrong_rows=WrongRows.REFUSE)
    assert result.state == WorkState.FAILED
    assert result.reason == "2 wrong rows: nothing was imported."
    assert [error["row"] for error in result.errors] == [2, 4]
    assert not Comparison.objects.exists()
    assert not Prompt.objects.exists()


def test_a_refused_file_of_votes_leaves_no_annotators_behind():
    vote = {"prompt": "Q", "response_a": "A", "response_b": "B"}
    good = {**vote, "votes": [{"annotator": "x", "choice": "a"}]}
    wrong = {**vote, "prompt": "R", "votes": [{"annotator": "x", "choice": "left"}]}
    project = make_project()
    result = imported(project, json_lines(good, wrong), recorded_use="count")
    assert result.errors[0]["field"] == "votes[0].choice"
    assert result.errors[0]["value"] == "left"
    assert not Membership.objects.exists()


def test_a_long_value_is_shortened_in_the_report():
    result = imported(make_project(), json_lines(pair(), pair(2, chosen=["x" * 5000])))
    assert len(result.errors[0]["value"]) == 80


def test_the_first_thousand_errors_are_kept_and_all_are_counted():
    rows = json_lines(pair(), *[pair(number, chosen="") for number in range(1200)])
    result = imported(make_project(), rows)
    assert (len(result.errors), result.n_wrong) == (1000, 1200)


def test_a_line_that_is_not_utf8_is_reported_and_the_next_one_read():
    content = json_lines(pair(1)) + b'{"prompt": "\xff"}\n' + json_lines(pair(2))
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert result.n_comparisons == 2
    assert (result.errors[0]["row"], result.errors[0]["message"]) == (2, "Not UTF-8.")


def test_a_line_that_is_not_json_is_reported_and_the_next_one_read():
    content = json_lines(pair(1)) + b'{"prompt": \n' + json_lines(pair(2))
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert result.n_comparisons == 2
    assert result.errors[0]["message"].startswith("This line is not one whole JSON object")


def test_json_nested_too_deeply_is_a_wrong_row_not_a_crash():
    content = json_lines(pair(1)) + b"[" * 100_000 + b"\n" + json_lines(pair(2))
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert (result.n_comparisons, result.n_wrong) == (2, 1)


def test_an_overlong_line_is_reported_by_row_and_not_kept_in_memory(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 1000)
    content = json_lines(pair(1), pair(2, chosen="x" * 5000), pair(3))
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert (result.n_comparisons, result.n_wrong) == (2, 1)
    assert result.errors[0]["row"] == 2
    assert "longer than" in result.errors[0]["message"]


def test_an_overlong_entry_of_an_array_is_reported_and_ends_the_reading(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 1000)
    monkeypatch.setattr(json_rows, "BLOCK_BYTES", 100)
    rows = [pair(1), pair(2, chosen="x" * 5000), pair(3)]
    result = imported(make_project(), json.dumps(rows).encode(), wrong_rows=WrongRows.SKIP)
    assert (result.n_comparisons, result.n_wrong) == (1, 1)
    assert result.errors[0]["row"] == 2
    assert "Nothing after it was read" in result.errors[0]["message"]


def test_a_broken_array_keeps_the_rows_before_if_so_chosen():
    content = json.dumps([pair(1), pair(2)]).encode()[:-1] + b", {oops"
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert (result.n_comparisons, result.errors[0]["row"]) == (2, 3)


def test_csv_names_the_row_as_a_spreadsheet_does():
    content = b"prompt,chosen,rejected\nWhy?,a,b\nWhy not?,,b\nHow?,a,b,c\nWho?,\xff,b\n"
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert result.n_comparisons == 1
    assert [(error["row"], error["field"]) for error in result.errors] == [
        (3, "chosen"),
        (4, ""),
        (5, "chosen"),
    ]
    assert result.errors[2]["message"] == "This text is not UTF-8."


def test_a_quote_that_never_ends_is_a_wrong_row_not_a_file_in_memory(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 500)
    content = b'prompt,chosen,rejected\nWhy?,a,b\nHow?,"a,b\n' + b"x,y,z\n" * 1000
    result = imported(make_project(), content, wrong_rows=WrongRows.SKIP)
    assert result.state == WorkState.SUCCEEDED
    assert result.n_wrong >= 1


def test_a_file_with_no_good_row_fails_even_if_wrong_rows_are_skipped():
    result = imported(make_project(), json_lines(pair(chosen="")), wrong_rows=WrongRows.SKIP)
    assert result.state == WorkState.FAILED
    assert result.n_wrong == 1


def test_a_file_that_is_no_data_fails_with_one_sentence():
    result = imported(make_project(), b"PK\x03\x04")
    assert result.state == WorkState.FAILED
    assert result.reason.startswith("This Excel or ZIP file is broken")
