"""One's own judgements: how they are named, found and taken back."""

import pytest

from annotate.models import Judgement, Verdict
from tests.annotate.views.test_judging import url
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_completion,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def test_history_names_verdicts_by_the_sides_that_were_seen(browser, project, annotator):
    lease = hold(annotator, project).current
    judge(annotator, lease, Verdict.FIRST, seconds=7.2)
    page = browser.get(url("history", project)).content.decode()
    assert ("A is better" if lease.first_is_left else "B is better") in page
    assert ("B is better" if lease.first_is_left else "A is better") not in page


def test_history_is_searched_by_words_of_any_alphabet(browser, project, annotator):
    texts = ("Wo liegt KÖLN?", "为什么天空是蓝色的？", "Why is the sky blue?")
    for text in texts:
        prompt = make_prompt(project, text=text)
        pair = [make_completion(prompt, text=f"{n} of {text[:3]}") for n in ("one", "two")]
        first, second = sorted(pair, key=lambda answer: answer.public_id)
        judge_comparison(make_comparison(project, prompt=prompt, first=first, second=second), "tie")
    Judgement.objects.update(annotator=annotator)

    def found(words):
        page = browser.get(url("history", project), {"q": words}).content.decode()
        return [text for text in texts if text in page]

    assert found("köln") == [texts[0]]
    assert found("天空 蓝色") == [texts[1]]
    assert found("SKY why") == [texts[2]]
    assert found("") == list(texts)
    assert found("user") == []  # the role of a message is no word of it
    assert (
        "None of your judgements"
        in browser.get(url("history", project), {"q": "%_nothing"}).content.decode()
    )


def test_a_judgement_can_be_taken_back_from_the_history(browser, project, annotator):
    older = judge(annotator, hold(annotator, project).current)
    judge(annotator, hold(annotator, project).current)
    browser.post(url("judge_undo", project), {"action": older.public_id})
    older.refresh_from_db()
    assert older.withdrawn_at is not None
    assert Judgement.objects.filter(withdrawn_at=None).count() == 1
