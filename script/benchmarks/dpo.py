"""DPO beside TRL, and beside the plain way to write it, on the same pairs.

    script/bench dpo [--pairs 36] [--batch 4] [--repeats 3] [--device cuda]
                     [--without trl_default …] [--limit 1200]

Ours is the library's own train task, metrics and logging included. TRL runs at the same precision
with its reference computed before and activations kept, under both of torch's float32 matmul
precisions, and its better figure counts; `trl_default` is TRL as it comes (bfloat16, activations
recomputed, reference at each step) beside our float32 epoch with its reference pass. The plain way
is padded rows, full logits and cached references. All train the same random Llama (58 M) with
AdamW and clipping on the same batches; each side runs alone in a fresh process, the sides in turn;
figures are medians, the first step of each process is left out. Ends with one JSON object.
"""

from __future__ import annotations

import json

from against_trl.compare import (
    Benchmark,
    arguments,
    describe,
    epoch_rate,
    median,
    peer_rate,
    ratio,
)


def main() -> None:
    options = arguments("Benchmark DPO.")
    runs = Benchmark("dpo", "prompts", options).run()
    long_runs = Benchmark("dpo", "completions", options).run()
    ours = median(runs["ours"])
    by_default = median(runs["trl_default"]) if "trl_default" in runs else None
    peer_rss = median(runs["trl"], "peak_rss_mib") if "trl" in runs else None
    own_rss = median(runs["ours"], "peak_rss_mib")
    print(
        json.dumps(
            {
                "pairs_per_s": round(ours, 3),
                "ratios": {
                    "trl_same_precision": ratio(ours, peer_rate(runs)),
                    "trl_same_precision_long_completions": ratio(
                        median(long_runs["ours"]), peer_rate(long_runs)
                    ),
                    "trl_default_epoch": ratio(epoch_rate(runs["ours"]), by_default),
                    "plain": ratio(ours, median(runs["plain"])) if "plain" in runs else None,
                },
                "peak_rss_mib": round(own_rss),
                "peak_rss_share_of_trl": ratio(own_rss, peer_rss),
                "device": options.device,
                "long_prompts": describe(runs),
                "long_completions": describe(long_runs),
            }
        )
    )


if __name__ == "__main__":
    main()
