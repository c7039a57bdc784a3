"""Frozen weights in half precision: half the memory, the same bits, and float32 in what is left."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from alignment_core.configs import DPOConfig
from alignment_core.forward.forward import Forward
from alignment_core.models.adapters import add_adapters, trained_weights
from alignment_core.models.half_weights import dtype_of_passes, halve_frozen_weights
from alignment_core.models.loading import load_policy, load_reward_model
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config
from tests.alignment_core.tiny_models import FAMILIES, make_examples, make_model

CPU = torch.device("cpu")
LORA = {"lora_rank": 4, "lora_alpha": 16.0, "learning_rate": 1e-2, "dtype": "bfloat16"}


def adapted(family, *, is_halved, **changes):
    """A float32 model under adapters that have moved, its frozen weights halved or not."""
    module = make_model(family, **changes).float()
    add_adapters(module, DPOConfig(lora_rank=2), base="somewhere")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for _, weight in trained_weights(module):
            weight.normal_(0.0, 0.1, generator=generator)
    if is_halved:
        halve_frozen_weights(module)
    return module


@pytest.mark.parametrize("is_tied", [False, True])
@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "mamba"])
@pytest.mark.filterwarnings("ignore:fan_in_fan_out is set to False:UserWarning")  # told by peft
def test_halved_weights_give_the_same_log_probs_and_gradients_bit_for_bit(family, is_tied):
    found = []
    for is_halved in (False, True):
        module = adapted(family, is_halved=is_halved, tie_word_embeddings=is_tied)
        assert dtype_of_passes(module) == ("bfloat16" if is_halved else "float32")
        scores = Forward(module, dtype="bfloat16").completions(make_examples())
        scores.log_prob.sum().backward()
        gradients = [weight.grad.flatten() for _, weight in trained_weights(module)]
        found.append((scores.log_prob.detach(), torch.cat(gradients)))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_what_is_computed_in_float32_stays_in_float32(tiny_base):
    policy = adapted("llama", is_halved=True)
    kept = {name for name, weight in policy.named_parameters() if weight.dtype == torch.float32}
    assert {name for name, _ in trained_weights(policy)} < kept
    assert policy.get_input_embeddings().weight.dtype == torch.float32
    assert policy.model.norm.weight.dtype == torch.float32
    assert policy.lm_head.weight.dtype == torch.bfloat16
    reward_model = load_reward_model(tiny_base, device=CPU, seed=0).requires_grad_(False)
    halve_frozen_weights(reward_model)
    assert reward_model.score.weight.dtype == torch.float32
    tied = adapted("llama", is_halved=True, tie_word_embeddings=True)
    assert tied.lm_head.weight is tied.get_input_embeddings().weight
    assert tied.lm_head.weight.dtype == torch.float32
    trained = make_model("llama").float()
    halve_frozen_weights(trained)
    assert {weight.dtype for weight in trained.parameters()} == {torch.float32}


def test_a_reward_model_that_is_only_asked_gives_the_same_scores(tiny_base):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=0).requires_grad_(False)
    forward = Forward(reward_model, dtype="bfloat16")
    before = forward.scores(make_examples())
    halve_frozen_weights(reward_model)
    assert dtype_of_passes(reward_model) == "bfloat16"
    assert torch.equal(forward.scores(make_examples()), before)


@pytest.fixture
def run(tiny_base, data_files, tmp_path):
    def train(name, method="dpo", **settings):
        return train_here(
            write_train_config(
                tmp_path / name,
                method=method,
                base=tiny_base,
                data_files=data_files,
                save_every_seconds=0.0,
                keep_checkpoints=9,
                **{**LORA, **settings},
            )
        )

    return train


@pytest.mark.parametrize("method", ["dpo", "reward_model"])
def test_a_run_over_halved_weights_ends_in_the_bits_of_one_over_whole_ones(
    method, run, monkeypatch
):
    halved = run("halved", method)
    resumed = run("resumed", method, resume=halved / "checkpoints" / "step-1")
    monkeypatch.setattr("alignment_core.trainers.modules.halve_frozen_weights", lambda module: None)
    whole = run("whole", method)
    adapters, finals = (
        [(one / "final" / name).read_bytes() for one in (halved, resumed, whole)]
        for name in ("adapter/adapter_model.safetensors", "model.safetensors")
    )
    assert adapters[0] == adapters[1] == adapters[2]
    assert finals[0] == finals[1] == finals[2]
    assert metrics_of(halved, "train") == metrics_of(whole, "train")
    if method == "dpo":
        references = [load_file(one / "reference.safetensors") for one in (halved, whole)]
        assert torch.equal(*(tensors["reference/train"] for tensors in references))


def test_the_adapter_of_halved_weights_is_merged_into_whole_ones(run, tiny_base):
    directory = run("run", lora_targets="q_proj", lora_alpha=8.0)
    before = load_file(tiny_base / "model.safetensors")
    after = load_file(directory / "final" / "model.safetensors")
    adapter = load_file(directory / "final" / "adapter" / "adapter_model.safetensors")
    for name, weight in before.items():
        assert after[name].dtype == weight.dtype == torch.float32
        layer = "base_model.model." + name.removesuffix(".weight")
        if name.endswith("q_proj.weight"):
            low, high = (adapter[f"{layer}.lora_{side}.weight"] for side in "AB")
            assert low.dtype == torch.float32
            weight = weight + 8.0 / 4 * high @ low
        torch.testing.assert_close(after[name], weight)


def test_the_plan_counts_halved_weights_by_half(run, tiny_base):
    plans = {
        dtype: json.loads((run(dtype, dtype=dtype) / "plan.json").read_text())["memory"]
        for dtype in ("float32", "bfloat16")
    }
    policy = load_policy(tiny_base, device=CPU)
    n_linear = sum(
        layer.weight.numel() for layer in policy.modules() if isinstance(layer, nn.Linear)
    )
    saved = plans["float32"]["total_mib"] - plans["bfloat16"]["total_mib"]
    assert saved == pytest.approx(2 * n_linear / 2**20, abs=0.15)
    sizes = plans["bfloat16"]["models"]["policy"]
    assert sizes["gradients_mib"] == sizes["trained_mib"]
    assert sizes["optimizer_mib"] == pytest.approx(2 * sizes["trained_mib"], abs=0.11)
