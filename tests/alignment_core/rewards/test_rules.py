import pytest

from alignment_core.configs.rewards import AnswerReward, LengthReward, RegexReward, WordsReward
from alignment_core.rewards.rules import (
    Answered,
    answer_of_tags,
    answer_rule,
    length_rule,
    listed_words,
    regex_rule,
    words_rule,
)


def answered(text="", *, n_tokens=10, answer=None):
    prompt = [{"role": "user", "content": "What is 6 times 7?"}]
    return Answered(prompt=prompt, text=text, n_tokens=n_tokens, finished=True, answer=answer)


def test_a_pattern_is_found_anywhere_across_lines():
    rule = regex_rule(RegexReward(pattern=r"<think>.*</think>"))
    assert rule(answered("a <think>1\n2</think>")) == 1.0
    assert rule(answered("a <think>1\n2")) == 0.0


@pytest.mark.parametrize(
    ("n_tokens", "value"),
    [(0, -1.0), (2, -0.5), (4, 0.0), (20, 0.0), (25, -0.25), (40, -1.0), (90, -1.0)],
)
def test_length_costs_nothing_within_its_bounds_and_1_at_most(n_tokens, value):
    rule = length_rule(LengthReward(shortest=4, longest=20))
    assert rule(answered(n_tokens=n_tokens)) == pytest.approx(value)


def test_listed_words_are_found_whole_in_english_and_anywhere_in_chinese():
    rule = words_rule(WordsReward(more="Blorb, 坏词"))
    assert rule(answered("You IDIOT!")) == -1.0
    assert rule(answered("An idiotic plan.")) == 0.0
    assert rule(answered("你这个白痴。")) == -1.0
    assert rule(answered("a blorb")) == rule(answered("有坏词在此")) == -1.0
    assert rule(answered("A kind word, 一句好话。")) == 0.0


def test_a_list_of_one_language_leaves_the_other_alone():
    assert words_rule(WordsReward(language="en"))(answered("白痴")) == 0.0
    assert words_rule(WordsReward(language="zh"))(answered("idiot")) == 0.0
    assert set(listed_words("all")) == {*listed_words("en"), *listed_words("zh")}


def test_an_answer_is_right_but_for_case_spaces_and_a_full_stop():
    whole = answer_rule(AnswerReward())
    assert whole(answered(" Forty  two. ", answer="forty two")) == 1.0
    assert whole(answered("It is 42", answer="42")) == 0.0
    last = answer_rule(AnswerReward(pattern=r"answer: (\d+)"))
    assert last(answered("answer: 41, no, answer: 42", answer="42")) == 1.0
    assert last(answered("42", answer="42")) == 0.0
    assert answer_of_tags(["maths", "answer:42"]) == "42"
    assert answer_of_tags(["maths"]) is None
    with pytest.raises(ValueError, match="no right answer"):
        whole(answered("42"))
