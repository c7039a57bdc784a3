"""Plain `transformers` finds the last token of a reward model's rows by their padding."""

import json

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, LlamaConfig, LlamaModel

from alignment_core.data.chat_template import ensure_chat_template
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.models.loading import load_encoder
from alignment_core.models.padding import ensure_padding
from tests.alignment_core.small_runs import train_here, write_train_config
from tests.alignment_core.tokenizer_families import FAMILIES

TEXTS = [f"It is {colour}, I am sure." for colour in ("red", "blue, or nearly blue", "grey")]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_padding_is_never_what_ends_a_text(name, tmp_path):
    tokenizer = FAMILIES[name]()
    ensure_chat_template(tokenizer)
    encoder = ChatEncoder(tokenizer)
    ensure_padding(tokenizer, end_ids=encoder.end_ids, n_embeddings=len(tokenizer))
    assert tokenizer.pad_token_id is not None
    assert tokenizer.pad_token_id not in encoder.end_ids
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert (again.pad_token_id, again.padding_side) == (tokenizer.pad_token_id, "right")


def test_a_padding_without_an_embedding_is_not_taken():
    tokenizer = FAMILIES["unigram, instruct"]()
    ensure_padding(tokenizer, end_ids={2}, n_embeddings=400)
    assert tokenizer.pad_token == "<unk>"
    tokenizer = FAMILIES["ours"]()
    ensure_padding(tokenizer, end_ids={0}, n_embeddings=None)
    assert tokenizer.pad_token_id not in {0, None}


@pytest.mark.parametrize("lora_rank", [0, 2])
@pytest.mark.parametrize("name", ["bytes, no template", "unigram, instruct"])
def test_plain_transformers_scores_a_batch_as_each_text_alone(
    data_files, tmp_path, name, lora_rank
):
    """Where the end of turn is the only special token, as GPT-2's, and where there are others."""
    base = tmp_path / "base"
    tokenizer = FAMILIES[name]()
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(base)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        pad_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        architectures=["LlamaForCausalLM"],
        tie_word_embeddings=True,
    )
    LlamaModel(config).save_pretrained(base)
    directory = write_train_config(
        tmp_path / "run",
        method="reward_model",
        base=base,
        data_files=data_files,
        max_length=256,
        learning_rate=1e-2,
        lora_rank=lora_rank,
    )
    final = train_here(directory) / "final"
    assert json.loads((final / "config.json").read_text())["pad_token_id"] is not None
    plain = AutoModelForSequenceClassification.from_pretrained(final).eval()
    plain_tokenizer = AutoTokenizer.from_pretrained(final)
    end = plain_tokenizer.convert_ids_to_tokens(load_encoder(final).end_id)
    batch = plain_tokenizer([text + end for text in TEXTS], return_tensors="pt", padding=True)
    with torch.no_grad():
        together = plain(**batch).logits
        for row, text in enumerate(TEXTS):
            alone = plain_tokenizer(text + end, return_tensors="pt")
            hidden = plain.model(**alone).last_hidden_state[0, -1]
            torch.testing.assert_close(together[row], plain.score(hidden))
