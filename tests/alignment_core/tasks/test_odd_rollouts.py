"""Runs that learn from samples, where what is sampled is odd: nothing, one prompt, all the same."""

import json
import math

import pytest
import torch

from alignment_core.configs import METHODS
from alignment_core.data.records import write_records
from alignment_core.models.loading import load_policy, load_reward_model, load_tokenizer
from tests.alignment_core.rollout_runs import METHOD_SETTINGS, SAME, rollout_settings
from tests.alignment_core.small_runs import (
    make_record,
    metrics_of,
    train_here,
    write_train_config,
)

CPU = torch.device("cpu")
# As that of models that think: the prompt opens a thought, and history has none.
THINKS = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}"
    "[says]{{ m['content'].split('</think>')[-1] }}{{ eos_token }}"
    "{% else %}[{{ m['role'] }}]{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[says]<think>\n{% endif %}"
)


@pytest.fixture(scope="module")
def one_prompt(tmp_path_factory):
    path = tmp_path_factory.mktemp("one") / "train.jsonl"
    write_records(path, [make_record(0)])
    return path, path


@pytest.fixture(scope="module")
def silent_base(tiny_base, tmp_path_factory):
    """Ends every answer at once: the head knows the last token of a prompt, and nothing else."""
    module, tokenizer = load_policy(tiny_base, device=CPU), load_tokenizer(tiny_base)[0]
    (last,) = {
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=False
        )[-1]
        for text in ("Which?", "It")
    }
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.zero_()
        state = module.model.norm(module.get_input_embeddings().weight[last])
        head = torch.nn.Parameter(torch.zeros_like(module.lm_head.weight))
        head[tokenizer.eos_token_id] = 40 * state / state.norm() ** 2
        module.lm_head.weight = head
        module.config.tie_word_embeddings = False
    path = tmp_path_factory.mktemp("silent") / "base"
    module.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def trained(directory, method, base, files, **settings):
    own = {"n_samples": max(2, METHOD_SETTINGS[method].get("n_samples", 3)), "rewards": [SAME]}
    if method == "ppo":
        own["n_samples"] = 1
    own |= {"n_minibatches": 1, "batch_size": 1, "epochs": 2}
    given = {**rollout_settings(method), **own, **settings}
    return train_here(
        write_train_config(directory / "run", method=method, base=base, data_files=files, **given)
    )


@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_answers_of_nothing_to_one_prompt_are_learnt_from_and_told(
    method, silent_base, one_prompt, tmp_path
):
    """All rewards are the same, and there is one token to whiten or to compare."""
    run = trained(tmp_path, method, silent_base, one_prompt)
    lines = metrics_of(run, "train") + metrics_of(run, "eval")
    odd = {
        name
        for line in lines
        for name, value in line.items()
        if name != "phase" and (value is None or not math.isfinite(value))
    }
    assert odd == ({"loss", "grad_norm"} if method == "online_dpo" else set())  # there is no pair
    assert {line["completions/mean_length"] for line in lines} == {1.0}
    summary = json.loads((run / "summary.json").read_text())
    names = [alarm["name"] for alarm in summary["alarms"]]
    assert names == {"ppo": [], "dapo": ["samples_ran_dry"]}.get(method, ["equal_rewards"])


def test_answers_that_are_all_cut_raise_the_alarm(tiny_base, one_prompt, tmp_path):
    run = trained(tmp_path, "ppo", tiny_base, one_prompt, max_new_tokens=1)
    (alarm,) = json.loads((run / "summary.json").read_text())["alarms"]
    assert (alarm["name"], alarm["figures"]) == ("samples_cut", {"share": 1.0})


@pytest.fixture(scope="module")
def thinking_reward_model(tiny_base, tmp_path_factory):
    path = tmp_path_factory.mktemp("thinking") / "reward"
    load_reward_model(tiny_base, device=CPU, seed=3).save_pretrained(path)
    tokenizer = load_tokenizer(tiny_base)[0]
    tokenizer.chat_template = THINKS
    tokenizer.save_pretrained(path)
    return path


def test_samples_that_leave_a_thought_open_are_rewarded_as_they_stand(
    tiny_base, one_prompt, thinking_reward_model, tmp_path
):
    """A record like that is left out; a sample cut in its thought must not end the run."""
    rewards = [{"kind": "model", "path": str(thinking_reward_model)}]
    run = trained(tmp_path, "rloo", tiny_base, one_prompt, rewards=rewards)
    assert len(metrics_of(run, "train")) == 2
    assert all(line["rewards/model/std"] > 0 for line in metrics_of(run, "train"))


def test_every_method_that_samples_is_tried():
    assert METHOD_SETTINGS.keys() == {
        name for name, method in METHODS.items() if method.learns_from == "rewards"
    }
