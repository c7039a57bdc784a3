"""Steps of DPO beside a naive PyTorch step, on real pairs.

    python script/benchmarks/dpo.py [--records FILE] [--pairs 16] [--batch 4] [--repeats 3]

Ours is the library's own step: reference log-probs computed once before, the head at completion
positions only, examples of like length together. The naive step is what one writes first: padded
rows in the order of the file, full logits, and the reference run at each step. Both train the same
random Llama in float32 with AdamW and clipping. Each side runs alone in a fresh process, the sides
in turn; figures are medians, the first step of each process is left out. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
SAMPLE = ROOT / "annotate" / "demo" / "data" / "hh_helpful.jsonl.gz"
BETA, LEARNING_RATE, MAX_LENGTH, TOKEN_BUDGET = 0.1, 1e-4, 1024, 2048
VOCABULARY = 32_000
SIDES = ("ours", "naive")


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark steps of DPO.")
    parser.add_argument("--records", type=Path, default=SAMPLE, help="JSON Lines, may be gzipped")
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4, help="pairs in an optimizer step")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--side", choices=SIDES, help="measure one side in this process")
    options = parser.parse_args()
    print(json.dumps(measure_side(options) if options.side else compare(options)))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Both sides in turn, each time in a fresh process."""
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for repeat in range(options.repeats):
        for side in SIDES:
            print(f"repeat {repeat + 1} of {options.repeats}: {side}", file=sys.stderr)
            done = subprocess.run(
                [sys.executable, __file__, *sys.argv[1:], "--side", side],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            runs[side].append(json.loads(done.stdout.splitlines()[-1]))

    def median(side: str, name: str) -> float:
        return statistics.median(run[name] for run in runs[side])

    ours, naive = median("ours", "pairs_per_s"), median("naive", "pairs_per_s")
    return {
        "pairs_per_s": round(ours, 3),
        "ratios": {"plain": round(ours / naive, 3)},
        "peak_rss_mib": round(median("ours", "peak_rss_mib"), 1),
        "naive": {
            "pairs_per_s": round(naive, 3),
            "peak_rss_mib": round(median("naive", "peak_rss_mib"), 1),
        },
        "last_loss": runs["ours"][0]["last_loss"],
        "loss_difference": max(
            abs(ours_run["last_loss"] - naive_run["last_loss"])
            for ours_run, naive_run in zip(runs["ours"], runs["naive"], strict=True)
        ),
        "pairs": options.pairs,
        "batch": options.batch,
        "tokens_a_pair": runs["ours"][0]["tokens_a_pair"],
        "weights": runs["ours"][0]["weights"],
        "repeats": options.repeats,
        "threads": runs["ours"][0]["threads"],
        "cpu": cpu_name(),
        "versions": runs["ours"][0]["versions"],
        "others_share_of_cpu": max(
            run["others_share_of_cpu"] for side in SIDES for run in runs[side]
        ),
    }


def measure_side(options: argparse.Namespace) -> dict[str, Any]:
    """One side alone: seconds of every step after the first."""
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import torch
    import transformers

    examples = load_examples(options.records, options.pairs)
    policy = random_llama(options)
    weights = sum(weight.numel() for weight in policy.parameters())
    step = {"ours": our_step, "naive": naive_step}[options.side](policy, examples)
    starts = range(0, len(examples), options.batch)
    step(list(range(options.batch)))
    before, started = cpu_seconds(), time.perf_counter()
    for start in starts:
        last_loss = step(list(range(start, min(start + options.batch, len(examples)))))
    seconds = time.perf_counter() - started
    machine, own = (late - early for early, late in zip(before, cpu_seconds(), strict=True))
    n_tokens = sum(2 * len(e.prompt_ids) + sum(map(len, e.completions)) for e in examples)
    return {
        "pairs_per_s": len(examples) / seconds,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "last_loss": last_loss,
        "tokens_a_pair": round(n_tokens / len(examples), 1),
        "weights": weights,
        "threads": torch.get_num_threads(),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "others_share_of_cpu": round(
            max(0.0, machine - own) / (seconds * (os.cpu_count() or 1)), 3
        ),
    }


def load_examples(path: Path, n_pairs: int) -> list[Any]:
    """The first pairs of a file, encoded with a tokenizer trained on its own text."""
    from alignment_core.records import FIELDS, parse_record
    from alignment_core.tiny import train_tokenizer
    from alignment_core.tokenization import ChatEncoder, TokenizationCounts, tokenize_example

    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    rows = [json.loads(line) for line in lines]
    records = [
        parse_record({name: row[name] for name in FIELDS if name in row}, row=number)
        for number, row in enumerate(rows, start=1)
    ]
    texts = [text for record in records for text in (record.chosen, record.rejected)]
    encoder = ChatEncoder(train_tokenizer(texts, vocab_size=VOCABULARY, context=MAX_LENGTH))
    counts = TokenizationCounts()
    examples = [
        tokenize_example(
            encoder,
            counts,
            id=record.id,
            messages=record.prompt,
            completions=(record.chosen, record.rejected),
            max_length=MAX_LENGTH,
        )
        for record in records[: 2 * n_pairs]
    ]
    return [example for example in examples if example is not None][:n_pairs]


def random_llama(options: argparse.Namespace) -> Any:
    """A Llama of the size asked for, with an untied head over the whole vocabulary."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=options.hidden,
        intermediate_size=options.hidden * 11 // 4,
        num_hidden_layers=options.layers,
        num_attention_heads=8,
        num_key_value_heads=8,
        tie_word_embeddings=False,
    )
    return LlamaForCausalLM(config).eval()


def our_step(policy: Any, examples: list[Any]) -> Callable[[list[int]], float]:
    """The library's step: cached reference, completion positions, like lengths together."""
    import torch

    from alignment_core.batches import micro_batches
    from alignment_core.forward import Forward
    from alignment_core.log_probs import PairLogProbs
    from alignment_core.losses.preference import dpo_loss

    lengths = [example.n_tokens for example in examples]
    optimizer = make_optimizer(policy)

    def groups(indices: list[int]) -> list[list[int]]:
        return micro_batches(indices, lengths, rows_per_example=2, token_budget=TOKEN_BUDGET)

    def scores(group: list[int]) -> PairLogProbs:
        return Forward(policy).completions([examples[i] for i in group]).sides()

    chosen, rejected = torch.zeros(len(examples)), torch.zeros(len(examples))
    with torch.no_grad():
        for group in groups(list(range(len(examples)))):
            chosen[group], rejected[group] = scores(group)

    def step(indices: list[int]) -> float:
        total = 0.0
        for group in groups(indices):
            reference = PairLogProbs(chosen[group], rejected[group])
            loss = dpo_loss(scores(group), reference, beta=BETA).sum() / len(indices)
            loss.backward()
            total += loss.item()
        update(policy, optimizer)
        return total

    return step


def naive_step(policy: Any, examples: list[Any]) -> Callable[[list[int]], float]:
    """What one writes first: full logits of padded rows, policy and reference at each step."""
    import copy

    import torch
    import torch.nn.functional as F

    from alignment_core.collation import padded_batch
    from alignment_core.log_probs import sum_rows

    reference = copy.deepcopy(policy)
    optimizer = make_optimizer(policy)

    def log_probs(module: Any, batch: Any) -> Any:
        logits = module(**batch.inputs).logits.flatten(0, 1).log_softmax(-1)
        tokens = logits[batch.predicting].gather(-1, batch.targets[:, None]).squeeze(-1)
        return sum_rows(tokens, batch.lengths).chunk(2)

    def step(indices: list[int]) -> float:
        batch = padded_batch([examples[i] for i in indices], device=torch.device("cpu"))
        chosen, rejected = log_probs(policy, batch)
        with torch.no_grad():
            reference_chosen, reference_rejected = log_probs(reference, batch)
        margin = BETA * ((chosen - rejected) - (reference_chosen - reference_rejected))
        loss = -F.logsigmoid(margin).mean()
        loss.backward()
        update(policy, optimizer)
        return loss.item()

    return step


def make_optimizer(policy: Any) -> Any:
    import torch

    return torch.optim.AdamW(policy.parameters(), lr=LEARNING_RATE, weight_decay=0.0, fused=True)


def update(policy: Any, optimizer: Any) -> None:
    import torch

    torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def cpu_seconds() -> tuple[float, float]:
    """Processor time that the whole machine, and this process, have used."""
    own = time.process_time()
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:  # not Linux: the share of others is not known
        return own, own
    ticks = [int(field) for field in fields]
    busy = sum(ticks) - ticks[3] - ticks[4]  # all but idle and waiting for the disk
    return busy / os.sysconf("SC_CLK_TCK"), own


def cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} × {len(names)}" if names else platform.processor()


if __name__ == "__main__":
    main()
