"""A method is registered once, and what the register says of it is there."""

import pkgutil

import pytest

from alignment_core.configs import METHODS, RolloutConfig, method_config, method_named
from alignment_core.errors import ConfigError


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_objective_of_a_method_imports_and_has_what_the_loop_asks_for(method):
    objective = pkgutil.resolve_name(method.objective)
    for stage in ("prepare", "measure", "curriculum", "checkpoint_tensors", "scored_pairs"):
        assert callable(getattr(objective, stage)), stage


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_method_that_learns_from_rewards_has_some_and_reads_no_side(method):
    learns_from_rewards = method.learns_from == "rewards"
    assert issubclass(method.config, RolloutConfig) == learns_from_rewards
    assert (method.sides == ()) == learns_from_rewards


def test_a_method_that_nobody_has_registered_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="method must be one of sft, reward_model, dpo"):
        method_named("unheard_of")
    with pytest.raises(ConfigError, match="online_dpo"):
        method_config("unheard_of", {})
