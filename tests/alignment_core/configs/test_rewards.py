import json

import pytest

from alignment_core.command_line import parse, write_method_config
from alignment_core.configs import method_config, settings_of
from alignment_core.configs.options import options_of
from alignment_core.configs.rewards import (
    REWARDS,
    LengthReward,
    RegexReward,
    parse_rewards,
    refuse_code,
)
from alignment_core.errors import ConfigError, Refused
from alignment_core.tasks.requests import train_request

RULES = [{"kind": "regex", "pattern": "yes"}, {"kind": "length", "longest": 20, "weight": 0.5}]


@pytest.mark.parametrize("kind", REWARDS)
def test_every_option_of_a_reward_says_what_it_does_and_where_its_default_comes_from(kind):
    for entry in options_of(REWARDS[kind]):
        assert entry.help.endswith("."), entry.name
        assert entry.source, entry.name


def test_rewards_are_read_from_plain_values_or_json_and_written_back_whole():
    rewards = parse_rewards(RULES)
    assert rewards == (
        RegexReward(pattern="yes"),
        LengthReward(longest=20, weight=0.5),
    )
    assert parse_rewards(json.dumps(RULES)) == rewards == parse_rewards(rewards)
    plain = settings_of(method_config("grpo", {"rewards": RULES}))["rewards"]
    assert plain[1] == {"kind": "length", "weight": 0.5, "shortest": 0, "longest": 20}
    assert parse_rewards(json.loads(json.dumps(plain))) == rewards


@pytest.mark.parametrize(
    ("value", "field", "says"),
    [
        ("[", "rewards", "not JSON"),
        ({"kind": "regex"}, "rewards", "a list of objects"),
        (["regex"], "rewards[0]", "object with kind"),
        ([{"kind": "magic"}], "rewards[0].kind", "model, regex, length, words, answer, callable"),
        ([{"kind": "model"}], "rewards[0].path", "needs path"),
        ([*RULES, {"kind": "regex", "pattern": "("}], "rewards[2].pattern", "no regular"),
        ([{"kind": "length", "longest": 0}], "rewards[0].longest", "at least 1"),
        ([{"kind": "length", "shortest": 9, "longest": 3}], "rewards[0].shortest", "at most"),
        ([{"kind": "words", "language": "fr"}], "rewards[0].language", "one of all, en, zh"),
        ([{"kind": "regex", "pattern": "a", "wait": 1}], "rewards[0].wait", "not a setting"),
        ([{"kind": "callable", "function": "os.system"}], "rewards[0].function", "module:function"),
    ],
)
def test_a_reward_that_cannot_be_used_is_refused_by_place_and_field(value, field, says):
    with pytest.raises(ConfigError) as refusal:
        parse_rewards(value)
    assert refusal.value.field == field
    assert says in refusal.value.message


def test_a_run_that_learns_from_rewards_needs_one():
    with pytest.raises(ConfigError, match="at least") as refusal:
        method_config("ppo", {})
    assert refusal.value.field == "rewards"


@pytest.mark.parametrize(
    ("method", "settings", "field"),
    [
        ("grpo", {"max_new_tokens": 1024}, "max_new_tokens"),
        ("grpo", {"n_minibatches": 65}, "n_minibatches"),
        ("grpo", {"n_samples": 1}, "n_samples"),
        ("grpo", {"overlong_buffer": 51.0}, "overlong_buffer"),
        ("grpo", {"overlong_penalty": 2.0}, "overlong_penalty"),
        ("grpo", {"dynamic_threshold": 0.5}, "dynamic_threshold"),
        ("grpo", {"kl_coefficient": 0.0, "kl_estimator": "k2"}, "kl_estimator"),
        ("dr_grpo", {"deviation_epsilon": 0.5}, "deviation_epsilon"),
        ("rloo", {"dual_clip": 0.5}, "dual_clip"),
        ("ppo", {"kl_horizon": 10.0}, "kl_horizon"),
        ("ppo", {"kl_coefficient": 0.0, "kl_target": 6.0}, "kl_target"),
    ],
)
def test_settings_that_cannot_be_or_would_be_ignored_are_refused(method, settings, field):
    with pytest.raises(ConfigError) as refusal:
        method_config(method, {"rewards": RULES, **settings})
    assert refusal.value.field == field


def test_the_overlong_buffer_follows_the_longest_sample():
    def buffer(**settings):
        return method_config("dapo", {"rewards": RULES, **settings}).n_overlong_tokens

    assert buffer() == 51  # a fifth of 256
    assert buffer(max_new_tokens=16) == 3
    assert buffer(max_new_tokens=2) == 1
    assert buffer(max_new_tokens=16, overlong_buffer=1.0) == 16
    assert buffer(overlong_buffer=0.0) == 0


def test_the_command_line_writes_rewards_whole_with_paths_that_hold_anywhere(tmp_path, monkeypatch):
    (tmp_path / "rm").mkdir()
    monkeypatch.chdir(tmp_path)
    rewards = json.dumps([{"kind": "model", "path": "rm"}, {"kind": "callable", "function": "a:b"}])
    flags = ["--model", "base", "--data", "train.jsonl", "--output", "run", "--rewards", rewards]
    run = write_method_config(parse(["grpo", *flags]))
    body = json.loads((run / "config.json").read_text())
    assert body["settings"]["rewards"][0]["path"] == str(tmp_path / "rm")
    assert train_request(body).config.rewards[1].function == "a:b"


def test_code_is_run_only_where_the_command_line_asked_for_it():
    rewards = [{"kind": "callable", "function": "os:getcwd"}]
    with pytest.raises(Refused, match="command line"):
        refuse_code(parse_rewards(rewards))
    body = {
        "method": "grpo",
        "settings": {"rewards": rewards},
        "base": "b",
        "train_data": "t.jsonl",
    }
    with pytest.raises(Refused, match="command line"):
        train_request(body)
    assert train_request({**body, "allow_code": True}).config.rewards == parse_rewards(rewards)
