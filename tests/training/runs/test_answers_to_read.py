"""Answers that are read beside each other, and that nobody is asked to judge."""

import pytest

from annotate.models import Comparison
from tests.training.execution.test_runner import carry_out
from training.errors import RunRefused
from training.models import RunState
from training.runs.answers_to_read import answers_of, queue_answers_to_read

pytestmark = pytest.mark.django_db(transaction=True)

QUESTIONS = [
    {"id": name, "messages": [{"role": "user", "content": f"What of the {name}?"}]}
    for name in ("cat", "dog")
]
SHORT = {"n_samples": 2, "max_new_tokens": 4}


@pytest.mark.any_database
def test_both_answer_every_question_and_no_comparison_comes_of_it(queued_run):
    training = queued_run("dpo")
    project = training.snapshot.projects.get()
    reading = queue_answers_to_read(
        project=project, after=training, questions=QUESTIONS, settings=SHORT, name="Read"
    )
    n_before = Comparison.objects.count()
    carry_out(training)
    done = carry_out(reading)
    assert done.state == RunState.SUCCEEDED, done.log
    answers = list(answers_of(done))
    assert {(one.question, one.is_of_result, one.number) for one in answers} == {
        (name, side, number)
        for name in ("cat", "dog")
        for side in (True, False)
        for number in (0, 1)
    }
    assert Comparison.objects.count() == n_before
    assert "comparisons" not in done.summary


def test_it_follows_a_run_that_ends_in_a_model_that_writes(queued_run):
    training = queued_run("reward_model")
    with pytest.raises(RunRefused, match="does not end in a model"):
        queue_answers_to_read(
            project=training.snapshot.projects.get(),
            after=training,
            questions=QUESTIONS,
            settings=SHORT,
            name="Read",
        )
