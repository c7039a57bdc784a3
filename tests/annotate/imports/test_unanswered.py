"""Files of prompts alone: stored, to wait for answers."""

import pytest
from django.core.files.base import ContentFile

from annotate.imports.preview import preview_of
from annotate.imports.unanswered import unanswered_prompts
from annotate.models import Comparison, Prompt, WorkState
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import make_comparison, make_project

pytestmark = pytest.mark.django_db
ROWS = [{"prompt": f"Question {number}?", "tags": ["t"], "id": f"{number}"} for number in range(3)]


def test_prompts_wait_and_know_their_import():
    project = make_project()
    row = imported(project, json_lines(*ROWS))
    assert (row.state, row.format) == (WorkState.SUCCEEDED, "prompts")
    assert (row.n_unanswered, row.n_prompts, row.n_comparisons) == (3, 3, 0)
    prompt = unanswered_prompts(project).get(external_id="1")
    assert (prompt.messages[0]["content"], prompt.tags, prompt.source) == (
        "Question 1?",
        ["t"],
        row,
    )


def test_repeats_are_counted_in_the_file_and_in_the_project():
    project = make_project()
    imported(project, json_lines(ROWS[0]))
    row = imported(project, json_lines(ROWS[0], ROWS[1], ROWS[1]))
    assert (row.n_unanswered, row.n_duplicates) == (1, 2)
    assert unanswered_prompts(project).count() == 2


def test_a_wrong_row_refuses_the_file_and_leaves_nothing():
    project = make_project()
    row = imported(project, json_lines(*ROWS, {"prompt": ""}))
    assert (row.state, row.n_wrong) == (WorkState.FAILED, 1)
    assert not Prompt.objects.exists()


def test_the_good_prompts_stay_where_that_was_chosen():
    row = imported(make_project(), json_lines(*ROWS, {"prompt": ""}), wrong_rows="skip")
    assert (row.n_unanswered, row.n_wrong) == (3, 1)


def test_a_prompt_waits_no_more_once_somebody_brings_a_pair():
    project = make_project()
    imported(project, json_lines(*ROWS))
    imported(project, json_lines(pair(1)))
    assert unanswered_prompts(project).count() == 2


def test_a_refused_file_does_not_take_away_a_prompt_that_waited_before():
    project = make_project()
    imported(project, json_lines(*ROWS))
    row = imported(project, json_lines(pair(1), pair(9, chosen="")))
    assert row.state == WorkState.FAILED
    assert unanswered_prompts(project).count() == 3
    assert not Comparison.objects.exists()


def test_in_a_file_of_pairs_a_prompt_alone_has_lost_its_answers():
    row = imported(make_project(), json_lines(pair(1), {"prompt": "Alone?"}))
    assert (row.state, row.n_wrong) == (WorkState.FAILED, 1)


def test_a_prompt_that_has_a_comparison_is_a_repeat():
    project = make_project()
    text = "Known?"
    imported(project, json_lines(pair(1, prompt=text)))
    row = imported(project, json_lines({"prompt": text}))
    assert (row.n_unanswered, row.n_duplicates) == (0, 1)


def test_the_door_says_how_many_will_wait_and_stores_nothing():
    project = make_project()
    make_comparison(project)
    before = Prompt.objects.count()
    seen = preview_of(project, ContentFile(json_lines(*ROWS)))
    assert (seen.refusal, seen.n_wrong, seen.added.n_unanswered) == ("", 0, 3)
    assert seen.prompts[0].messages[0]["content"] == "Question 0?"
    assert Prompt.objects.count() == before
