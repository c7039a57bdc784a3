"""The settings of methods that train a policy on judged completions against a reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alignment_core.configs.combinations import refuse_together, refuse_unless
from alignment_core.configs.options import option
from alignment_core.configs.pairs import TIE_MODELS, VoteModelConfig
from alignment_core.configs.training import TrainingConfig
from alignment_core.configs.votes import VoteRule
from alignment_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class LossTraits:
    """What a loss of DPO's family can make use of."""

    smooths: bool = False  # an assumed share of flipped labels
    must_smooth: bool = False  # without one it means nothing
    takes_shares: bool = False  # a probability between 0 and 1 changes where it is least
    ties: tuple[str, ...] = ("drop",)
    takes_margin: bool = False  # a margin from the strength of the preference
    takes_means: bool = False  # log-ratios are means over tokens unless it is told otherwise


_SIGMOID = LossTraits(
    smooths=True, takes_shares=True, ties=("drop", "half", *TIE_MODELS), takes_margin=True
)
LOSSES = {
    "sigmoid": _SIGMOID,
    "sigmoid_norm": replace(_SIGMOID, takes_means=True),
    "robust": LossTraits(smooths=True, must_smooth=True, ties=("drop", "half")),
    "ipo": LossTraits(takes_shares=True, ties=("drop", "half"), takes_means=True),
    "hinge": LossTraits(takes_margin=True),
    "apo_zero": LossTraits(),
    "apo_down": LossTraits(),
    "exo_pair": LossTraits(
        smooths=True, must_smooth=True, takes_shares=True, ties=("drop", "half")
    ),
    "nca_pair": LossTraits(takes_shares=True, ties=("drop", "half")),
    "sppo": LossTraits(takes_shares=True, ties=("drop", "half")),
}


@dataclass(frozen=True, kw_only=True)
class DPOConfig(VoteModelConfig):
    """Direct Preference Optimization, with the losses of its family."""

    beta: float = option(
        0.1,
        help="How strongly the policy is held to the reference. It is ipo's τ, and sppo's 1 / η, "
        "such as 0.001; where log-ratios are means over tokens it is on another scale, such as 5.",
        source="Rafailov et al. 2023, appendix B",
        above=0.0,
        maximum=100.0,
    )
    loss: str = option(
        "sigmoid",
        help="sigmoid is DPO; sigmoid_norm is DPO of means over tokens; robust corrects for "
        "flipped labels (rDPO); ipo stops at a margin; hinge ignores pairs that are far enough "
        "apart; apo_zero raises chosen and lowers rejected; apo_down lowers both, for chosen that "
        "are worse than the model's own; exo_pair rather takes one side than both; nca_pair keeps "
        "chosen likely; sppo draws each side to how often it wins.",
        source="Rafailov et al. 2023",
        choices=tuple(LOSSES),
    )
    label_smoothing: float = option(
        0.0,
        help="Assumed share of preferences recorded the wrong way round.",
        source="Rafailov et al. 2023; above 0 it is Mitchell 2023 (cDPO), or, with the robust "
        "loss, Chowdhury et al. 2024",
        minimum=0.0,
        below=0.5,
    )
    log_ratio: str = option(
        "auto",
        help="Whether a completion's log-ratio is the sum over its tokens or their mean; auto is "
        "the mean for ipo and sigmoid_norm and the sum for every other loss.",
        source="Rafailov et al. 2023; for ipo, its authors; the mean with sigmoid is Lambert et "
        "al. 2024 (Tülu 3)",
        choices=("auto", "sum", "mean"),
    )
    ld_alpha: float = option(
        1.0,
        help="What each token beyond the length of the pair's shorter completion counts.",
        source="Rafailov et al. 2023; below 1 it is Liu et al. 2024 (LD-DPO)",
        minimum=0.0,
        maximum=1.0,
    )
    nll_weight: float = option(
        0.0,
        help="Weight of imitating the chosen completions, as in fine-tuning, beside the loss.",
        source="Rafailov et al. 2023; above 0 it is Pang et al. 2024 (RPO)",
        minimum=0.0,
        maximum=100.0,
    )
    curriculum: str = option(
        "none",
        help="What the first epoch goes by, from easy to hard: agreement (most first), strength "
        "of the preference (clearest first), length (shortest first) or reference (how far the "
        "reference prefers chosen, a token). Other epochs are random.",
        source="Rafailov et al. 2023; an order is Bengio et al. 2009",
        choices=("none", "agreement", "strength", "length", "reference"),
    )

    @property
    def takes_means(self) -> bool:
        """Whether log-ratios are means over tokens."""
        return self.log_ratio == "mean" or (
            self.log_ratio == "auto" and LOSSES[self.loss].takes_means
        )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_loss()
        if self.ties in TIE_MODELS and self.label_smoothing > 0:
            refuse_together(
                self, "label_smoothing", "ties", why="the model of ties is fitted to the votes"
            )
        if self.ld_alpha < 1 and self.takes_means:
            refuse_together(
                self, "ld_alpha", "log_ratio", why="each takes the length out in its own way"
            )

    def _check_loss(self) -> None:
        traits = LOSSES[self.loss]
        if self.soft_labels and not traits.takes_shares:
            refuse_together(
                self, "soft_labels", "loss", why="this loss would not stop at the share of votes"
            )
        if self.ties_resolved not in traits.ties:
            refuse_together(self, "ties", "loss", why="this loss has no place for a tie")
        if traits.must_smooth and self.label_smoothing == 0:
            raise ConfigError(
                "label_smoothing",
                0.0,
                "label_smoothing must be above 0 with loss {loss}, which is about the share of "
                "flipped labels",
                parts={"loss": repr(self.loss)},
            )
        if self.loss == "sigmoid_norm" and self.log_ratio == "sum":
            refuse_together(self, "log_ratio", "loss", why="this loss is about means over tokens")
        refuse_unless(
            self,
            ["label_smoothing"],
            holds=traits.smooths,
            other="loss",
            why="this loss would ignore it",
        )
        refuse_unless(
            self,
            ["strength_margin"],
            holds=traits.takes_margin,
            other="loss",
            why="this loss has no place for a margin",
        )


@dataclass(frozen=True, kw_only=True)
class KTOConfig(TrainingConfig):
    """Kahneman–Tversky Optimization: each completion is good or bad by itself."""

    learning_rate: float = option(
        1e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="TRL; Ethayarajh et al. 2024: between 5e-7 and 5e-6",
        above=0.0,
        maximum=1.0,
    )
    beta: float = option(
        0.1,
        help="How strongly the policy is held to the reference.",
        source="Ethayarajh et al. 2024",
        above=0.0,
        maximum=100.0,
    )
    desirable_weight: float = option(
        1.0,
        help="Weight of good completions.",
        source="Ethayarajh et al. 2024: weight times number should be within 1:1 and 4:3",
        minimum=0.0,
        maximum=100.0,
    )
    undesirable_weight: float = option(
        1.0,
        help="Weight of bad completions.",
        source="Ethayarajh et al. 2024: weight times number should be within 1:1 and 4:3",
        minimum=0.0,
        maximum=100.0,
    )
    both_bad: bool = option(
        False,
        help="Learn that both completions are bad where people said so.",
        source="ours: a pair loss cannot learn this, a loss over single completions can",
    )

    @property
    def vote_rule(self) -> VoteRule:
        """Which outcomes are used: a tie calls neither completion good or bad."""
        return VoteRule(keeps_both_bad=self.both_bad)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.desirable_weight == 0 and self.undesirable_weight == 0:
            refuse_together(
                self, "desirable_weight", "undesirable_weight", why="nothing would be learnt"
            )
