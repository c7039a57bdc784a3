"""GRPO beside TRL: sampling, rewarding and learning from groups, on the same prompts.

    script/bench grpo [--pairs 36] [--batch 4] [--repeats 3] [--device cuda]

Each step samples 8 answers of 64 tokens to each of 4 prompts from the same random Llama in
float32, gives 1 to those with a certain pair of letters, and takes one step of AdamW. Every token
of a step weighs alike, and neither side has a reference. What is sampled differs, as the draws do,
so losses cannot agree. What can is in `samples`: the mean reward of 32 answers, whose standard
error is about 0.08, their length, as a random model hardly ever ends an answer, and the entropy of
a token. TRL's better figure of both matmul precisions counts. Ends with one JSON object.
"""

from __future__ import annotations

import json

from against_trl.compare import Benchmark, arguments, describe, median, peer_rate, ratio


def main() -> None:
    options = arguments("Benchmark GRPO.")
    runs = Benchmark("grpo", "prompts", options).run()
    ours = median(runs["ours"])
    figures = describe(runs)
    for name in ("losses", "loss_difference"):  # of other samples
        del figures[name]
    print(
        json.dumps(
            {
                "prompts_per_s": round(ours, 3),
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
