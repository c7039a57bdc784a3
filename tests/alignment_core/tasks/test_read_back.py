"""A run whose `final/` does not give what was trained is a failed run."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.errors import TrainingFailed
from alignment_core.models import loading
from alignment_core.tasks import read_back
from alignment_core.tasks.read_back import rows_to_compare
from tests.alignment_core.small_runs import train_here, write_train_config
from tests.alignment_core.tokenizer_families import FAMILIES

LORA = {"lora_rank": 4, "lora_alpha": 16.0, "learning_rate": 1e-2}


@pytest.fixture
def fails(tiny_base, data_files, tmp_path):
    """Train a method, and see the run fail with its checkpoint whole."""

    def train(method, match, **settings):
        directory = write_train_config(
            tmp_path, method=method, base=tiny_base, data_files=data_files, **settings
        )
        with pytest.raises(TrainingFailed, match=match) as failure:
            train_here(directory)
        assert "its last checkpoint is whole" in str(failure.value)
        assert not (directory / "final").exists()
        assert not (directory / "summary.json").exists()
        assert list(directory.glob("checkpoints/step-*/trainer.json"))

    return train


def change_on_disk(monkeypatch, name, change):
    """As if a weight had been written otherwise than it was trained."""
    write = read_back.write_whole

    def write_wrong(module, directory, *rest, **named):
        write(module, directory, *rest, **named)
        path = directory / "model.safetensors"
        weights = load_file(path)
        weights[name] = change(weights[name])
        save_file(weights, path, metadata={"format": "pt"})

    monkeypatch.setattr(read_back, "write_whole", write_wrong)


@pytest.mark.parametrize("settings", [{}, LORA], ids=["whole", "adapters"])
@pytest.mark.parametrize(
    ("method", "name"),
    [("sft", "model.layers.1.mlp.down_proj.weight"), ("reward_model", "score.weight")],
)
def test_a_weight_that_is_written_wrong_fails_the_run(monkeypatch, fails, method, name, settings):
    change_on_disk(monkeypatch, name, torch.neg)
    fails(method, "final/ read back does not give what was trained", **settings)


def test_a_weight_that_is_no_number_fails_the_run(monkeypatch, fails):
    change_on_disk(monkeypatch, "model.norm.weight", lambda weight: weight * float("nan"))
    fails("dpo", "differ by nan")


@pytest.mark.parametrize("method", ["sft", "reward_model"])
def test_an_adapter_that_is_not_merged_fails_the_run(monkeypatch, fails, method):
    monkeypatch.setattr(loading, "merge_adapter", lambda module, directory: module)
    fails(method, "the adapter merged into its base does not give", **LORA)


def test_a_tokenizer_that_is_written_wrong_fails_the_run(monkeypatch, fails, tokenizer):
    load = read_back.load_tokenizer

    def load_wrong(directory):
        tokenizer, is_ours = load(directory)
        tokenizer.chat_template += " "
        return tokenizer, is_ours

    monkeypatch.setattr(read_back, "load_tokenizer", load_wrong)
    fails("sft", "other tokens or another chat template")


@pytest.mark.parametrize("settings", [{}, LORA], ids=["whole", "adapters"])
def test_what_was_written_is_let_go_before_it_is_read(
    monkeypatch, tiny_base, data_files, tmp_path, settings
):
    held, load = [], read_back.load_policy
    release = read_back._release

    def release_and_tell(module):
        release(module)
        held.append(sum(weight.numel() for weight in module.parameters()))

    def load_and_tell(directory, **places):
        held.append("read")
        return load(directory, **places)

    monkeypatch.setattr(read_back, "_release", release_and_tell)
    monkeypatch.setattr(read_back, "load_policy", load_and_tell)
    train_here(
        write_train_config(
            tmp_path, method="sft", base=tiny_base, data_files=data_files, **settings
        )
    )
    assert held == [0, "read"] * (2 if settings else 1)


def test_rows_are_the_beginnings_of_examples_with_or_without_completions():
    long, prompt = list(range(200)), [1, 2, 3]
    rows = rows_to_compare(
        [
            TokenizedExample("a", long, ([7],)),
            TokenizedExample("b", prompt, ()),
            TokenizedExample("c", [1], ()),
            TokenizedExample("d", prompt, ([4], [5, 6])),
        ]
    )
    assert [(row.prompt_ids, row.completions) for row in rows] == [
        ([0], (long[1:64],)),
        ([1], ([2, 3],)),
        ([1], ([2, 3, 4],)),
    ]


@pytest.mark.parametrize("settings", [{}, LORA], ids=["whole", "adapters"])
def test_the_result_names_every_end_for_other_samplers(data_files, tmp_path, settings):
    """A template's end of turn is often another than the tokenizer's end."""
    tokenizer = FAMILIES["bytes, chatml"]()
    tokenizer.save_pretrained(tmp_path / "base")
    ends = ChatEncoder(tokenizer).end_ids
    assert len(ends) == 2
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "base")
    directory = write_train_config(
        tmp_path / "run",
        method="sft",
        base=tmp_path / "base",
        data_files=data_files,
        max_length=256,
        **settings,
    )
    final = train_here(directory) / "final"
    assert GenerationConfig.from_pretrained(final).eos_token_id == sorted(ends)
