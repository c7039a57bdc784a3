"""Models at work for an evaluation: loading, scoring and sampling within one set of limits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from alignment_core.configs import SampleConfig
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.votes import VoteRule
from alignment_core.data.preparation import PreparedRecords, prepare_file
from alignment_core.data.records import PreferenceRecord
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.evaluation.calibration import NO_TIES, TieModel
from alignment_core.evaluation.figures import FloatArray
from alignment_core.evaluation.model_scores import (
    HeadOffsets,
    PairLogProbs,
    RewardScorer,
    pair_log_probs,
    pair_offsets,
    pair_rewards,
)
from alignment_core.evaluation.sections import Sampled
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import (
    context_length,
    digest_of_base,
    load_config,
    load_policy,
    load_reward_model,
)
from alignment_core.models.reward_heads import RewardHeads
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.plan import choose_device
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.generation import Prompt, Sample, ignore_prompt, sample_completions
from alignment_core.sampling.kl import sample_log_probs
from alignment_core.sampling.prompts import distinct_id
from alignment_core.sampling.reading_trial import known_reading

LONGEST = 4096  # tokens, where a model does not say how many it can read
EVERY_PAIR = VoteRule(keeps_ties=True)


class ModelRunner:
    """The device, the token budget and the wish to stop, for everything that runs a model."""

    def __init__(
        self,
        config: EvaluateConfig,
        directory: RunDirectory,
        stopper: Stopper,
        *,
        policies: Sequence[Path],
    ) -> None:
        """For policies that will be sampled. Raises: LoadingError if there is no such device."""
        self.config = config
        self.longest_sample = _longest_sample(config.max_new_tokens, policies)
        self.directory = directory
        self.stopper = stopper
        self.device = choose_device(config.device)
        self.digests: dict[Path, str] = {}

    def load_policy(self, path: Path) -> Forward:
        """A policy and how sequences go through it."""
        with self.directory.phase("load"):
            made_of = self.digest(path)
            return Forward(load_policy(path, device=self.device), made_of=made_of)

    def load_reward_model(self, path: Path) -> Forward:
        """A reward model and how sequences go through it."""
        with self.directory.phase("load"):
            made_of = self.digest(path)
            return Forward(load_reward_model(path, device=self.device, seed=0), made_of=made_of)

    def digest(self, path: Path) -> str:
        """Of all that a model is made of, as it was when it was first asked for."""
        if path not in self.digests:
            self.digests[path] = digest_of_base(path)
        return self.digests[path]

    def tie_model(self, reward_model: Forward) -> TieModel:
        """How a reward model explains ties, as its config says."""
        described = getattr(reward_model.module.config, "accord", None) or {}
        return TieModel(described["ties"], described["nu"]) if "ties" in described else NO_TIES

    def read_pairs(self, data: Path, model: Path, encoder: ChatEncoder) -> PreparedRecords:
        """Preferences and ties, in a model's own tokens. Raises: Refused, RecordError."""
        return prepare_file(
            data,
            encoder,
            sides=("chosen", "rejected"),
            max_length=context_length(load_config(model)) or LONGEST,
            rule=EVERY_PAIR,
            max_unusable=self.config.max_unusable,
        )

    def choose_prompts(self, records: Sequence[PreferenceRecord]) -> list[Prompt]:
        """Some prompts of the data, each once, drawn by their text and the seed alone."""
        by_text = {str(record.prompt): record for record in reversed(records)}

        def draw(text: str) -> bytes:
            return hashlib.sha256(f"{self.config.seed}|{text}".encode()).digest()

        n_seen: Counter[str] = Counter()
        chosen = [by_text[text] for text in sorted(by_text, key=draw)[: self.config.n_prompts]]
        return [
            Prompt(id=distinct_id(record.id, n_seen), messages=record.prompt) for record in chosen
        ]

    def sample(
        self,
        policy: Forward,
        encoder: ChatEncoder,
        prompts: Sequence[Prompt],
        *,
        n_samples: int,
        temperature: float = 1.0,
    ) -> Sampled:
        """Samples of each prompt that leaves room for them."""
        settings = SampleConfig(
            n_samples=n_samples,
            max_new_tokens=self.longest_sample,
            temperature=temperature,
            seed=self.config.seed,
        )
        samples: dict[str, list[Sample]] = {}
        with self.directory.phase("sample"):
            drawn = sample_completions(
                policy.module,
                encoder,
                prompts,
                settings,
                check=self.stopper.check,
                on_too_long=ignore_prompt,
                reading=known_reading(policy.module, made_of=policy.made_of).choice,
            )
            n_total = n_samples * len(prompts)
            for n_done, sample in enumerate(drawn, start=1):
                samples.setdefault(sample.prompt_id, []).append(sample)
                self.directory.log_progress("sample", done=n_done, total=n_total)
        return Sampled(
            prompts={prompt.id: prompt.messages for prompt in prompts if prompt.id in samples},
            samples={
                name: sorted(of_one, key=lambda sample: sample.index)
                for name, of_one in samples.items()
            },
        )

    def pair_log_probs(self, policy: Forward, split: PreparedRecords) -> PairLogProbs:
        """Summed log-probs of both completions of every record."""
        with self.directory.phase("evaluate"):
            return pair_log_probs(
                policy, split, token_budget=self.config.tokens_per_micro_batch, progress=self._tell
            )

    def pair_rewards(self, reward_model: Forward, split: PreparedRecords) -> FloatArray:
        """Rewards of chosen and rejected, shape (2, records)."""
        with self.directory.phase("evaluate"):
            return pair_rewards(
                reward_model,
                split,
                token_budget=self.config.tokens_per_micro_batch,
                progress=self._tell,
            )

    def head_offsets(
        self, reward_model: Forward, path: Path, split: PreparedRecords
    ) -> tuple[tuple[str, ...], HeadOffsets] | None:
        """The names of cohorts and what heads beside the score say; None if there are none."""
        heads = RewardHeads.load(path)
        if heads is None:
            return None
        with self.directory.phase("evaluate"):
            offsets = pair_offsets(
                reward_model,
                heads.to(self.device),
                split,
                token_budget=self.config.tokens_per_micro_batch,
                progress=self._tell,
            )
        return heads.cohorts, offsets

    def sample_log_probs(
        self, policy: Forward, examples: Sequence[TokenizedExample]
    ) -> list[Tensor]:
        """Log-probs of each sample's tokens."""
        with self.directory.phase("evaluate"):
            return sample_log_probs(
                policy,
                examples,
                token_budget=self.config.tokens_per_micro_batch,
                check=self.stopper.check,
            )

    def reward_scorer(self, reward_model: Forward, encoder: ChatEncoder) -> RewardScorer:
        """Scores any completions by the reward model."""
        return RewardScorer(
            reward_model,
            encoder,
            max_length=context_length(reward_model.module.config) or LONGEST,
            token_budget=self.config.tokens_per_micro_batch,
            progress=self._tell,
        )

    def _tell(self, n_done: int, n_total: int) -> None:
        self.stopper.check()
        self.directory.log_progress("evaluate", done=n_done, total=n_total)


def _longest_sample(max_new_tokens: int, policies: Sequence[Path]) -> int:
    """Tokens of the longest sample: no more than half of what any of the policies can read.

    All are given as much, since who may write more is judged by more.
    """
    contexts = [context_length(load_config(path)) or LONGEST for path in policies]
    return max(1, min([max_new_tokens, *(context // 2 for context in contexts)]))
