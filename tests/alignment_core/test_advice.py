import pytest

from alignment_core.advice import SOURCES, TEXTS, recommend
from alignment_core.configs import method_config

PLAIN = {"n_pairs": 5000, "votes_per_pair": 1.0, "tie_share": 0.0}
REWARDS = [{"kind": "length"}]
CASES = [
    ({}, "dpo", {}, ["pairs"]),
    (
        {"votes_per_pair": 3.0},
        "dpo",
        {"soft_labels": True},
        ["pairs", "shares_of_votes"],
    ),
    ({"tie_share": 0.2}, "dpo", {"ties": "davidson"}, ["pairs", "many_ties"]),
    (
        {"votes_per_pair": 5.0, "tie_share": 0.2, "longer_wins": 0.7},
        "dpo",
        {"soft_labels": True, "ties": "davidson", "ld_alpha": 0.5},
        ["pairs", "shares_of_votes", "many_ties", "length_decides"],
    ),
    ({"longer_wins": 0.6}, "dpo", {}, ["pairs"]),
    (  # the example of docs/methods/README.md
        {"n_pairs": 4200, "votes_per_pair": 3.2, "tie_share": 0.22, "longer_wins": 0.58},
        "dpo",
        {"soft_labels": True, "ties": "davidson"},
        ["pairs", "shares_of_votes", "many_ties"],
    ),
    ({"n_pairs": 999, "votes_per_pair": 5.0}, "sft", {}, ["few_pairs"]),
    ({"both_bad_share": 0.4}, "kto", {"both_bad": True}, ["many_both_bad"]),
    ({"reward": "model", "has_gpu": True}, "grpo", {}, ["reward_model_and_gpu"]),
    ({"reward": "checkable", "has_gpu": True}, "dapo", {}, ["answers_can_be_checked"]),
    ({"reward": "model"}, "dpo", {}, ["sampling_needs_a_gpu", "pairs"]),
    (
        {"is_memory_limited": True},
        "dpo",
        {"lora_rank": 16, "gradient_checkpointing": True, "learning_rate": 5e-6},
        ["pairs", "little_memory"],
    ),
    (
        {"n_pairs": 10, "is_memory_limited": True},
        "sft",
        {"lora_rank": 16, "gradient_checkpointing": True},
        ["few_pairs", "little_memory"],
    ),
]


@pytest.mark.parametrize(("figures", "method", "settings", "reasons"), CASES)
def test_the_advice_follows_from_the_figures(figures, method, settings, reasons):
    advice = recommend(**{**PLAIN, **figures})
    assert (advice.method, advice.settings) == (method, settings)
    assert [reason.name for reason in advice.reasons] == reasons
    # what is advised can be run; which rewards there are is for the reader to say
    needed = {"rewards": REWARDS} if method in ("grpo", "dapo") else {}
    method_config(method, {**settings, **needed})


def test_every_reason_has_a_sentence_and_a_source_and_is_given_somewhere():
    given = {name for _, _, _, reasons in CASES for name in reasons}
    assert given == TEXTS.keys() == SOURCES.keys()
    advice = recommend(**{**PLAIN, "tie_share": 0.2, "votes_per_pair": 3.5})
    assert "20%" in advice.reasons[2].text
    assert "3.5 votes" in advice.reasons[1].text


@pytest.mark.parametrize(
    "figures", [{"n_pairs": -1}, {"tie_share": 1.1}, {"longer_wins": -0.1}, {"reward": "some"}]
)
def test_figures_out_of_range_are_refused(figures):
    with pytest.raises(ValueError, match="must be"):
        recommend(**{**PLAIN, **figures})
