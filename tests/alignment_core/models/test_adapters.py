"""Low-rank adapters: what they change, what they leave, and what the reference is."""

import json
import shutil

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from alignment_core.configs import DPOConfig, SFTConfig
from alignment_core.errors import ConfigError, LoadingError
from alignment_core.forward.forward import Forward
from alignment_core.models.adapters import (
    adapter_dropout,
    adapters_off,
    trained_weights,
)
from alignment_core.models.loading import load_policy, load_reward_model, load_tokenizer
from alignment_core.models.recomputation import recompute_layers
from alignment_core.rewards.model import ModelScorer
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.models.adapted import CPU, IDS, adapted
from tests.alignment_core.small_runs import metrics_of, train_here, write_train_config

LORA = {"lora_rank": 4, "lora_alpha": 16.0, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def sft_run(tiny_base, data_files, tmp_path_factory):
    """A finished fine-tuning with adapters."""
    return train_here(
        write_train_config(
            tmp_path_factory.mktemp("adapters") / "sft",
            method="sft",
            base=tiny_base,
            data_files=data_files,
            epochs=1,
            **LORA,
        )
    )


def test_fresh_adapters_change_nothing_and_switched_off_they_never_do(tiny_base, policy):
    plain = policy(IDS).logits
    trained = adapted(tiny_base)
    assert torch.equal(trained(IDS).logits, plain)
    for _, weight in trained_weights(trained):
        torch.nn.init.normal_(weight)
    assert not torch.allclose(trained(IDS).logits, plain)
    with adapters_off(trained):
        assert torch.equal(trained(IDS).logits, plain)
    assert not torch.allclose(trained(IDS).logits, plain)


def test_only_adapters_are_trained_and_their_first_draw_is_the_seeds(tiny_base):
    first, again, other = (adapted(tiny_base, seed=seed) for seed in (0, 0, 1))
    names = [name for name, _ in trained_weights(first)]
    assert len(names) == 2 * 2 * 7  # two layers, seven linear layers in each, A and B
    assert all(".lora_" in name for name in names)

    def draws(module):
        return torch.cat([weight.flatten() for _, weight in trained_weights(module)])

    assert torch.equal(draws(first), draws(again))
    assert not torch.equal(draws(first), draws(other))


def test_chosen_layers_alone_get_adapters(tiny_base):
    names = [name for name, _ in trained_weights(adapted(tiny_base, lora_targets="q_proj, v_proj"))]
    assert len(names) == 2 * 2 * 2
    assert all("q_proj" in name or "v_proj" in name for name in names)


def test_layers_that_are_not_there_are_refused_with_those_that_are(tiny_base):
    with pytest.raises(ConfigError, match=r"c_attn.*q_proj") as refused:
        adapted(tiny_base, lora_targets="c_attn")
    assert refused.value.field == "lora_targets"


def test_adapter_settings_without_adapters_are_refused():
    with pytest.raises(ConfigError, match="lora_rank above 0"):
        SFTConfig(lora_dropout=0.1)


def test_quantized_weights_in_shares_are_refused():
    with pytest.raises(ConfigError, match="4 bits cannot be shared") as refused:
        DPOConfig(lora_rank=4, quantization="nf4", sharding="on")
    assert refused.value.field == "sharding"


def test_quantized_weights_need_a_gpu(tiny_base):
    with pytest.raises(ConfigError, match="needs a GPU"):
        load_policy(tiny_base, device=CPU, quantization="nf4")


def test_dropout_of_adapters_follows_from_seed_step_and_update_and_ends_with_it(tiny_base):
    policy = adapted(tiny_base, lora_dropout=0.5)
    for _, weight in trained_weights(policy):
        torch.nn.init.normal_(weight)
    assert torch.equal(policy(IDS).logits, policy(IDS).logits)  # a rollout may come first

    def at(step, update=0):
        with adapter_dropout(policy, seed=3, step=step, update=update):
            return policy(IDS).logits

    assert torch.equal(at(0), at(0))
    assert not torch.equal(at(0), at(1))
    assert not torch.equal(at(0), at(0, update=1))
    assert torch.equal(policy(IDS).logits, policy(IDS).logits)


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # asked by peft
def test_final_is_whole_and_its_adapter_is_peft_s(sft_run, tiny_base):
    final = load_policy(sft_run / "final", device=CPU)
    plain = load_policy(tiny_base, device=CPU)
    by_peft = PeftModel.from_pretrained(plain, sft_run / "final" / "adapter").eval()
    torch.testing.assert_close(final(IDS).logits, by_peft(IDS).logits, rtol=1e-5, atol=1e-5)
    moved = load_file(sft_run / "final" / "model.safetensors")
    before = load_file(tiny_base / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], moved[name])}
    assert changed == {name for name in before if "_proj" in name}


def test_every_weight_of_a_base_with_its_adapter_can_be_trained(sft_run):
    module = load_policy(sft_run / "final" / "adapter", device=CPU)
    assert all(weight.requires_grad for weight in module.parameters())


def test_a_checkpoint_of_adapters_holds_no_other_weights(sft_run):
    names = {path.name for path in saved_steps(sft_run / "checkpoints")[-1].iterdir()}
    assert "adapter_model.safetensors" in names
    assert "model.safetensors" not in names


def test_an_adapter_as_base_is_part_of_the_reference(sft_run, tiny_base, data_files, tmp_path):
    """Its reference is base and adapter together, never the base alone."""

    def run(name, base):
        return train_here(
            write_train_config(
                tmp_path / name, method="dpo", base=base, data_files=data_files, **LORA
            )
        )

    def reference(directory):
        return load_file(directory / "reference.safetensors")["reference/train"]

    over_adapter = run("over_adapter", sft_run / "final" / "adapter")
    over_merged = run("over_merged", sft_run / "final")
    over_base = run("over_base", tiny_base)
    torch.testing.assert_close(reference(over_adapter), reference(over_merged))
    assert (reference(over_adapter) - reference(over_base)).abs().min() > 1e-3
    (gate,) = (
        line for line in metrics_of(over_adapter, "reference") if "gate/max_difference" in line
    )
    assert gate["gate/max_difference"] < 1e-5
    first = metrics_of(over_adapter, "train")[0]
    assert first["loss"] == pytest.approx(0.6931472, abs=1e-6)
    assert metrics_of(over_adapter, "train")[-1]["loss"] < 0.69


def test_a_reward_model_under_adapters_trains_its_head_whole(tiny_base, data_files, tmp_path):
    run = train_here(
        write_train_config(
            tmp_path / "rm", method="reward_model", base=tiny_base, data_files=data_files, **LORA
        )
    )
    fresh = load_reward_model(tiny_base, device=CPU, seed=0)
    final = load_reward_model(run / "final", device=CPU, seed=0)
    assert not torch.equal(final.score.weight, fresh.score.weight)
    adapter = load_file(run / "final" / "adapter" / "adapter_model.safetensors")
    assert torch.equal(adapter["base_model.model.score.weight"], final.score.weight)
    with pytest.raises(LoadingError, match="is a reward model, not a language model"):
        load_policy(run / "final" / "adapter", device=CPU)  # it would write by what scores well
    scorer = ModelScorer(
        str(run / "final" / "adapter"),
        device=CPU,
        forward=lambda module, _made_of: Forward(module),
        token_budget=64,
        longest=64,
    )
    assert torch.equal(scorer.forward.module.score.weight, final.score.weight)


@pytest.mark.parametrize("method", ["sft", "reward_model", "dpo"])
def test_a_run_with_adapters_goes_on_bit_for_bit(method, tiny_base, data_files, tmp_path):
    def run(name, **options):
        return train_here(
            write_train_config(
                tmp_path / name,
                method=method,
                base=tiny_base,
                data_files=data_files,
                epochs=1,
                save_every_seconds=0.0,
                keep_checkpoints=9,
                lora_dropout=0.1,
                **LORA,
                **options,
            )
        )

    undisturbed = run("undisturbed")
    resumed = run("resumed", resume=undisturbed / "checkpoints" / "step-1")
    assert metrics_of(resumed, "train") == metrics_of(undisturbed, "train")
    one, other = (
        (directory / "final" / "model.safetensors").read_bytes()
        for directory in (undisturbed, resumed)
    )
    assert one == other


def test_going_on_over_another_base_is_refused(sft_run, tiny_base, data_files, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tiny_base, other)
    config = json.loads((other / "generation_config.json").read_text())
    (other / "generation_config.json").write_text(json.dumps({**config, "top_k": 3}))
    resume = saved_steps(sft_run / "checkpoints")[-1]
    directory = write_train_config(
        tmp_path / "run",
        method="sft",
        base=other,
        data_files=data_files,
        resume=resume,
        epochs=1,
        **LORA,
    )
    with pytest.raises(LoadingError, match="another base"):
        train_here(directory)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peft_type": "IA3"}, "only LORA"),
        ({"base_model_name_or_path": None}, "which base"),
        ({"r": 8}, "size mismatch"),
    ],
)
def test_an_adapter_that_cannot_be_merged_is_refused(changes, message, sft_run, tmp_path):
    broken = tmp_path / "adapter"
    shutil.copytree(sft_run / "final" / "adapter", broken)
    config = json.loads((broken / "adapter_config.json").read_text())
    (broken / "adapter_config.json").write_text(json.dumps({**config, **changes}))
    with pytest.raises(LoadingError, match=message):
        load_policy(broken, device=CPU)


def test_an_adapter_without_a_tokenizer_has_that_of_its_base(sft_run, tiny_base):
    tokenizer, _ = load_tokenizer(sft_run / "final" / "adapter")
    assert tokenizer.get_vocab() == load_tokenizer(tiny_base)[0].get_vocab()


def test_a_model_without_layers_to_recompute_is_refused():
    with pytest.raises(ConfigError, match="no layer of a Linear"):
        recompute_layers(torch.nn.Linear(2, 2))


def test_recomputed_layers_keep_less_and_give_the_same_gradient(tiny_base):
    def gradient_and_kept(*, is_recomputed):
        policy = load_policy(tiny_base, device=CPU)
        if is_recomputed:
            recompute_layers(policy)
        n_kept = 0

        def count(tensor):
            nonlocal n_kept
            n_kept += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            loss = policy(IDS).logits.square().mean()
        loss.backward()
        return torch.cat([weight.grad.flatten() for weight in policy.parameters()]), n_kept

    plain, n_plain = gradient_and_kept(is_recomputed=False)
    recomputed, n_recomputed = gradient_and_kept(is_recomputed=True)
    assert torch.equal(recomputed, plain)
    assert n_recomputed < n_plain / 2
