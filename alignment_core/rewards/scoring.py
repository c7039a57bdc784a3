"""From the rewards that a run asks for to one number for each sampled answer."""

from __future__ import annotations

import importlib
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs.rewards import (
    AnswerReward,
    CallableReward,
    LengthReward,
    ModelReward,
    RegexReward,
    RewardSpec,
    WordsReward,
)
from alignment_core.errors import ConfigError, TrainingFailed
from alignment_core.forward.forward import Through
from alignment_core.rewards.model import ModelScorer
from alignment_core.rewards.rules import (
    Answered,
    answer_rule,
    length_rule,
    regex_rule,
    words_rule,
)

Groups = Sequence[Sequence[Answered]]  # the samples of each prompt, as many for every prompt
Score = Callable[[Groups], Tensor]  # float64, shape (prompts, samples)


@dataclass(frozen=True, slots=True)
class Scores:
    """Rewards of a batch of samples; float64, each of shape (prompts, samples)."""

    total: Tensor  # weighted and added
    by_reward: dict[str, Tensor]  # each as it is, by name


class Scorer:
    """The rewards of one run.

    Names are those of the kinds, numbered where one comes twice: model, model_2, length.
    """

    def __init__(
        self,
        rewards: Sequence[RewardSpec],
        *,
        device: torch.device,
        forward: Through,
        token_budget: int,
        longest: int,
        day: date | None = None,
        folds_system: bool = False,
    ) -> None:
        """
        Args:
            forward: the way through a reward model. token_budget: tokens that go through it at
                once.
            longest: tokens of the longest prompt and answer, which a reward model must have room
                for.
            day, folds_system: for a reward model that keeps none, as of `ChatTemplate`.
        Raises: ConfigError if a function cannot be found, LoadingError if a model cannot be used.
        """
        seen: Counter[str] = Counter()
        self.rewards: list[tuple[str, float, Score]] = []
        for spec in rewards:
            seen[spec.kind] += 1
            name = spec.kind if seen[spec.kind] == 1 else f"{spec.kind}_{seen[spec.kind]}"
            if isinstance(spec, ModelReward):
                score: Score = ModelScorer(
                    spec.path,
                    device=device,
                    forward=forward,
                    token_budget=token_budget,
                    longest=longest,
                    day=day,
                    folds_system=folds_system,
                )
            else:
                score = _per_answer(name, spec)
            self.rewards.append((name, spec.weight, score))

    @property
    def modules(self) -> dict[str, PreTrainedModel]:
        """The reward models, by the name of their reward."""
        return {
            name: score.forward.module
            for name, _, score in self.rewards
            if isinstance(score, ModelScorer)
        }

    @torch.no_grad()
    def score(self, groups: Groups) -> Scores:
        """Raises: TrainingFailed if a reward is no number."""
        by_reward: dict[str, Tensor] = {}
        total = torch.zeros(len(groups), len(groups[0]), dtype=torch.float64)
        for name, weight, score in self.rewards:
            values = score(groups)
            if not values.isfinite().all():
                raise TrainingFailed(f"the reward {name} gave a value that is not a number")
            by_reward[name] = values
            total += weight * values
        return Scores(total, by_reward)


def _per_answer(name: str, spec: RewardSpec) -> Score:
    """A reward that looks at one answer at a time, over groups of them."""
    if isinstance(spec, CallableReward):
        function = _imported(spec.function)

        def call(groups: Groups) -> Tensor:
            flat = [answered for group in groups for answered in group]
            try:
                values = [float(value) for value in function(flat)]
            except Exception as error:  # somebody's own code
                raise TrainingFailed(
                    f"the reward {name}, {spec.function}, failed{_place_of(error)}: "
                    f"{type(error).__name__}: {error}"
                ) from error
            if len(values) != len(flat):
                raise TrainingFailed(
                    f"the reward {name} returned {len(values)} values for {len(flat)} answers"
                )
            return _as_groups(values, groups)

        return call
    rule = _RULES[type(spec)](spec)
    return lambda groups: _as_groups(
        [rule(answered) for group in groups for answered in group], groups
    )


_RULES: dict[type[RewardSpec], Callable[[Any], Callable[[Answered], float]]] = {
    RegexReward: regex_rule,
    LengthReward: length_rule,
    WordsReward: words_rule,
    AnswerReward: answer_rule,
}


def _imported(name: str) -> Callable[[list[Answered]], Sequence[float]]:
    module, _, attribute = name.partition(":")
    try:
        function: Any = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError("rewards", name, f"cannot import the reward {name}: {error}") from error
    if not callable(function):
        raise ConfigError("rewards", name, f"the reward {name} is not a function")
    return function  # type: ignore[no-any-return]


def _place_of(error: Exception) -> str:
    """The line of somebody's own code that raised it; nothing where it never came so far."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__]
    return f" in line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""


def _as_groups(values: Sequence[float], groups: Groups) -> Tensor:
    return torch.tensor([float(value) for value in values], dtype=torch.float64).reshape(
        len(groups), len(groups[0])
    )
