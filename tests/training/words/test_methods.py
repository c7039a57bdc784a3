"""A method that the library registers speaks to people in both languages."""

import pytest
from django.utils.translation import override

from alignment_core.configs import METHODS
from training.models import Run
from training.words.methods import METHODS_IN_WORDS, method_groups

ACRONYMS = {
    "dpo",
    "simpo",
    "cpo",
    "orpo",
    "kto",
    "ppo",
    "rloo",
    "grpo",
    "dr_grpo",
    "dapo",
    "gspo",
    "cispo",
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_a_title_and_a_sentence_in_both_languages(method):
    words = METHODS_IN_WORDS[method]
    with override("en"):
        english = [str(words.title), str(words.sentence)]
    with override("zh-hans"):
        chinese = [str(words.title), str(words.sentence)]
    assert all(english)
    assert english[1] != chinese[1]
    assert (english[0] == chinese[0]) == (method in ACRONYMS)


def test_a_run_may_be_of_any_method_and_no_other():
    assert [name for name, _title in Run._meta.get_field("method").choices] == list(METHODS)


def test_the_groups_of_the_form_hold_each_method_once():
    groups = [[name for name, _title in methods] for _source, methods in method_groups()]
    assert sorted(name for names in groups for name in names) == sorted(METHODS)
    assert groups[1][-1] == "reward_model"
