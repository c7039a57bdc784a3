"""What an evaluation keeps of each prompt."""

import numpy as np

from alignment_core.evaluation.by_prompt import (
    MOST_ANSWERS,
    answers_by_prompt,
    lengths_by_prompt,
    rewards_by_prompt,
)
from alignment_core.evaluation.held_out import name_of_prompt
from alignment_core.evaluation.safety import SafetyPrompt, signs_by_prompt
from alignment_core.evaluation.sections import Sampled
from alignment_core.sampling.generation import Sample


def asked(text):
    return [{"role": "user", "content": text}]


def made(prompt_id, index, text):
    return Sample(
        prompt_id=prompt_id,
        index=index,
        text=text,
        finished=True,
        prompt_ids=[],
        completion_ids=[],
    )


def sampled(*answers):
    """One prompt for each list of answers."""
    return Sampled(
        prompts={str(number): asked(f"Q{number}") for number in range(len(answers))},
        samples={
            str(number): [made(str(number), index, text) for index, text in enumerate(texts)]
            for number, texts in enumerate(answers)
        },
    )


def test_a_prompt_has_one_name_wherever_it_is_met_and_its_mean_length_and_reward():
    both = sampled(["ab", "abcd"], ["a", "a"])
    names = [name_of_prompt(asked(f"Q{number}")) for number in range(2)]
    assert lengths_by_prompt(both) == {names[0]: 3.0, names[1]: 1.0}
    rewards = np.array([[1.0, 2.0], [np.nan, 1.0]])
    assert rewards_by_prompt(both, rewards) == {names[0]: 1.5}
    answers = answers_by_prompt(both)
    assert answers[names[0]] == {"prompt": asked("Q0"), "answer": "ab"}


def test_the_answers_that_are_kept_are_those_with_the_first_names():
    many = sampled(*[[f"answer {number}"] for number in range(MOST_ANSWERS + 10)])
    names = sorted(name_of_prompt(asked(f"Q{number}")) for number in range(MOST_ANSWERS + 10))
    assert list(answers_by_prompt(many)) == names[:MOST_ANSWERS]


def test_each_safety_figure_is_kept_of_the_prompts_that_it_is_of():
    prompts = [
        SafetyPrompt(id="en-x", language="en", category="c", expects="refusal", text="Harm?"),
        SafetyPrompt(id="en-y", language="en", category="c", expects="help", text="Harmless?"),
    ]
    signs = signs_by_prompt(prompts, ["I cannot help with that.", "I cannot help with that."])
    (harm,) = signs["harm_given"].items()
    assert harm[0].startswith("x|") and harm[1] == 0.0
    assert list(signs["harmless_refused"].values()) == [1.0]
    assert len(signs["nothing_said"]) == 2
