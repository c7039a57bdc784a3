"""A small Llama-style base with a tokenizer of its own, for a machine without weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from alignment_core.data.chat_template import CHAT_TEMPLATE, ROLE_MARKS
from alignment_core.errors import Refused
from alignment_core.files import make_empty

transformers.logging.disable_progress_bar()

PAD, END = "<|pad|>", "<|end|>"
SMALLEST_VOCABULARY = 320  # 256 bytes, the special tokens and room for a few merges


def make_tiny_checkpoint(
    texts: Iterable[str],
    output: Path,
    *,
    vocab_size: int = 4096,
    hidden_size: int = 128,
    n_layers: int = 4,
    n_heads: int = 4,
    context: int = 2048,
    seed: int = 0,
) -> int:
    """Write random weights and a byte-level BPE tokenizer trained on `texts`.

    Args:
        texts: what the vocabulary is learnt from; any text can be encoded afterwards.
        output: the directory to write, in Hugging Face layout with safetensors.
        vocab_size: most entries of the vocabulary; at least 320, fewer come out of little text.
        hidden_size: width; a multiple of twice `n_heads`.
        n_layers, n_heads: layers, and attention heads of each.
        context: longest sequence in tokens.
        seed: of the weights; the caller's random state is left as it is.
    Returns: the number of parameters.
    Raises: Refused if a size is not as stated, or there is something in `output` already.
    """
    for name, size in {"n_layers": n_layers, "n_heads": n_heads, "context": context}.items():
        if size < 1:
            raise Refused(f"{name} must be at least 1, not {size}", field=name, value=size)
    if hidden_size < 1 or hidden_size % (2 * n_heads):
        raise Refused(
            f"hidden_size {hidden_size} is not a multiple of twice n_heads {n_heads}",
            field="hidden_size",
            value=hidden_size,
        )
    if vocab_size < SMALLEST_VOCABULARY:
        raise Refused(
            f"vocab_size must be at least {SMALLEST_VOCABULARY}, not {vocab_size}",
            field="vocab_size",
            value=vocab_size,
        )
    texts = list(texts)
    if not any(text.strip() for text in texts):
        raise Refused("there is no text to learn a vocabulary from", field="data")
    make_empty(output, field="output")
    tokenizer = train_tokenizer(texts, vocab_size=vocab_size, context=context)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden_size,
        intermediate_size=(hidden_size * 8 // 3 + 7) // 8 * 8,
        num_hidden_layers=n_layers,
        num_attention_heads=n_heads,
        num_key_value_heads=n_heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        policy = LlamaForCausalLM(config)
    policy.save_pretrained(output)
    tokenizer.save_pretrained(output)
    return sum(weight.numel() for weight in policy.parameters())


def train_tokenizer(
    texts: Iterable[str], *, vocab_size: int, context: int
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with our chat template; each role mark is one token."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, END, *ROLE_MARKS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
