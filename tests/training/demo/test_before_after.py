"""Shares before and after, on answers that can be counted by hand."""

import pytest

from annotate.demo.replies import corpus
from training.demo.before_after import Taste, before_after, tastes
from training.runs.answers_to_read import ReadAnswer

WARM, COLD = "I'm so sorry, that's bad!", "That's all."
LONG = "That's all. " * 20


def answers(*, before: list[str], after: list[str], is_finished: bool = True) -> list[ReadAnswer]:
    """The same texts for each held-out question."""
    return [
        ReadAnswer(
            question=question.matter,
            is_of_result=is_of_result,
            number=number,
            text=text,
            is_finished=is_finished,
        )
        for question in corpus("en").questions(held_out=True)
        for is_of_result, texts in ((False, before), (True, after))
        for number, text in enumerate(texts)
    ]


def test_a_share_that_moves_for_every_question_has_moved():
    found = before_after(answers(before=[WARM, COLD], after=[WARM, WARM]), "en")
    warm, brief, plain = found.changes
    assert (warm.before.value, warm.after.value, warm.difference.value) == (0.5, 1.0, 0.5)
    assert warm.direction == 1
    assert warm.before.low < 0.5 < warm.before.high
    assert (brief.direction, plain.direction) == (0, 0)
    assert found.n_answers == 20


def test_a_share_that_moves_for_some_questions_up_and_others_down_is_not_told_apart():
    mixed = answers(before=[COLD], after=[WARM])
    swapped = {question.matter for question in corpus("en").questions(held_out=True)[:5]}
    mixed = [
        ReadAnswer(one.question, one.is_of_result != (one.question in swapped), 0, one.text, True)
        for one in mixed
    ]
    warm, _brief, _plain = before_after(mixed, "en").changes
    assert warm.difference.value == 0
    assert warm.direction == 0


def test_a_share_that_falls_goes_the_other_way():
    found = before_after(answers(before=[COLD, COLD], after=[LONG, COLD]), "en")
    brief = found.changes[1]
    assert brief.difference.value == -0.5
    assert brief.direction == -1


def test_the_first_answer_of_each_stands_beside_the_other():
    found = before_after(answers(before=[COLD, WARM], after=[LONG, WARM]), "en")
    assert len(found.beside) == 10
    assert all((one.before[0], one.after[0]) == (COLD, LONG) for one in found.beside)


@pytest.mark.parametrize(("is_finished", "share"), [(True, 1.0), (False, 0.0)])
def test_an_answer_that_came_to_no_end_is_not_fluent(is_finished, share):
    found = before_after(answers(before=[COLD], after=[COLD], is_finished=is_finished), "en")
    assert (found.fluent.before.value, found.fluent.after.value) == (share, share)


@pytest.mark.parametrize(
    ("n_chosen", "n_differing", "lean"),
    [(9, 11, 1), (2, 11, -1), (6, 11, 0), (0, 0, 0), (3, 3, 0), (4, 4, 1), (0, 4, -1), (5, 10, 0)],
)
def test_votes_lean_where_two_of_three_or_so_choose_one_end(n_chosen, n_differing, lean):
    assert Taste(axis="is_warm", n_chosen=n_chosen, n_differing=n_differing).lean == lean


def test_a_taste_is_counted_where_the_two_differ():
    warm, brief, plain = tastes([(WARM, COLD), (WARM, LONG), (COLD, WARM), (COLD, COLD)], "en")
    assert (warm.n_chosen, warm.n_differing) == (2, 3)
    assert (brief.n_chosen, brief.n_differing) == (1, 1)
    assert (plain.n_chosen, plain.n_differing) == (0, 0)
