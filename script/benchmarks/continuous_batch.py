"""GRPO's rollouts by a continuous batch, beside batches that wait for their longest sample.

    script/bench continuous_batch [--prompts 8] [--samples 8] [--rows 16] [--longest 96]
                                  [--mean 24] [--repeats 7] [--device cuda]

The same random Llama in float32 samples the same prompts of 24 to 96 tokens by the same draws both
ways, in turn and in one process; which way goes first alternates. Ends are made as likely as gives
samples of about the mean length. The samples must be the same, token for token, or the benchmark
fails. On the processor seconds are the process's own, so that what else runs there counts less.
Ends with one JSON object: prompts a second of both, and their ratio, the median over the repeats
with the interval of a bootstrap over repeats.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from _numbers import whole

from alignment_core.configs import SampleConfig
from alignment_core.sampling import continuous_batch
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.sampling.reading_trial import choose_reading

VOCABULARY, END = 8000, 2
WAYS = {"waiting": (2.0, 0.5), "continuous": (continuous_batch.ENTER, continuous_batch.LEAVE)}


class Encoder:
    """Ids alone, as a random model has no words."""

    end_ids = frozenset({END})

    def answer(self, _ids: list[int]) -> str:
        return ""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark the sampling of rollouts.")
    for name, default in (
        *(("prompts", 8), ("samples", 8), ("rows", 16)),
        *(("longest", 96), ("repeats", 7)),
    ):
        parser.add_argument(f"--{name}", type=whole(), default=default)
    parser.add_argument("--mean", type=whole(2), default=24)  # a sample ends with its last token
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def random_model(options: argparse.Namespace) -> LlamaForCausalLM:
    """A model that ends a sample with about the same chance at every token."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=688,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        eos_token_id=END,
    )
    model = LlamaForCausalLM(config).eval().to(options.device)
    bias = torch.zeros(VOCABULARY, device=options.device)
    bias[END] = float(np.log((VOCABULARY - 1) / (options.mean - 1)))
    model.lm_head.bias = torch.nn.Parameter(bias)
    return model


def random_prompts(options: argparse.Namespace) -> list[Prompt]:
    drawn = np.random.default_rng(0)
    return [
        Prompt(id=str(number), messages=[], ids=drawn.integers(3, VOCABULARY, length).tolist())
        for number, length in enumerate(drawn.integers(24, 97, options.prompts))
    ]


def main() -> None:
    options = arguments()
    model, prompts = random_model(options), random_prompts(options)
    reading = replace(choose_reading(model), rows_at_once=options.rows)
    clock = time.process_time if options.device == "cpu" else time.perf_counter
    config = SampleConfig(n_samples=options.samples, max_new_tokens=options.longest, seed=0)

    def run(way: str) -> tuple[float, list[list[int]]]:
        continuous_batch.ENTER, continuous_batch.LEAVE = WAYS[way]
        begun = clock()
        samples = sample_completions(
            model,
            Encoder(),
            prompts,
            config,
            check=lambda: None,
            on_too_long=ignore_prompt,
            reading=reading,
        )
        ids = [sample.completion_ids for sample in samples]
        return clock() - begun, ids

    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    found = [run(way)[1] for way in WAYS]  # warms up
    if found[0] != found[1]:
        raise SystemExit("the two ways do not sample the same")
    for repeat in range(options.repeats):
        for way in sorted(WAYS, reverse=repeat % 2 == 1):
            seconds[way].append(run(way)[0])
    ratios = np.array(seconds["waiting"]) / np.array(seconds["continuous"])
    drawn = np.random.default_rng(1).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    print(
        json.dumps(
            {
                "prompts_per_s": {
                    way: round(len(prompts) / median(times), 3) for way, times in seconds.items()
                },
                "ratio": {
                    "value": round(float(np.median(ratios)), 3),
                    "low": round(float(low), 3),
                    "high": round(float(high), 3),
                    "repeats": len(ratios),
                },
                "mean_tokens": round(float(np.mean([len(ids) for ids in found[0]])), 1),
                "rows": len(found[0]),
                "rows_at_once": options.rows,
                "device": options.device,
                "threads": torch.get_num_threads(),
            }
        )
    )


if __name__ == "__main__":
    main()
