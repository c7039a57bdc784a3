"""`final/` in the words of version 5 of `transformers` and of the one before it."""

import json
import os
import shutil
import subprocess

import pytest
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from alignment_core.models.loading import load_config, load_policy, load_tokenizer
from alignment_core.models.older_readers import (
    write_config_for_older_readers,
    write_tokenizer_for_older_readers,
)
from tests.alignment_core.small_runs import train_here, write_train_config
from tests.alignment_core.tokenizer_families import FAMILIES

CPU = torch.device("cpu")
OLDER = os.environ.get("ACCORD_OLDER_PYTHON")  # of an environment with transformers 4.56
SIZES = {
    "vocab_size": 331,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "initializer_range": 0.3,  # so that a wrong position shows
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
BY_KIND = {
    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
    "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
}
CASES = {
    "llama, 500000": ("Llama", {"rope_theta": 5e5, "rope_type": "default"}, {"rope_theta": 5e5}),
    "llama 3": ("Llama", LLAMA3, {"rope_theta": 5e5}),
    "qwen 3, linear": (
        "Qwen3",
        {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e6},
        {"rope_theta": 1e6, "rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    ),
    "gemma 3": (
        "Gemma3Text",
        BY_KIND,
        {
            "rope_theta": 1e6,
            "rope_local_base_freq": 1e4,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0},
        },
    ),
    "phi, part of each head": (
        "Phi",
        {"rope_type": "default", "rope_theta": 2e4, "partial_rotary_factor": 0.5},
        {"rope_theta": 2e4, "partial_rotary_factor": 0.5},
    ),
}


@pytest.fixture
def checkpoint(tmp_path, tiny_base):
    def make(name):
        kind, rope, _ = CASES[name]
        config = getattr(transformers, f"{kind}Config")(**SIZES, rope_parameters=rope)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "model")
        load_tokenizer(tiny_base)[0].save_pretrained(tmp_path / "model")
        return tmp_path / "model"

    return make


@pytest.mark.parametrize("name", CASES)
def test_rotary_positions_stand_in_both_words_and_mean_the_same(checkpoint, name):
    directory = checkpoint(name)
    before = load_config(directory).to_dict()
    write_config_for_older_readers(directory)
    body = json.loads((directory / "config.json").read_text())
    assert body["rope_parameters"] == before["rope_parameters"]
    for key, value in CASES[name][2].items():
        found = body[key]
        assert found == value or {k: found[k] for k in value} == value
    assert load_config(directory).to_dict() == before


@pytest.mark.parametrize("name", FAMILIES)
def test_a_tokenizer_stands_in_words_that_both_know(tiny_base, tmp_path, name):
    tokenizer, directory = FAMILIES[name](), shutil.copytree(tiny_base, tmp_path / "base")
    tokenizer.save_pretrained(directory)
    write_tokenizer_for_older_readers(directory)
    body = json.loads((directory / "tokenizer_config.json").read_text())
    assert body["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert not isinstance(body.get("extra_special_tokens"), list)
    again = transformers.AutoTokenizer.from_pretrained(directory)
    assert again.all_special_ids == tokenizer.all_special_ids
    assert again("It is red.")["input_ids"] == tokenizer("It is red.")["input_ids"]


@pytest.mark.parametrize("lora_rank", [0, 2])
@pytest.mark.parametrize("name", ["llama, 500000", "gemma 3"])
def test_a_run_writes_both(checkpoint, data_files, tmp_path, name, lora_rank):
    directory = write_train_config(
        tmp_path / "run",
        method="sft",
        base=checkpoint(name),
        data_files=data_files,
        lora_rank=lora_rank,
    )
    final = train_here(directory) / "final"
    body = json.loads((final / "config.json").read_text())
    assert body["rope_theta"] == CASES[name][2]["rope_theta"]
    words = json.loads((final / "tokenizer_config.json").read_text())
    assert words["tokenizer_class"] == "PreTrainedTokenizerFast"


READ = """
import sys, torch, transformers
from transformers import AutoModelForCausalLM, AutoTokenizer
assert transformers.__version__.startswith("4."), transformers.__version__
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
ids = tokenizer.apply_chat_template(
    [{"role": "user", "content": "Which colour is thing 3? " * 3}], add_generation_prompt=True
)
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits[0]
torch.save({"ids": ids, "logits": logits}, sys.argv[2])
"""


@pytest.mark.skipif(OLDER is None, reason="ACCORD_OLDER_PYTHON names no older transformers")
@pytest.mark.parametrize("name", CASES)
def test_an_older_reader_gives_the_same(checkpoint, data_files, tmp_path, name):
    base = checkpoint(name)
    directory = write_train_config(
        tmp_path / "run", method="sft", base=base, data_files=data_files, final_dtype="bfloat16"
    )
    final = train_here(directory) / "final"
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    subprocess.run(
        [OLDER, "-c", READ, final, tmp_path / "out.pt"],
        check=True,
        env={**environment, "HF_HUB_OFFLINE": "1"},
    )
    found = torch.load(tmp_path / "out.pt", weights_only=True)
    policy = load_policy(final, device=CPU)
    with torch.no_grad():
        expected = policy(torch.tensor([found["ids"]])).logits[0]
    torch.testing.assert_close(found["logits"], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("stored", "wanted", "written"),
    [
        ("bfloat16", "base", "bfloat16"),
        ("float32", "base", "float32"),
        ("bfloat16", "float32", "float32"),
        ("float32", "float16", "float16"),
    ],
)
def test_the_result_has_the_precision_of_the_base_or_the_one_asked_for(
    tiny_base, data_files, tmp_path, stored, wanted, written
):
    base = shutil.copytree(tiny_base, tmp_path / "base")
    load_policy(tiny_base, device=CPU).to(getattr(torch, stored)).save_pretrained(base)
    directory = write_train_config(
        tmp_path / "run",
        method="reward_model" if wanted == "float16" else "sft",
        base=base,
        data_files=data_files,
        final_dtype=wanted,
        lora_rank=2 if stored == "float32" else 0,
    )
    final = train_here(directory) / "final"
    weights = load_file(final / "model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {f"torch.{written}"}
    assert json.loads((final / "config.json").read_text())["dtype"] == written
