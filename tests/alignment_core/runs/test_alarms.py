from string import Formatter

import pytest

from alignment_core.runs.alarm_sentences import SENTENCES, template_of
from alignment_core.runs.alarms import find_alarms


def train(step, **values):
    return {"phase": "train", "step": step, "epoch": step / 20, **values}


def held_out(step, **values):
    return {"phase": "eval", "step": step, **values}


def names(lines, evaluation=None, baselines=None, settings=None):
    return [
        alarm["name"] for alarm in find_alarms(lines, evaluation or {}, baselines or {}, settings)
    ]


def test_the_figures_of_an_alarm_tell_which_of_its_sentences_is_meant():
    for name, sentences in SENTENCES.items():
        for sentence in sentences:
            places = [place for _, place, _, _ in Formatter().parse(sentence) if place]
            assert template_of(name, dict.fromkeys(places, 0.0)) == sentence
    with pytest.raises(KeyError):
        template_of("kl_over_budget", {"kl": 1.0})


def test_a_quiet_run_has_no_alarm():
    lines = [
        {"phase": "reference", "step": 8, "gate/max_difference": 1e-7},
        held_out(0, **{"kl/on_policy_k1": 1e-6, "logps/chosen": -80.0}),
        *(
            train(step, **{"rewards/chosen": -0.02 * step, "rewards/accuracies": 0.6})
            for step in range(1, 11)
        ),
        held_out(10, **{"kl/on_policy_k1": 3.0, "logps/chosen": -82.0}),
    ]
    assert names(lines) == []


def test_rewards_before_the_first_step_tell_of_another_reference():
    gate = {"phase": "reference", "step": 8}
    reward = {"rewards/chosen": -0.4, "rewards/accuracies": 0.5}
    assert names([gate, train(1, **reward)]) == ["reference_mismatch"]
    # without a reference, rewards are β times a log-prob and never 0
    assert names([train(1, **reward)]) == []


def test_distance_before_the_first_step_tells_of_another_reference():
    (alarm,) = find_alarms([held_out(0, **{"kl/on_policy_k1": -2.5})], {}, {})
    assert (alarm["name"], alarm["figures"]) == ("reference_mismatch", {"kl": -2.5})
    assert "-2.5 nats" in alarm["message"]
    assert names([held_out(5, **{"kl/on_policy_k1": 2.5})]) == []


@pytest.mark.parametrize("name", ["rewards/accuracies", "accuracy"])
def test_being_always_right_from_the_start_is_an_alarm(name):
    lines = [train(step, **{name: 1.0}) for step in range(1, 10)]
    assert names(lines) == ["accuracy_saturated"]
    lines[2] = train(3, **{name: 0.9})
    assert names(lines) == []
    assert names([*lines[:2], train(5, **{name: 0.9})]) == ["accuracy_saturated"]  # a later step


def test_chosen_completions_that_become_unlikely_are_an_alarm():
    lines = [held_out(0, **{"logps/chosen": -80.0}), held_out(9, **{"logps/chosen": -95.0})]
    (alarm,) = find_alarms(lines, {}, {})
    assert alarm["name"] == "chosen_log_prob_falls"
    assert "by 15 nats" in alarm["message"]
    of_means = [
        line | {"sequence_logps/chosen": line["logps/chosen"], "logps/chosen": -1.0}
        for line in lines
    ]
    assert names(of_means) == ["chosen_log_prob_falls"]
    rewards = [train(step, **{"rewards/chosen": -0.15 * (step - 1)}) for step in range(1, 11)]
    assert names([{"phase": "reference", "step": 4}, *rewards]) == ["chosen_log_prob_falls"]
    assert names(rewards) == []


def margins(*figures):
    return [
        held_out(step, **{"rewards/margins": margin, "rewards/accuracies": accuracy})
        for step, (margin, accuracy) in enumerate(figures, start=1)
    ]


def test_margins_that_grow_without_accuracy_are_an_alarm():
    assert names(margins((0.2, 0.6), (0.5, 0.7), (1.0, 0.7))) == ["margin_without_accuracy"]
    assert names(margins((0.2, 0.6), (0.5, 0.7), (1.0, 0.75))) == []
    assert names(margins((0.2, 0.6), (0.5, 0.7), (0.6, 0.7))) == []
    assert names(margins((0.5, 0.7), (1.0, 0.7))) == []  # too few to tell


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(40, 80, ["length_drifts"]), (80, 40, ["length_drifts"]), (40, 50, [])],
)
def test_samples_that_grow_or_shrink_are_an_alarm(first, last, expected):
    lengths = [first + (last - first) * step / 9 for step in range(10)]
    lines = [
        train(step, **{"completions/mean_length": length})
        for step, length in enumerate(lengths, start=1)
    ]
    assert names(lines) == expected


def test_groups_that_earn_the_same_are_an_alarm():
    lines = [train(step, frac_reward_zero_std=0.1 * step) for step in range(1, 8)]
    (alarm,) = find_alarms(lines, {}, {})
    assert alarm["name"] == "equal_rewards"
    assert alarm["message"].startswith("For 70% of the prompts")
    assert names(lines[:4]) == []
    assert names([train(step, frac_reward_zero_std=1.0) for step in (1, 2)]) == ["equal_rewards"]


def test_rollouts_that_stay_half_empty_are_an_alarm():
    lines = [train(step, **{"sampling/filled": 1.0 - 0.1 * step}) for step in range(1, 8)]
    (alarm,) = find_alarms(lines, {}, {})
    assert alarm["name"] == "rollouts_not_filled"
    assert alarm["message"].startswith("At the end only 30% of a rollout's prompts")
    assert names(lines[:4]) == []  # too few to tell
    assert names(lines[:5]) == []  # just half
    never = [train(step, **{"sampling/filled": 0.25}) for step in (1, 2)]
    assert names(never) == ["rollouts_not_filled"]


def test_a_run_that_ran_dry_says_when():
    (alarm,) = find_alarms([{"phase": "dry", "step": 12, "sampling/kept": 0.0}], {}, {})
    assert alarm["name"] == "samples_ran_dry"
    assert alarm["message"].startswith("After step 12 ")
    assert alarm["figures"] == {"step": 12}


def test_the_budget_of_kl_is_the_runs_own():
    lines = [held_out(0, **{"kl/on_policy_k1": 0.0}), held_out(9, **{"kl/on_policy_k1": 12.0})]
    assert names(lines) == []
    assert names(lines, settings={"kl_budget": 10.0}) == ["kl_over_budget"]
    assert names(lines, settings={"kl_budget": 0.0}) == []
    trained = [train(step, **{"objective/kl": 10.0 * step}) for step in range(1, 4)]
    assert names(trained) == ["kl_over_budget"]


def test_less_than_length_alone_would_reach_is_an_alarm():
    figures = {"accuracy": {"value": 0.55}}, {"longer_wins": {"value": 0.58}}
    assert names([], *figures) == ["below_longer_wins"]
    assert names([], {"accuracy": {"undefined": "because"}}, figures[1]) == []


def test_a_measurement_that_was_no_number_is_passed_over():
    lines = [held_out(0, **{"kl/on_policy_k1": None}), train(1, **{"rewards/accuracies": None})]
    assert names(lines) == []


def test_samples_that_never_end_are_an_alarm():
    cut = [train(step, **{"completions/clipped_ratio": 1.0}) for step in range(1, 4)]
    (alarm,) = find_alarms(cut, {}, {})
    assert (alarm["name"], alarm["figures"]) == ("samples_cut", {"share": 1.0})
    assert "100% of the samples" in alarm["message"]
    ends = [*cut[:2], train(3, **{"completions/clipped_ratio": 0.4})]
    assert names(ends) == []  # too few steps to speak of an end
    later = [train(step, **{"completions/clipped_ratio": 0.4}) for step in range(4, 14)]
    assert names([*cut, *later]) == []


@pytest.mark.parametrize("name", ["clip_ratio/region_mean", "policy/clipfrac_avg"])
def test_a_clip_that_takes_most_gradients_is_an_alarm(name):
    assert names([train(step, **{name: 1.0}) for step in range(1, 3)]) == ["updates_clipped"]
    assert names([train(step, **{name: 0.2}) for step in range(1, 13)]) == []
