"""What each method gains, and how far it goes for that: true reward against KL.

    script/bench frontier [--small] [--output docs/experiments]

In a small world with a known reward, a policy is fine-tuned, its answers are judged by careless
annotators, a reward model learns from the judgements, and DPO, soft-label DPO, PPO, GRPO and DAPO
train on from the same checkpoint, each with several strengths. Every checkpoint is then sampled on
held-out prompts. Writes frontier.json and frontier.svg, and prints the JSON last.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # read once, when torch is imported

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from reward_frontier import world
from reward_frontier.drawing import draw
from reward_frontier.measuring import CPU, LONGEST, Measuring

from alignment_core.configs import SampleConfig, method_config
from alignment_core.data.records import write_records
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.models.loading import load_policy, load_tokenizer
from alignment_core.models.tiny import make_tiny_checkpoint
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.checkpoints import saved_steps
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.tasks.requests import TrainRequest
from alignment_core.tasks.train import TrainTask

SIZE = {"vocab_size": 512, "hidden_size": 64, "n_layers": 2, "n_heads": 4, "context": 64}
QUIET = {
    "eval_every_steps": 0,
    "n_sample_prompts": 0,
    "max_length": 64,
    "device": "cpu",
    "tokens_per_micro_batch": 8192,
    "matmul": "highest",  # not whatever is fastest today: the figures should come again
}
EVERY_STEP = {"save_every_seconds": 0.0, "keep_checkpoints": 1000}
N_POINTS = 4  # checkpoints of each run that are measured
N_PROCESSES = 2  # runs at a time, with one thread each: such small models gain nothing by more
BEST_OF = (1, 2, 4, 8, 16)


class Frontier:
    """One experiment in a directory of its own."""

    def __init__(self, directory: Path, *, seed: int, share: float) -> None:
        """
        Args:
            share: of the full amount of data and steps.
        """
        self.directory = directory
        self.seed = seed
        self.share = share
        self.data: dict[str, Path] = {}

    def train(self, method: str, name: str, base: Path, data: str, **settings) -> Path:
        """Train one run and return its directory."""
        started = time.perf_counter()
        request = TrainRequest(
            method=method,
            config=method_config(method, {**QUIET, "seed": self.seed, **settings}),
            base=str(base),
            base_digest=None,
            train_data=self.data[data],
            eval_data=None,
            resume=None,
        )
        directory = self.directory / name
        directory.mkdir()
        TrainTask(request, RunDirectory(directory), Stopper()).run()
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
        return directory

    def prepare(self) -> tuple[Path, Path]:
        """The fine-tuned policy and the reward model, from judgements of the policy's answers."""
        first = world.first_words(self._n(3000), seed=self.seed)
        self._write("first", first)
        texts = [text for one in first for text in (one.chosen, one.prompt[0]["content"])]
        make_tiny_checkpoint(texts, self.directory / "base", seed=self.seed, **SIZE)
        sft = self.train(
            "sft", "sft", self.directory / "base", "first",
            epochs=4, batch_size=64, learning_rate=3e-3,
        )  # fmt: skip
        pairs = self._pairs(sft / "final", self._n(3000))
        self._write("judged", world.judged(pairs, seed=self.seed, prefix="judged"))
        reward_model = self.train(
            "reward_model", "reward_model", sft / "final", "judged",
            epochs=6, batch_size=64, learning_rate=3e-3, soft_labels=True,
        )  # fmt: skip
        return sft / "final", reward_model / "final"

    def compare(self, start: Path, reward_model: Path) -> dict[str, list[list[Path]]]:
        """Checkpoints of every run, by method; a method has one run for each strength."""
        rollouts = {
            "rewards": [{"kind": "model", "path": str(reward_model)}],
            "batch_size": 32,
            "max_new_tokens": LONGEST,
            "n_eval_prompts": 0,
            "learning_rate": 5e-4,
            "epochs": max(1, round(6 * self.share)),
            "missing_end_penalty": 2.0,
        }
        pairs = {"batch_size": 64, "learning_rate": 1e-3, "epochs": 3}
        runs = {
            "DPO": [("dpo", {**pairs, "beta": beta}) for beta in (0.05, 0.2)],
            "soft-label DPO": [
                ("dpo", {**pairs, "beta": beta, "soft_labels": True}) for beta in (0.05, 0.2)
            ],
            "PPO": [
                ("ppo", {**rollouts, "n_samples": 8, "kl_coefficient": c, "n_minibatches": 2,
                         "n_passes": 2, "value_learning_rate": 3e-3})
                for c in (0.02, 0.2)
            ],
            "GRPO": [
                ("grpo", {**rollouts, "kl_coefficient": c}) for c in (0.01, 0.1)
            ],
            "DAPO": [
                ("dapo", {**rollouts, "n_samples": 8, "overlong_buffer": 5 / LONGEST,
                          "kl_coefficient": c}) for c in (0.0, 0.1)
            ],
        }  # fmt: skip
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(N_PROCESSES, mp_context=context) as pool:
            waiting = {
                label: [
                    pool.submit(self.follow, method, f"{label}-{number}", start, settings)
                    for number, (method, settings) in enumerate(of_method)
                ]
                for label, of_method in runs.items()
            }
            return {label: [one.result() for one in ones] for label, ones in waiting.items()}

    def follow(self, method: str, name: str, start: Path, settings: dict) -> list[Path]:
        """Train one run and return some of its checkpoints, evenly apart, the last among them."""
        torch.set_num_threads(1)
        run = self.train(method, name, start, "judged", **EVERY_STEP, **settings)
        steps = saved_steps(run / "checkpoints")
        return [steps[len(steps) * part // N_POINTS - 1] for part in range(1, N_POINTS + 1)]

    def _pairs(self, policy: Path, n_pairs: int) -> list[tuple[str, str, str]]:
        """Two samples each of questions of the training split."""
        asked = world.prompts(held_out=False)
        prompts = [
            Prompt(id=f"{number}-{name}", messages=[{"role": "user", "content": question}])
            for number, (name, question) in (
                (number, asked[number % len(asked)]) for number in range(n_pairs)
            )
        ]
        answers: dict[str, list[str]] = {prompt.id: [] for prompt in prompts}
        module = load_policy(policy, device=CPU)
        for sample in sample_completions(
            module,
            ChatEncoder(load_tokenizer(policy)[0]),
            prompts,
            SampleConfig(n_samples=2, max_new_tokens=LONGEST, seed=self.seed),
            check=lambda: None,
            on_too_long=ignore_prompt,
            reading=replace(choose_reading(module), rows_at_once=256),
        ):
            if sample.text.strip():
                answers[sample.prompt_id].append(sample.text)
        return [
            (str(prompt.messages[0]["content"]), *answers[prompt.id])
            for prompt in prompts
            if len(set(answers[prompt.id])) == 2
        ]

    def _write(self, name: str, records: list) -> None:
        self.data[name] = self.directory / f"{name}.jsonl"
        write_records(self.data[name], records)

    def _n(self, whole: int) -> int:
        return max(64, round(whole * self.share))


def main() -> None:
    """Run the experiment and write what it shows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/experiments"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a quick look: a third of everything")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        share = 1 / 3 if arguments.small else 1.0
        frontier = Frontier(Path(scratch), seed=arguments.seed, share=share)
        start, reward_model = frontier.prepare()
        checkpoints = frontier.compare(start, reward_model)
        measuring = Measuring(start, reward_model)
        result = {
            "seed": arguments.seed,
            "share": round(share, 3),
            "reward_model_accuracy": measuring.reward_model_accuracy(),
            "start": measuring.measure(start),
            "best_of_n": measuring.best_of_n(BEST_OF),
            "runs": {
                label: [[measuring.measure(path) for path in run] for run in runs]
                for label, runs in checkpoints.items()
            },
        }
    result["seconds"] = round(time.perf_counter() - started, 1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (arguments.output / "frontier.json").write_text(text + "\n", encoding="utf-8")
    (arguments.output / "frontier.svg").write_text(draw(result), encoding="utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
