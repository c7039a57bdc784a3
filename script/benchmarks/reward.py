"""Training a reward model beside TRL, on the same records; see dpo.py for how.

    script/bench reward [--pairs 36] [--batch 4] [--repeats 3] [--device cuda]

Both sides train the same random Llama in float32 with activations kept; TRL's better figure of
both matmul precisions counts. Ends with one JSON object.
"""

from __future__ import annotations

import json

from against_trl.compare import Benchmark, arguments, describe, median, peer_rate, ratio


def main() -> None:
    options = arguments("Benchmark a reward model.")
    runs = Benchmark("reward_model", "prompts", options).run()
    ours = median(runs["ours"])
    print(
        json.dumps(
            {
                "pairs_per_s": round(ours, 3),
                "ratios": {"trl_same_precision": ratio(ours, peer_rate(runs))},
                "peak_rss_mib": round(median(runs["ours"], "peak_rss_mib")),
                "device": options.device,
                **describe(runs),
            }
        )
    )


if __name__ == "__main__":
    main()
