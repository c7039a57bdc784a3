"""Reward models over types that `transformers` has no classifier for, read back by both."""

import pytest
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM

from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import (
    load_encoder,
    load_policy,
    load_reward_model,
    load_tokenizer,
)
from tests.alignment_core.rollout_runs import LETTERS, objective_of, rollout_settings
from tests.alignment_core.small_runs import train_here, write_train_config

CPU = torch.device("cpu")
SIZES = {
    "vocab_size": 340,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
NARROW = {"vocab_size": 340, "hidden_size": 32, "pad_token_id": 0, "eos_token_id": 1}
EXPERTS = {"num_local_experts": 2, "intermediate_size_mlp": 48, "interleave_moe_layer_step": 2}
VISION = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}


def dense(name, **own):
    return lambda: getattr(transformers, f"{name}Config")(**SIZES, **own)


TYPES = {
    "cohere": dense("Cohere"),
    "granite": dense("Granite"),
    "llama4": lambda: transformers.Llama4Config(  # reads images too; its language model is scored
        text_config={**SIZES, **EXPERTS, "attn_scale": 0.1},
        vision_config={**VISION, "vision_output_dim": 16, "projector_input_dim": 16},
    ),
    "lfm2": dense("Lfm2", layer_types=["conv", "full_attention"]),
    # Types that know no attention but their own: no sdpa, or none at all.
    "mamba": lambda: transformers.MambaConfig(**NARROW, num_hidden_layers=2, state_size=4),
    "falcon_mamba": lambda: transformers.FalconMambaConfig(
        **NARROW, num_hidden_layers=2, state_size=4
    ),
    "bloom": lambda: transformers.BloomConfig(**NARROW, n_layer=2, n_head=4),
}


@pytest.fixture(scope="module")
def base_of(tiny_base, tmp_path_factory):
    """A random base of a type, with the tiny tokenizer."""

    def make(name):
        directory = tmp_path_factory.mktemp("bases") / name
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            AutoModelForCausalLM.from_config(TYPES[name]()).save_pretrained(directory)
        load_tokenizer(tiny_base)[0].save_pretrained(directory)
        return directory

    return make


def ids_of(encoder):
    ask = [{"role": "user", "content": "Which colour is thing 3?"}]
    prompt_ids = encoder.prompt_ids(ask)
    return TokenizedExample(
        "", prompt_ids, (encoder.completion_ids(ask, "It is red.", prompt_ids=prompt_ids)[0],)
    )


@torch.no_grad()
@pytest.mark.parametrize("name", TYPES)
def test_a_score_lies_over_what_the_head_of_the_language_model_reads(base_of, name):
    base = base_of(name)
    policy, reward_model = (
        load_policy(base, device=CPU),
        load_reward_model(base, device=CPU, seed=0),
    )
    example = ids_of(load_encoder(base))
    ids = torch.tensor([example.prompt_ids + example.completions[0]])
    seen = []
    policy.get_output_embeddings().register_forward_pre_hook(lambda _, i: seen.append(i[0]))
    policy(input_ids=ids)
    expected = seen[0][0, -1] @ reward_model.score.weight[0]
    padded = torch.cat([ids, torch.zeros_like(ids[:, :3])], dim=1)
    mask = (torch.arange(padded.shape[1]) < ids.shape[1]).long()[None]
    torch.testing.assert_close(Forward(reward_model).scores([example])[0], expected)
    torch.testing.assert_close(
        reward_model(input_ids=padded, attention_mask=mask).logits[0, 0], expected
    )
    assert reward_model.get_output_embeddings() is None
    assert not [name for name in reward_model.state_dict() if "lm_head" in name]


LORA = {"lora_rank": 2, "lora_alpha": 64}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cohere", {}),
        ("lfm2", LORA),
        pytest.param("mamba", {}, marks=pytest.mark.slow),
        pytest.param("bloom", {}, marks=pytest.mark.slow),
        pytest.param("falcon_mamba", {}, marks=pytest.mark.slow),
        pytest.param("cohere", LORA, marks=pytest.mark.slow),
        pytest.param("granite", {}, marks=pytest.mark.slow),
        pytest.param("lfm2", {}, marks=pytest.mark.slow),
        pytest.param("llama4", {}, marks=pytest.mark.slow),
        pytest.param("llama4", LORA, marks=pytest.mark.slow),  # its router is no plain layer
    ],
)
def test_what_is_trained_is_read_back_by_both(base_of, data_files, tmp_path, name, settings):
    directory = write_train_config(
        tmp_path,
        method="reward_model",
        base=base_of(name),
        data_files=data_files,
        learning_rate=1e-2,
        **settings,
    )
    final = train_here(directory) / "final"
    ours = load_reward_model(final, device=CPU, seed=0)
    with pytest.raises(LoadingError, match="is a reward model"):
        load_policy(final, device=CPU)
    weights = load_file(final / "model.safetensors")
    fresh = load_reward_model(base_of(name), device=CPU, seed=0)
    assert torch.equal(ours.score.weight, weights["score.weight"])
    assert not torch.equal(ours.score.weight, fresh.score.weight)
    backbone, report = AutoModel.from_pretrained(final, output_loading_info=True)
    assert not report["missing_keys"]
    example = ids_of(load_encoder(final))
    ids = torch.tensor([example.prompt_ids + example.completions[0]])
    with torch.no_grad():
        hidden = backbone.eval()(input_ids=ids).last_hidden_state[0, -1]
        score = Forward(ours).scores([example])[0]
    torch.testing.assert_close(hidden @ weights["score.weight"][0], score)


def test_values_and_rewards_lie_over_such_a_backbone(base_of, data_files, tmp_path):
    base = base_of("cohere")
    reward = tmp_path / "reward"
    load_reward_model(base, device=CPU, seed=7).save_pretrained(reward)
    load_tokenizer(base)[0].save_pretrained(reward)
    rewards = [LETTERS, {"kind": "model", "path": str(reward)}]
    directory = write_train_config(
        tmp_path / "run",
        method="ppo",
        base=base,
        data_files=data_files,
        **rollout_settings("ppo", rewards=rewards),
    )
    objective = objective_of(directory)
    expected = load_reward_model(reward, device=CPU, seed=0)
    torch.testing.assert_close(objective.value_model.score.weight, expected.score.weight)
    train_here(directory)
