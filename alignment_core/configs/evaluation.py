"""The settings of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import check_options, option


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """What is measured beyond the pairs themselves, and on how much."""

    n_prompts: int = option(
        64,
        help="Prompts of the data that the policy answers, for KL, win rate, best-of-n and length; "
        "0 samples nothing.",
        source="ours: a win rate of one half is then known to within 12 points",
        minimum=0,
        maximum=100_000,
    )
    n_samples: int = option(
        8,
        help="Samples of each prompt where a reward model chooses the best of them.",
        source="ours",
        minimum=1,
        maximum=1024,
    )
    max_new_tokens: int = option(128, help="Longest sample in tokens.", source="ours", minimum=1)
    safety: bool = option(
        True,
        help="Answer the prompts of the safety suite and look for signs in what is said.",
        source="ours: a policy that was trained to please should be looked at",
    )
    max_unusable: float = option(
        0.01,
        help="Share of the records that may be left out because they cannot be read, or a chat "
        "template does not take them; with more of them the evaluation is refused.",
        source="ours: a bad record in a hundred is an accident, more are a mistake",
        minimum=0.0,
        maximum=1.0,
    )
    tokens_per_micro_batch: int = option(
        2048,
        help="Tokens, padding included, that go through a model at once.",
        source="ours: fastest for small models on two cores; a GPU likes more",
        minimum=1,
    )
    device: str = option(
        "auto",
        help="Where to run; auto takes a GPU if there is one.",
        source="ours",
        choices=("auto", "cpu", "cuda"),
    )
    seed: int = option(
        0,
        help="Fixes every draw, together with the prompt and the sample's number.",
        source="ours",
        minimum=0,
        maximum=2**31 - 1,
    )

    def __post_init__(self) -> None:
        check_options(self)
