"""GRPO beside TRL: sampling, rewarding and learning from groups, on the same prompts.

    script/bench grpo [--pairs 36] [--batch 4] [--repeats 3] [--device cuda]

Each step samples 8 answers of 64 tokens to each of 4 prompts from the same random Llama in
float32, gives 1 to those with a certain pair of letters, and takes one step of AdamW. Every token
of a step weighs alike, and neither side has a reference. What is sampled differs, as the draws do,
so losses stand beside one another but cannot agree: of advantages whose mean is 0, each is near 0.
What can agree is in `samples`: the mean reward of 32 answers, whose standard error is about 0.08,
their length, as a random model hardly ever ends an answer, and the entropy of a token.
`sampled_tokens_per_s` are those of whole steps, learning included. TRL's better figure of both
matmul precisions counts. Ends with one JSON object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from against_trl.compare import (
    GRPO,
    Benchmark,
    arguments,
    describe,
    median,
    peer_rate,
    ratio,
)

LENGTH = "completions/mean_length"


def sampled_tokens_per_s(runs: Sequence[Mapping[str, Any]]) -> float:
    """Of all steps but the first, as prompts a second are."""
    length = fmean(length for run in runs for length in run["samples"][LENGTH][1:])
    return round(median(runs) * GRPO["n_samples"] * length, 1)


def main() -> None:
    options = arguments("Benchmark GRPO.")
    runs = Benchmark("grpo", "prompts", options).run()
    ours = median(runs["ours"])
    figures = describe(runs)
    del figures["loss_difference"]  # of other samples
    print(
        json.dumps(
            {
                "prompts_per_s": round(ours, 3),
                "sampled_tokens_per_s": {
                    side: sampled_tokens_per_s(of_side) for side, of_side in runs.items()
                },
                "ratios": {"trl_same_precision": ratio(ours, peer_rate(runs))},
                "peak_rss_mib": round(median(runs["ours"], "peak_rss_mib")),
                "device": options.device,
                "samples": {side: of_side[0]["samples"] for side, of_side in runs.items()},
                **figures,
            }
        )
    )


if __name__ == "__main__":
    main()
