"""What the screen shows of a lease: instructions never fold, what was said may."""

import pytest

from annotate.judging.shown_pair import LONG_HISTORY, pairs_of
from tests.factories import hold, make_comparison, make_member, make_project, make_prompt

pytestmark = pytest.mark.django_db


def shown(messages):
    project = make_project()
    prompt = make_prompt(project, messages=messages)
    make_comparison(project, prompt=prompt)
    return pairs_of(hold(make_member(project), project))[0]


def test_an_instruction_stands_in_its_place_and_outside_what_folds():
    roles = ["system", "user", "assistant", "developer", "user", "assistant", "user"]
    messages = [{"role": role, "content": str(number)} for number, role in enumerate(roles)]
    pair = shown(messages)
    assert [(turns.is_instruction, len(turns.messages)) for turns in pair.history] == [
        (True, 1), (False, 2), (True, 1), (False, 2),
    ]  # fmt: skip
    assert [turn for turns in pair.history for turn in turns.messages] == messages[:-1]
    assert pair.question == messages[-1]


def test_only_a_long_history_starts_folded():
    long = {"role": "user", "content": "x" * (LONG_HISTORY + 1)}
    short = {"role": "user", "content": "x"}
    question = {"role": "user", "content": "?"}
    assert shown([long, question]).history[0].is_long
    assert not shown([short, question]).history[0].is_long
    assert shown([question]).history == []
