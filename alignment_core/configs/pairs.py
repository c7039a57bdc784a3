"""What the methods that learn from pairs have in common, and reward models."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.combinations import refuse_together, refuse_unless
from alignment_core.configs.options import option
from alignment_core.configs.training import TrainingConfig
from alignment_core.configs.votes import VoteRule
from alignment_core.errors import ConfigError

TIE_MODELS = ("davidson", "rao_kupper")


@dataclass(frozen=True, kw_only=True)
class PairConfig(TrainingConfig):
    """What the methods that learn from pairs have in common."""

    soft_labels: bool = option(
        False,
        help="Learn from the share of votes instead of the outcome alone.",
        source="Rafailov et al. 2023 and Bradley & Terry 1952 take the outcome as certain; turn "
        "it on where three or more people judged each pair",
    )
    vote_prior: float = option(
        0.5,
        help="Votes added to each side before taking the share.",
        source="Jeffreys' prior of a share",
        minimum=0.0,
        maximum=1000.0,
    )
    ties: str = option(
        "auto",
        help="What pairs without a winner teach: drop leaves them out, half counts them as one "
        "half each way, auto is half with soft labels and drop without.",
        source="ours: the papers have no ties",
        choices=("auto", "drop", "half"),
    )
    weighting: str = option(
        "equal",
        help="What a pair counts in the loss: all the same, or by how far people agree on it.",
        source="Rafailov et al. 2023",
        choices=("equal", "agreement"),
    )
    weighting_power: float = option(
        1.0,
        help="With weighting by agreement, a pair with share p counts |2p - 1| to this power; the "
        "mean over the training split is 1.",
        source="ours: in proportion",
        above=0.0,
        maximum=10.0,
    )
    curriculum: str = option(
        "none",
        help="What the first epoch goes by, from easy to hard: agreement (most first), strength "
        "of the preference (clearest first) or length (shortest first). Other epochs are random.",
        source="Rafailov et al. 2023; an order is Bengio et al. 2009",
        choices=("none", "agreement", "strength", "length"),
    )

    @property
    def ties_resolved(self) -> str:
        """What `ties` comes to, with auto resolved."""
        if self.ties != "auto":
            return self.ties
        return "half" if self.soft_labels else "drop"

    @property
    def vote_rule(self) -> VoteRule:
        """How votes become targets."""
        return VoteRule(
            soft_labels=self.soft_labels,
            vote_prior=self.vote_prior,
            keeps_ties=self.ties_resolved != "drop",
        )

    def __post_init__(self) -> None:
        super().__post_init__()
        weighs, orders = self.weighting == "agreement", self.curriculum == "agreement"
        refuse_unless(
            self,
            ["vote_prior"],
            holds=self.soft_labels or weighs or orders,
            other="soft_labels",
            why="without shares of votes there is nothing to add to",
        )
        refuse_unless(
            self,
            ["weighting_power"],
            holds=weighs,
            other="weighting",
            why="only weighting by agreement has a power",
        )
        if weighs and self.ties_resolved != "drop":
            refuse_together(
                self, "weighting", "ties", why="a tie would weigh nothing; set ties to drop"
            )


@dataclass(frozen=True, kw_only=True)
class VoteModelConfig(PairConfig):
    """What the methods have in common whose loss is a likelihood of votes."""

    ties: str = option(
        "auto",
        help="What pairs without a winner teach: drop leaves them out, half counts them as one "
        "half each way, davidson and rao_kupper are models of votes that know ties, auto is half "
        "with soft labels and drop without.",
        source="ours: the papers have no ties; the models are Davidson 1970 and Rao & Kupper 1967",
        choices=("auto", "drop", "half", *TIE_MODELS),
    )
    tie_nu: float = option(
        0.0,
        help="How readily people call a tie, with a model that knows ties: above 0 for davidson, "
        "above 1 for rao_kupper; 0 takes it from the share of ties in the data.",
        source="ours: the likeliest value where all pairs are equal",
        minimum=0.0,
        maximum=1000.0,
    )
    strength_margin: float = option(
        0.0,
        help="How far apart the rewards should at least be, for each unit of the preference's "
        "strength.",
        source="Rafailov et al. 2023; above 0 it is Touvron et al. 2023 (Llama 2) and Amini et "
        "al. 2024 (ODPO)",
        minimum=0.0,
        maximum=100.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        knows_ties = self.ties in TIE_MODELS
        refuse_unless(
            self, ["tie_nu"], holds=knows_ties, other="ties", why="only a model of ties has a ν"
        )
        if self.ties == "rao_kupper" and 0 < self.tie_nu <= 1:
            raise ConfigError(
                "tie_nu",
                self.tie_nu,
                "tie_nu must be above 1 with ties 'rao_kupper', not {value}",
                parts={"value": self.tie_nu},
            )
        if knows_ties and self.strength_margin > 0:
            refuse_together(
                self, "strength_margin", "ties", why="a model of ties has no place for a margin"
            )


@dataclass(frozen=True, kw_only=True)
class RewardModelConfig(VoteModelConfig):
    """A Bradley–Terry reward model: a score whose difference predicts the preference."""

    learning_rate: float = option(
        3e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Dubois et al. 2023 (AlpacaFarm)",
        above=0.0,
        maximum=1.0,
    )
    centring: float = option(
        0.0,
        help="Draws scores to 0: this times the square of both sides' sum is added to the loss.",
        source="Stiennon et al. 2020; Eisenstein et al. 2023 use 0.01",
        minimum=0.0,
        maximum=10.0,
    )
    head_dropout: float = option(
        0.0,
        help="Share of the last hidden state that is left out at random while the head learns. "
        "Above 0, the spread that it would cause is reported as uncertainty.",
        source="TRL turns dropout off; above 0 it is Gal & Ghahramani 2016",
        minimum=0.0,
        below=1.0,
    )
    n_heads: int = option(
        1,
        help="Heads on the one backbone, each learning from its own half of the pairs; their mean "
        "is the score, and their spread is reported as uncertainty.",
        source="Stiennon et al. 2020; more are Osband et al. 2016",
        minimum=1,
        maximum=64,
    )
    cohort_heads: bool = option(
        False,
        help="Learn, beside the score for all, what each cohort of annotators prefers.",
        source="ours: one group's taste is not noise",
    )
    cohort_shrinkage: float = option(
        0.1,
        help="How strongly each cohort's head is drawn to the score for all.",
        source="ours",
        minimum=0.0,
        maximum=1000.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_unless(
            self,
            ["cohort_shrinkage"],
            holds=self.cohort_heads,
            other="cohort_heads",
            why="there is no cohort's head to draw",
        )
        if self.cohort_heads and not self.soft_labels:
            refuse_together(
                self, "cohort_heads", "soft_labels", why="a cohort has votes but no outcome"
            )
