"""The model and the pairs that both sides train on, written to disk for fresh processes to read."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from alignment_core.data.chat_rendering import prompt_as_text
from alignment_core.data.micro_batches import n_steps_per_epoch, step_examples
from alignment_core.data.records import PreferenceRecord, write_records
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.models.tiny import train_tokenizer

HERE = Path(__file__).resolve().parent
SAMPLE = HERE / "data" / "hh_helpful.jsonl.gz"  # prompt-heavy: 119 tokens before 59 and 44
VOCABULARY, MAX_LENGTH, SEED = 32_000, 1024, 0
LONGEST_COMPLETION = 256
HEADS = 8


def write_workload(
    directory: Path, *, kind: str, pairs: int, batch: int, hidden: int, layers: int, reward: bool
) -> dict[str, Any]:
    """Write base/, ours.jsonl and theirs.jsonl; return what they hold.

    Args:
        kind: "prompts" for real pairs with long prompts, "completions" for text of the sample cut
            to the lengths of answers to single instructions (means 45, 224 and 186 tokens).
        reward: whether the base is a reward model.
    """
    rows = [json.loads(line) for line in gzip.decompress(SAMPLE.read_bytes()).splitlines()]
    texts = [text for row in rows for text in (_transcript(row), row["chosen"], row["rejected"])]
    tokenizer = train_tokenizer(texts, vocab_size=VOCABULARY, context=MAX_LENGTH)
    if kind == "completions":
        rows = _long_completions(tokenizer, texts, pairs)
    records = [
        PreferenceRecord(
            id=f"pair-{number:04d}",
            prompt=tuple(row["prompt"]),
            chosen=row["chosen"],
            rejected=row["rejected"],
        )
        for number, row in enumerate(rows[:pairs])
    ]
    if len(records) < pairs:
        raise SystemExit(f"the sample has {len(records)} pairs, not {pairs}")
    write_records(directory / "ours.jsonl", records)
    _write_base(directory / "base", tokenizer, hidden=hidden, layers=layers, reward=reward)
    encoder = ChatEncoder(tokenizer)
    lines = [
        json.dumps(
            {
                "prompt": encoder.prompt_text(records[index].prompt),
                "chosen": records[index].chosen,
                "rejected": records[index].rejected,
            }
        )
        for step in range(n_steps_per_epoch(pairs, batch_size=batch))
        for index in step_examples(pairs, batch_size=batch, seed=SEED, step=step)
    ]
    (directory / "theirs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"kind": kind, "pairs": pairs, "batch": batch, "vocabulary": VOCABULARY}


def _transcript(row: dict[str, Any]) -> str:
    return prompt_as_text(row["prompt"])


def _long_completions(tokenizer: Any, texts: list[str], pairs: int) -> list[dict[str, Any]]:
    """Pairs of running text, with lengths spread about the means of AlpacaEval's outputs.

    Instructions are mostly a sentence and now and then a page, hence log-normal; answers are cut,
    hence how much they lack is exponential. Quantiles instead of draws, so that few pairs will do.
    """
    generator = np.random.default_rng(SEED)
    ids = tokenizer(" ".join(texts).replace("\n", " "), verbose=False)["input_ids"]

    def shares() -> list[float]:
        return list((generator.permutation(pairs) + 0.5) / pairs)

    def words(length: float) -> str:
        start = int(generator.integers(0, len(ids) - MAX_LENGTH))
        return str(tokenizer.decode(ids[start : start + int(length)])).strip()

    def instruction(share: float) -> str:
        return words(4 + 15 * math.exp(1.4 * NormalDist().inv_cdf(share)))

    def completion(mean: int, share: float) -> str:
        missing = -math.log(share) * (LONGEST_COMPLETION - mean)
        return words(max(16, LONGEST_COMPLETION - missing))

    return [
        {
            "prompt": [{"role": "user", "content": instruction(of_prompt)}],
            "chosen": completion(224, of_chosen),
            "rejected": completion(184, of_rejected),
        }
        for of_prompt, of_chosen, of_rejected in zip(shares(), shares(), shares(), strict=True)
    ]


def _write_base(directory: Path, tokenizer: Any, *, hidden: int, layers: int, reward: bool) -> None:
    """A random Llama with an untied head; a reward model's head is drawn near 0."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        intermediate_size=hidden * 11 // 4,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=MAX_LENGTH,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=1,
    )
    module = LlamaForSequenceClassification(config) if reward else LlamaForCausalLM(config)
    module.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
