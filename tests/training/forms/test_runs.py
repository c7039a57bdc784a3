"""The form of a run: every method, every setting, every reward."""

import re

import pytest

from alignment_core.configs import METHODS, SampleConfig
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.options import options_of
from alignment_core.configs.rewards import REWARDS
from tests.training.conftest import freeze
from training.errors import RunRefused
from training.execution.attempt_directory import AttemptDirectory
from training.forms.option_groups import FIRST_OPTIONS, grouped
from training.forms.options import UNNAMED_SOURCES
from training.forms.rewards import RULES
from training.forms.runs import RunForm
from training.models import Run
from training.runs.claimed import claim_run
from training.runs.queue import queue_run
from training.runs.reward_models import reference_to
from training.words.methods import METHOD_CHOICES, METHODS_IN_WORDS, method_groups
from training.words.options_of_all import words_of
from training.words.options_of_rollouts import REWARD_OPTION_WORDS, REWARD_WORDS
from training.words.sources import SOURCES

ROLLOUTS = [name for name, method in METHODS.items() if method.learns_from == "rewards"]


def untouched(form: RunForm, **changes: object) -> dict[str, object]:
    """What a browser sends when a person changes nothing but these."""
    sent = {name: bound.initial for name, bound in form.fields.items()}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    return {**sent, **changes}


def test_the_library_and_the_form_know_the_same_methods():
    assert set(Run._meta.get_field("method").choices) == set(METHOD_CHOICES)
    assert set(METHODS) == set(METHODS_IN_WORDS) == {name for name, _title in METHOD_CHOICES}
    grouped_names = [name for _source, methods in method_groups() for name, _title in methods]
    assert sorted(grouped_names) == sorted(METHODS)


@pytest.mark.parametrize("method", [*METHODS, ""])
def test_every_setting_has_words_and_a_place(method):
    config = METHODS[method].config if method else SampleConfig
    names = [entry.name for entry in options_of(config) if entry.parse is None]
    assert [name for name in names if words_of(name, method=method) is None] == []
    placed = [name for _title, members in grouped(names) for name in members]
    placed += [name for name in FIRST_OPTIONS if name in names]
    assert sorted(placed) == sorted(names)
    assert "Other" not in [title for title, _members in grouped(names)]


def test_every_source_of_a_default_that_has_words_is_listed_for_translation():
    of_methods = [method.config for method in METHODS.values()]
    configs = [*of_methods, SampleConfig, EvaluateConfig, *(REWARDS[kind] for kind in RULES)]
    sources = {entry.source for config in configs for entry in options_of(config)}
    shown = [source for source in sources if not source.startswith(UNNAMED_SOURCES)]
    with_words = {source for source in shown if re.search(r"\b(?!et\b|al\b)[a-z]{2,}", source)}
    assert with_words <= set(SOURCES)


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_has_words(kind):
    assert kind in REWARD_WORDS
    for entry in options_of(REWARDS[kind]):
        assert (kind, entry.name) in REWARD_OPTION_WORDS


@pytest.mark.django_db
def test_the_form_of_each_method_that_nobody_touched_queues_its_defaults(judged_project, tiny_base):
    snapshot, start = freeze(judged_project(6)), f"checkpoint:{tiny_base.public_id}"
    for method, config in ((name, method.config) for name, method in METHODS.items()):
        changes = {"snapshot": snapshot.public_id, "start": start, "max_length": 128}
        if method in ROLLOUTS:
            changes |= {"max_new_tokens": 16, "reward_length": "on"}
        form = RunForm(untouched(RunForm(method=method), **changes), method=method)
        assert form.is_valid(), (method, form.errors)
        run = queue_run(**form.request())
        options = [entry for entry in options_of(config) if entry.parse is None]
        expected = {entry.name: entry.default for entry in options}
        expected |= {name: changes[name] for name in expected.keys() & changes.keys()}
        assert {name: run.settings[name] for name in expected} == expected, method


@pytest.mark.django_db
def test_rewards_of_the_form_are_stored_by_checkpoint_and_reach_the_child_as_a_directory(
    judged_project, tiny_base, reward_model, settings
):
    chosen = {
        "snapshot": freeze(judged_project(6)).public_id,
        "start": f"checkpoint:{tiny_base.public_id}",
        "max_length": 128,
        "max_new_tokens": 16,
        "reward_model": reward_model.public_id,
        "reward_model_weight": "2",
        "reward_regex": "on",
        "reward_regex_pattern": "please",
        "reward_regex_weight": "-0.5",
    }
    form = RunForm(untouched(RunForm(method="grpo"), **chosen), method="grpo")
    assert form.is_valid(), form.errors
    run = queue_run(**form.request())
    pattern = {"kind": "regex", "pattern": "please", "weight": -0.5}
    model = {"kind": "model", "path": reference_to(reward_model), "weight": 2.0}
    assert run.settings["rewards"] == [model, pattern]
    assert list(run.reward_models.all()) == [reward_model]

    attempt = AttemptDirectory(claim_run(run_id=run.public_id, worker="here"))
    attempt.prepare()
    given = attempt.read_json("config.json")["settings"]["rewards"]
    assert given[0]["path"].endswith(reward_model.folder)
    assert given[1] == pattern


@pytest.mark.django_db
def test_a_method_without_a_reward_says_so_at_its_field(judged_project, tiny_base):
    chosen = {
        "snapshot": freeze(judged_project(6)).public_id,
        "start": f"checkpoint:{tiny_base.public_id}",
    }
    form = RunForm(untouched(RunForm(method="ppo"), **chosen), method="ppo")
    assert not form.is_valid()
    assert form.errors == {"reward_model": ["Choose a reward model, or a rule."]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "reward",
    [
        {"kind": "callable", "function": "os:getcwd"},
        {"kind": "model", "path": "/etc"},
        {"kind": "model", "path": "owner/name"},
        {"kind": "model", "path": "checkpoint:0"},
        {"kind": "model", "path": "checkpoint:9b2f6f0e-52b5-4a5e-8c1e-2c4f5f0e9d11"},
        {"kind": "unknown"},
    ],
)
def test_no_path_and_no_code_comes_in_from_outside(queued_run, reward):
    before = Run.objects.count()
    with pytest.raises(RunRefused) as refused:
        queued_run("grpo", max_new_tokens=16, rewards=[reward])
    assert refused.value.field.startswith("rewards")
    assert Run.objects.count() == before


@pytest.mark.django_db
def test_a_policy_is_no_reward_model(queued_run, tiny_base):
    with pytest.raises(RunRefused):
        rewards = [{"kind": "model", "path": reference_to(tiny_base)}]
        queued_run("grpo", max_new_tokens=16, rewards=rewards)
