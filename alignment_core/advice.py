"""Which method fits the data and the machine, with the reasons: the page "Which method?" as code.

Light: no torch. The thresholds are rules of thumb; those without a source are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FEW_PAIRS = 1000  # below it a preference loss overfits before it has learnt
MANY_BOTH_BAD = 0.3
ENOUGH_VOTES = 3.0
MANY_TIES = 0.15
LENGTH_DECIDES = 0.65  # always taking the longer agrees with people in 62 % of AlpacaEval's votes
ADAPTER_LEARNING_RATE = 5e-6
REWARDS = ("none", "model", "checkable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why: a name for programs and translations, a sentence, and where the advice is from."""

    name: str
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """A method, the settings that differ from its defaults, and the reasons in order."""

    method: str
    settings: dict[str, Any]
    reasons: tuple[Reason, ...]


SOURCES = {
    "answers_can_be_checked": "Shao et al. 2024 (GRPO); Yu et al. 2025 (DAPO)",
    "reward_model_and_gpu": "Shao et al. 2024 (GRPO); Gao et al. 2023 on over-optimization",
    "sampling_needs_a_gpu": "ours",
    "few_pairs": "Ouyang et al. 2022: fine-tuning comes before preferences",
    "many_both_bad": "Ethayarajh et al. 2024 (KTO)",
    "pairs": "Rafailov et al. 2023; Tunstall et al. 2023 (Zephyr)",
    "shares_of_votes": "Mitchell 2023 (cDPO); Zhang et al. 2025 on diverging preferences",
    "many_ties": "Davidson 1970; Chen et al. 2024, arXiv:2409.17431",
    "length_decides": "Liu et al. 2024 (LD-DPO)",
    "little_memory": "Hu et al. 2021 (LoRA); Tunstall et al. 2023 (Zephyr) for the rate",
}
TEXTS = {
    "answers_can_be_checked": "A program can tell right answers from wrong ones, so the policy can "
    "learn from what it samples, beyond the answers that people have compared.",
    "reward_model_and_gpu": "A reward model can judge what the policy samples, and the GPU makes "
    "sampling quick enough. Watch the KL: a reward model can be exploited.",
    "sampling_needs_a_gpu": "There is a reward, but without a GPU sampling takes most of the time; "
    "learning from the pairs themselves does not sample.",
    "few_pairs": "There are fewer than {few} decided pairs: a preference loss would learn them by "
    "heart. Imitate the chosen answers first, train a reward model to see whether the preferences "
    "can be predicted, and collect more.",
    "many_both_bad": "People called both answers bad in {share:.0%} of comparisons. A loss over "
    "pairs cannot learn from those; KTO can, as it takes each answer by itself.",
    "pairs": "{n} decided pairs are enough for DPO, the best-understood method for pairs. Its "
    "reference is computed once and kept, so it takes no more memory than fine-tuning.",
    "shares_of_votes": "With {votes:.1f} votes on a pair, the share of votes says how sure people "
    "are; contested pairs are then not pushed for ever.",
    "many_ties": "{share:.0%} are ties. Davidson's model learns from them that two answers are "
    "about as good, instead of leaving them out.",
    "length_decides": "Always taking the longer answer agrees with {share:.0%} of the preferences, "
    "so the policy would learn to be long; the tokens that only the longer answer has count half.",
    "little_memory": "Adapters and recomputed layers fit where whole weights with their optimizer "
    "do not; adapters want a learning rate about ten times as high.",
}


def recommend(
    *,
    n_pairs: int,
    votes_per_pair: float,
    tie_share: float,
    both_bad_share: float = 0.0,
    longer_wins: float | None = None,
    reward: str = "none",
    has_gpu: bool = False,
    is_memory_limited: bool = False,
) -> Recommendation:
    """The method to begin with, for what is known of the data and the machine.

    Args:
        n_pairs: comparisons with a preference.
        votes_per_pair: mean judgements that compare, for each.
        tie_share, both_bad_share: of all resolved comparisons, in [0, 1].
        longer_wins: share of the preferences that are for the longer answer; None if unknown.
        reward: "none", "model" (a reward model has been trained) or "checkable" (a program can
            tell right from wrong).
        is_memory_limited: whether whole weights, gradients and optimizer do not fit.
    Raises: ValueError if an argument is out of range.
    """
    _check(n_pairs, votes_per_pair, (tie_share, both_bad_share, longer_wins or 0.0), reward)
    advice = _Advice()
    if reward == "checkable" and has_gpu:
        advice.choose("dapo", "answers_can_be_checked")
    elif reward == "model" and has_gpu:
        advice.choose("grpo", "reward_model_and_gpu")
    else:
        if reward != "none":
            advice.because("sampling_needs_a_gpu")
        if both_bad_share >= MANY_BOTH_BAD:
            advice.choose("kto", "many_both_bad", share=both_bad_share)
            advice.settings["both_bad"] = True
        elif n_pairs < FEW_PAIRS:
            advice.choose("sft", "few_pairs", few=FEW_PAIRS)
        else:
            advice.choose("dpo", "pairs", n=n_pairs)
            _fit_to_votes(advice, votes_per_pair, tie_share, longer_wins)
    if is_memory_limited:
        advice.because("little_memory")
        advice.settings |= {"lora_rank": 16, "gradient_checkpointing": True}
        if advice.method == "dpo":
            advice.settings["learning_rate"] = ADAPTER_LEARNING_RATE
    return Recommendation(
        method=advice.method, settings=advice.settings, reasons=tuple(advice.reasons)
    )


class _Advice:
    """A recommendation in the making."""

    def __init__(self) -> None:
        self.method = ""
        self.settings: dict[str, Any] = {}
        self.reasons: list[Reason] = []

    def choose(self, method: str, name: str, **figures: Any) -> None:
        self.method = method
        self.because(name, **figures)

    def because(self, name: str, **figures: Any) -> None:
        text = TEXTS[name].format(**figures)
        self.reasons.append(Reason(name=name, text=text, source=SOURCES[name]))


def _fit_to_votes(
    advice: _Advice, votes_per_pair: float, tie_share: float, longer_wins: float | None
) -> None:
    """DPO's settings for how people voted."""
    if votes_per_pair >= ENOUGH_VOTES:
        advice.because("shares_of_votes", votes=votes_per_pair)
        advice.settings["soft_labels"] = True
    if tie_share >= MANY_TIES:
        advice.because("many_ties", share=tie_share)
        advice.settings["ties"] = "davidson"
    if longer_wins is not None and longer_wins >= LENGTH_DECIDES:
        advice.because("length_decides", share=longer_wins)
        advice.settings["ld_alpha"] = 0.5


def _check(n_pairs: int, votes_per_pair: float, shares: tuple[float, ...], reward: str) -> None:
    if n_pairs < 0 or votes_per_pair < 0 or not all(0 <= share <= 1 for share in shares):
        raise ValueError("counts must be at least 0, and shares from 0 to 1")
    if reward not in REWARDS:
        raise ValueError(f"reward must be one of {', '.join(REWARDS)}, not {reward!r}")
