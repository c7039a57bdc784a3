"""Where a checkpoint stands: its true reward, the reward it was trained on, and its KL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from alignment_core.configs import SampleConfig
from alignment_core.configs.rewards import parse_rewards
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.evaluation.figures import mean_figure
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_policy, load_tokenizer
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scorer
from alignment_core.sampling.generation import Prompt, ignore_prompt, sample_completions
from alignment_core.sampling.kl import sample_log_probs, sequence_kl
from alignment_core.sampling.reading_trial import choose_reading
from reward_frontier.world import prompts

CPU = torch.device("cpu")
N_SAMPLES, LONGEST, TOKENS_AT_ONCE = 16, 24, 8192
GOLD = {"kind": "callable", "function": "reward_frontier.world:gold_rewards"}


class Measuring:
    """Samples checkpoints on the held-out prompts, always with the same draws."""

    def __init__(self, start: Path, reward_model: Path) -> None:
        self.encoder = ChatEncoder(load_tokenizer(start)[0])
        self.start = Forward(load_policy(start, device=CPU))
        self.scorer = Scorer(
            parse_rewards([GOLD, {"kind": "model", "path": str(reward_model)}]),
            device=CPU,
            forward=Forward,
            token_budget=TOKENS_AT_ONCE,
            longest=64,
        )
        self.prompts = [
            Prompt(id=name, messages=[{"role": "user", "content": question}])
            for name, question in prompts(held_out=True)
        ]

    @torch.no_grad()
    def measure(self, checkpoint: Path) -> dict:
        """Figures over prompts: true and trained reward, KL from the start, words an answer."""
        forward = Forward(load_policy(checkpoint, device=CPU))
        groups, examples = self._sample(forward)
        scores = self.scorer.score(groups)
        own, other = (
            sample_log_probs(one, examples, token_budget=TOKENS_AT_ONCE, check=lambda: None)
            for one in (forward, self.start)
        )
        kl = sequence_kl(own, other).k1.reshape(len(groups), N_SAMPLES).numpy()
        n_words = [[len(one.text.split()) for one in group] for group in groups]
        values = {
            "gold": scores.by_reward["callable"].numpy(),
            "trained": scores.by_reward["model"].numpy(),
            "kl": kl,
            "words": np.array(n_words, dtype=float),
        }
        return {
            name: _rounded(mean_figure(value.mean(1), what="prompts"))
            for name, value in values.items()
        }

    @torch.no_grad()
    def reward_model_accuracy(self) -> float:
        """How often it orders two of the start's answers to a question as the true reward does."""
        groups, _ = self._sample(self.start)
        scores = self.scorer.score(groups).by_reward
        gold, trained = (
            (values[:, :, None] - values[:, None, :]).sign()
            for values in (scores["callable"], scores["model"])
        )
        return round(float((gold == trained)[gold != 0].double().mean()), 3)

    @torch.no_grad()
    def best_of_n(self, sizes: tuple[int, ...]) -> list[dict]:
        """The start checkpoint's best of n samples by the trained reward, and the bound of KL."""
        groups, _ = self._sample(self.start)
        scores = self.scorer.score(groups)
        points = []
        for n in sizes:
            parts = [slice(start, start + n) for start in range(0, N_SAMPLES, n)]
            best = [
                scores.by_reward["callable"][:, part].gather(
                    1, scores.by_reward["model"][:, part].argmax(1, keepdim=True)
                )
                for part in parts
            ]
            gold = torch.cat(best, dim=1).mean(1).numpy()
            points.append(
                {
                    "n": n,
                    "gold": _rounded(mean_figure(gold, what="prompts")),
                    "kl": {"value": round(float(np.log(n) - (n - 1) / n), 3)},
                }
            )
        return points

    def _sample(self, forward: Forward) -> tuple[list[list[Answered]], list[TokenizedExample]]:
        questions = {prompt.id: prompt.messages for prompt in self.prompts}
        samples = sample_completions(
            forward.module,
            self.encoder,
            self.prompts,
            SampleConfig(n_samples=N_SAMPLES, max_new_tokens=LONGEST, seed=99),
            check=lambda: None,
            on_too_long=ignore_prompt,
            reading=replace(choose_reading(forward.module), rows_at_once=256),
        )
        ordered = sorted(samples, key=lambda one: (one.prompt_id, one.index))
        answers = [
            Answered(
                prompt=questions[one.prompt_id],
                text=one.text,
                n_tokens=len(one.completion_ids),
                finished=one.finished,
                answer=None,
            )
            for one in ordered
        ]
        groups = [answers[i : i + N_SAMPLES] for i in range(0, len(answers), N_SAMPLES)]
        examples = [
            TokenizedExample(one.prompt_id, one.prompt_ids, (one.completion_ids,))
            for one in ordered
        ]
        return groups, examples


def _rounded(figure: dict) -> dict:
    """Value and interval; where every prompt has the same value, as with the start's KL, that."""
    value = round(figure["value"], 3)
    ends = {name: figure[name] for name in ("low", "high")}
    return {"value": value} | {
        name: value if end is None else round(end, 3) for name, end in ends.items()
    }
