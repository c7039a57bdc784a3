import dataclasses

import pytest

from alignment_core.configs import METHODS, DPOConfig, SampleConfig, method_config
from alignment_core.configs.options import options_of
from alignment_core.errors import ConfigError, as_written


@pytest.mark.parametrize("method", METHODS)
def test_every_option_says_what_it_does_and_where_its_default_comes_from(method):
    for entry in options_of(METHODS[method].config):
        assert entry.help.endswith("."), entry.name
        assert entry.source, entry.name
        assert entry.checked(entry.default) == entry.default


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("beta", 0),
        ("beta", -0.1),
        ("beta", float("nan")),
        ("beta", 10**400),
        ("epochs", 10**400),
        ("beta", True),
        ("beta", "0.1"),
        ("epochs", 1.5),
        ("epochs", 0),
        ("label_smoothing", 0.5),
        ("soft_labels", 1),
        ("dtype", "float8"),
        ("learning_rate", float("inf")),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name_and_value(field, value):
    with pytest.raises(ConfigError) as refusal:
        method_config("dpo", {field: value})
    assert refusal.value.field == field
    assert as_written(value) in str(refusal.value)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="betta is not a setting") as refusal:
        method_config("dpo", {"betta": 0.1})
    assert refusal.value.field == "betta"


def test_an_unknown_method_is_refused():
    with pytest.raises(ConfigError, match="sft, reward_model, dpo"):
        method_config("magic", {})


def test_a_whole_number_will_do_where_a_fraction_may_stand():
    beta = method_config("dpo", {"beta": 1}).beta
    assert beta == 1.0
    assert type(beta) is float


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DPOConfig().beta = 1.0


def test_greedy_sampling_gives_one_sample_only():
    with pytest.raises(ConfigError, match="temperature 0"):
        SampleConfig(temperature=0.0, n_samples=2)
    assert SampleConfig(temperature=0.0, n_samples=1).temperature == 0.0
