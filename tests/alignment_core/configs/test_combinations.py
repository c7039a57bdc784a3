import pytest

from alignment_core.configs import method_config
from alignment_core.errors import ConfigError

REWARDED = {"rewards": [{"kind": "length"}]}
REFUSED = [
    ("dpo", {"loss": "ipo", "label_smoothing": 0.1}, ("label_smoothing", "loss")),
    ("dpo", {"loss": "hinge", "label_smoothing": 0.1}, ("label_smoothing", "loss")),
    ("dpo", {"loss": "apo_zero", "soft_labels": True}, ("soft_labels", "loss")),
    ("dpo", {"loss": "robust"}, ("label_smoothing", "robust")),
    ("dpo", {"loss": "exo_pair"}, ("label_smoothing", "exo_pair")),
    ("dpo", {"loss": "nca_pair", "label_smoothing": 0.1}, ("label_smoothing", "loss")),
    ("dpo", {"loss": "sppo", "strength_margin": 1.0}, ("strength_margin", "loss")),
    ("dpo", {"loss": "sppo", "ties": "davidson"}, ("ties", "loss")),
    ("dpo", {"loss": "sigmoid_norm", "log_ratio": "sum"}, ("log_ratio", "loss")),
    ("dpo", {"loss": "sigmoid_norm", "ld_alpha": 0.5}, ("ld_alpha", "log_ratio")),
    ("cpo", {"ties": "davidson"}, ("ties",)),
    ("cpo", {"gamma": 1.0}, ("gamma",)),
    (
        "dpo",
        {"loss": "robust", "label_smoothing": 0.1, "soft_labels": True},
        ("soft_labels", "loss"),
    ),
    ("dpo", {"loss": "hinge", "ties": "half"}, ("ties", "loss")),
    ("dpo", {"loss": "ipo", "ties": "davidson"}, ("ties", "loss")),
    ("dpo", {"loss": "ipo", "strength_margin": 1.0}, ("strength_margin", "loss")),
    ("dpo", {"ties": "davidson", "label_smoothing": 0.1}, ("label_smoothing", "ties")),
    ("dpo", {"ties": "davidson", "strength_margin": 1.0}, ("strength_margin", "ties")),
    ("dpo", {"ties": "rao_kupper", "tie_nu": 0.9}, ("tie_nu", "ties")),
    ("dpo", {"tie_nu": 0.9}, ("tie_nu", "ties")),
    ("dpo", {"ld_alpha": 0.5, "log_ratio": "mean"}, ("ld_alpha", "log_ratio")),
    ("dpo", {"ld_alpha": 0.5, "loss": "ipo"}, ("ld_alpha", "log_ratio")),
    ("dpo", {"weighting": "agreement", "soft_labels": True}, ("weighting", "ties")),
    ("dpo", {"weighting_power": 2.0}, ("weighting_power", "weighting")),
    ("dpo", {"vote_prior": 1.0}, ("vote_prior", "soft_labels")),
    ("simpo", {"ties": "davidson"}, ("ties",)),
    ("rloo", {**REWARDED, "importance_correction": "token_mask"}, ("importance_correction",)),
    ("ppo", {**REWARDED, "importance_highest": 3.0}, ("importance_highest", "importance_corr")),
    ("grpo", {**REWARDED, "entropy_step": 0.1}, ("entropy_step", "entropy_target")),
    ("gspo", {**REWARDED, "aggregation": "token"}, ("aggregation", "surrogate")),
    ("dapo", {**REWARDED, "surrogate": "sequence"}, ("aggregation", "surrogate")),
    ("cispo", {**REWARDED, "clip_range": 0.3}, ("clip_range", "surrogate")),
    ("cispo", {**REWARDED, "dual_clip": 3.0}, ("dual_clip", "surrogate")),
    ("grpo", {**REWARDED, "surrogate": "cispo"}, ("clip_high", "surrogate")),
    ("orpo", {"curriculum": "reference"}, ("curriculum",)),
    ("kto", {"soft_labels": True}, ("soft_labels",)),
    (
        "kto",
        {"desirable_weight": 0.0, "undesirable_weight": 0.0},
        ("desirable_weight", "undesirable_weight"),
    ),
    ("reward_model", {"cohort_heads": True}, ("cohort_heads", "soft_labels")),
    ("reward_model", {"cohort_shrinkage": 1.0}, ("cohort_shrinkage", "cohort_heads")),
]
ALLOWED = [
    ("dpo", {"loss": "robust", "label_smoothing": 0.1, "ties": "half"}),
    ("dpo", {"loss": "ipo", "soft_labels": True, "log_ratio": "sum", "ld_alpha": 0.5}),
    ("dpo", {"loss": "hinge", "strength_margin": 1.0, "nll_weight": 1.0}),
    ("dpo", {"soft_labels": True, "ties": "drop", "weighting": "agreement"}),
    ("dpo", {"curriculum": "agreement", "vote_prior": 1.0}),
    ("dpo", {"ties": "rao_kupper", "tie_nu": 3.0}),
    ("dpo", {"loss": "exo_pair", "label_smoothing": 1e-3, "soft_labels": True}),
    ("dpo", {"loss": "sppo", "soft_labels": True, "beta": 1e-3}),
    ("dpo", {"loss": "sigmoid_norm", "ties": "davidson", "label_smoothing": 0.0}),
    ("simpo", {"nll_weight": 0.5, "soft_labels": True}),
    ("cpo", {"nll_weight": 0.0, "ties": "half"}),
    ("reward_model", {"ties": "davidson", "n_heads": 4, "cohort_heads": True, "soft_labels": True}),
]


@pytest.mark.parametrize(("method", "settings", "named"), REFUSED)
def test_settings_that_mean_nothing_together_are_refused_by_name(method, settings, named):
    with pytest.raises(ConfigError) as refusal:
        method_config(method, settings)
    for name in named:
        assert name in str(refusal.value)
    assert refusal.value.field in named


@pytest.mark.parametrize(("method", "settings"), ALLOWED)
def test_settings_that_mean_something_together_are_taken(method, settings):
    config = method_config(method, settings)
    for name, value in settings.items():
        assert getattr(config, name) == value


def test_what_ties_come_to_follows_soft_labels():
    assert method_config("dpo", {}).ties_resolved == "drop"
    assert method_config("dpo", {"soft_labels": True}).ties_resolved == "half"
    assert method_config("dpo", {"soft_labels": True, "ties": "drop"}).ties_resolved == "drop"


def test_ipo_and_sigmoid_norm_take_means_unless_it_is_told_otherwise():
    assert method_config("dpo", {"loss": "ipo"}).takes_means
    assert not method_config("dpo", {"loss": "ipo", "log_ratio": "sum"}).takes_means
    assert method_config("dpo", {"loss": "sigmoid_norm"}).takes_means
    assert not method_config("dpo", {}).takes_means
