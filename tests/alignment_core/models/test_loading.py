import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import FalconConfig, FalconForCausalLM

from alignment_core.errors import LoadingError
from alignment_core.models.loading import (
    check_fits,
    load_config,
    load_policy,
    load_reward_model,
    load_tokenizer,
    resolve_base,
)

CPU = torch.device("cpu")


@pytest.fixture
def copy_of_base(tiny_base, tmp_path):
    return shutil.copytree(tiny_base, tmp_path / "copy")


def test_a_tiny_checkpoint_loads_and_reads_any_text(tiny_base, tokenizer):
    policy = load_policy(tiny_base, device=CPU)
    text = "Ünïcödé 汉字 \U0001f600"
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert policy(input_ids=torch.tensor([ids])).logits.isfinite().all()
    assert not policy.training  # dropout is off
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


def test_a_missing_directory_is_refused(tmp_path):
    with pytest.raises(LoadingError, match="no checkpoint directory at"):
        resolve_base(str(tmp_path / "nothing"))


def test_a_hub_id_without_the_network_is_refused_in_one_sentence():
    with pytest.raises(LoadingError, match="cannot get nobody/nothing from the Hugging Face hub"):
        resolve_base("nobody/nothing")


def test_pickled_weights_are_refused(copy_of_base):
    (copy_of_base / "model.safetensors").rename(copy_of_base / "pytorch_model.bin")
    with pytest.raises(LoadingError, match="only as pickle files"):
        load_policy(copy_of_base, device=CPU)


def test_a_directory_without_weights_is_refused(copy_of_base):
    (copy_of_base / "model.safetensors").unlink()
    with pytest.raises(LoadingError, match="holds no safetensors weights"):
        load_policy(copy_of_base, device=CPU)


def test_weights_that_are_missing_are_not_made_up(copy_of_base):
    weights = load_file(copy_of_base / "model.safetensors")
    weights.pop("model.norm.weight")
    save_file(weights, copy_of_base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(LoadingError, match=r"lacks 1 of the weights .* model\.norm\.weight"):
        load_policy(copy_of_base, device=CPU)


def test_damaged_weights_are_refused(copy_of_base):
    (copy_of_base / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(LoadingError, match="cannot load the weights of"):
        load_policy(copy_of_base, device=CPU)


def test_a_checkpoint_that_brings_code_is_refused(copy_of_base):
    config = json.loads((copy_of_base / "config.json").read_text())
    config |= {"model_type": "made_up", "auto_map": {"AutoModelForCausalLM": "code.Model"}}
    (copy_of_base / "config.json").write_text(json.dumps(config))
    (copy_of_base / "code.py").write_text("raise SystemExit('code of a checkpoint ran')")
    with pytest.raises(LoadingError, match="cannot load the config of"):
        load_policy(copy_of_base, device=CPU)


def test_a_sequence_longer_than_the_context_is_refused(tiny_base):
    with pytest.raises(LoadingError, match="129 is longer than the model's context of 128") as e:
        check_fits(load_config(tiny_base), max_length=129)
    assert e.value.field == "max_length"


def test_a_base_without_a_chat_template_gets_ours(copy_of_base):
    (copy_of_base / "chat_template.jinja").unlink()
    tokenizer, is_ours = load_tokenizer(copy_of_base)
    assert is_ours
    assert "<|assistant|>" in tokenizer.chat_template


def test_a_fresh_reward_head_follows_the_seed_and_is_small(tiny_base):
    heads = [load_reward_model(tiny_base, device=CPU, seed=seed).score.weight for seed in (0, 0, 1)]
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    assert heads[0].std() < 3 / 33  # drawn with standard deviation 1 / (32 + 1)


def test_a_reward_model_is_no_policy(tiny_base, tokenizer, tmp_path):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=0)
    reward_model.save_pretrained(tmp_path / "rm")
    tokenizer.save_pretrained(tmp_path / "rm")
    with pytest.raises(LoadingError, match="is a reward model, not a language model"):
        load_policy(tmp_path / "rm", device=CPU)
    again = load_reward_model(tmp_path / "rm", device=CPU, seed=5)
    assert torch.equal(again.score.weight, reward_model.score.weight)


def test_a_model_that_cannot_be_held_against_eager_attention_is_loaded_with_it(tmp_path):
    config = FalconConfig(
        vocab_size=97, hidden_size=16, num_hidden_layers=1, num_attention_heads=4, alibi=True
    )
    FalconForCausalLM(config).save_pretrained(tmp_path)
    policy, ids = load_policy(tmp_path, device=CPU), torch.arange(5, 25)[None]
    eager = FalconForCausalLM.from_pretrained(tmp_path, attn_implementation="eager").eval()
    with torch.no_grad():
        torch.testing.assert_close(policy(ids).logits, eager(ids).logits)
