"""A statistic with everything needed to read it: interval, counts, prevalence, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

# Why a value cannot be computed. Stable keys: whoever shows a figure turns them into words.
NO_JUDGEMENTS = "no_judgements"
SINGLE_ANNOTATOR = "single_annotator"  # one person judged everything
NOTHING_SHARED = "nothing_shared"  # several people, but never on the same comparison
ONE_COMPARISON = "one_comparison"  # chance cannot be estimated from one shared comparison
ONE_CATEGORY = "one_category"  # everybody gave one verdict: expected disagreement is 0
ANNOTATORS_UNKNOWN = "annotators_unknown"  # the table holds counts without names
SIDES_UNKNOWN = "sides_unknown"  # nobody recorded which side was chosen
ALL_TIES = "all_ties"  # nobody took a side: every verdict was a tie, or both bad
NO_REPEATS = "no_repeats"  # nobody judged a comparison twice
LENGTHS_UNKNOWN = "lengths_unknown"  # nobody recorded which completion is longer
TIMES_UNKNOWN = "times_unknown"  # nobody recorded how long, or when, people judged
STRENGTHS_UNKNOWN = "strengths_unknown"  # nobody said by how much one answer is better
MODELS_UNKNOWN = "models_unknown"  # nobody recorded which models wrote the answers
ONE_MODEL = "one_model"  # no comparison has answers of two models
NEVER_MET = "never_met"  # some models were never compared with the others
ONE_SIDED = "one_sided"  # some models never lost to, or never won against, any of the others
NOT_TOLD_APART = "not_told_apart"  # what is asked of the data goes with something else in them
NOBODY_SAID = "nobody_said"  # what is asked about was said by nobody where two judged
NOT_FOUND = "not_found"  # the search for the likeliest values ended without them

# Why a value that can be computed has no interval.
ONE_CLUSTER = "one_cluster"  # one prompt: nothing to resample
FEW_CLUSTERS = "few_clusters"  # so few prompts that no interval of this kind holds what it says
NO_VARIATION = "no_variation"  # every resample gives the same value (all agree)
UNSTABLE = "unstable"  # too many resamples leave the statistic undefined

UNDEFINED_REASONS = (
    NO_JUDGEMENTS,
    SINGLE_ANNOTATOR,
    NOTHING_SHARED,
    ONE_COMPARISON,
    ONE_CATEGORY,
    ANNOTATORS_UNKNOWN,
    SIDES_UNKNOWN,
    ALL_TIES,
    NO_REPEATS,
    LENGTHS_UNKNOWN,
    TIMES_UNKNOWN,
    STRENGTHS_UNKNOWN,
    MODELS_UNKNOWN,
    ONE_MODEL,
    NEVER_MET,
    ONE_SIDED,
    NOT_TOLD_APART,
    NOT_FOUND,
    NOBODY_SAID,
)
INTERVAL_UNDEFINED_REASONS = (ONE_COMPARISON, ONE_CLUSTER, FEW_CLUSTERS, NO_VARIATION, UNSTABLE)

# What to know of a figure that stands, the worst first: it carries one.
VOTES_DECIDED = "votes_decided"  # verdicts decided how often a comparison was judged
RARE_VERDICTS = "rare_verdicts"  # one verdict is so common that a few comparisons decide
FEW_PROMPTS = "few_prompts"  # fewer than FEWEST_PROMPTS: nothing says well how far prompts differ
CAUTIONS = (VOTES_DECIDED, RARE_VERDICTS, FEW_PROMPTS)
FEWEST_PROMPTS = 20  # or comparisons, where prompts are not known

BOOTSTRAP_BCA = "bootstrap_bca"
BCA_OR_JACKKNIFE = "bca_or_jackknife"  # few prompts: whichever of the two reaches further
WILSON_CLUSTERS = "wilson_clusters"  # Wilson's on as many judgements as are worth independent ones
IMPUTED_MID_P = "imputed_mid_p"  # exact, on the judgements left after paying for unknown truths
CLUSTER_SANDWICH = "cluster_sandwich"  # robust to comparisons of one prompt being alike
JACKKNIFE = "jackknife"  # leaving out one prompt each
INFORMATION = "information"  # how sharply the judgements, and a prior, settle the value
METHODS = (
    BOOTSTRAP_BCA,
    BCA_OR_JACKKNIFE,
    WILSON_CLUSTERS,
    IMPUTED_MID_P,
    CLUSTER_SANDWICH,
    JACKKNIFE,
    INFORMATION,
)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One statistic.

    value: the estimate; None exactly where `undefined` says why.
    low, high: interval at `level`; both None where `interval_undefined` or `undefined` says why.
    n_comparisons, n_judgements, n_pairs: what the value rests on, which is comparisons with two
        judgements or more, the judgements of those, and the unordered pairs of judgements within
        a comparison (for a share of sides: decided judgements, and no pairs).
    prevalence: share of each category among those judgements, summing to 1; empty if there are
        none or where categories play no part.
    method: how the interval is made, one of METHODS.
    caution: what to know of the value or the interval, a key of CAUTIONS, or None.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    n_comparisons: int
    n_judgements: int
    n_pairs: int
    prevalence: dict[str, float]
    undefined: str | None
    interval_undefined: str | None
    method: str
    caution: str | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != (self.undefined is not None):
            raise ValueError(f"a figure has a value or a reason: {self.value=}, {self.undefined=}")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"an interval has both ends or none: {self.low=}, {self.high=}")

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Self:
        """From `to_dict`, whatever else stands beside the fields, such as a reading."""
        return cls(**{field.name: entry[field.name] for field in fields(cls)})


def worst_caution(*cautions: str | None) -> str | None:
    """The first of CAUTIONS among these, or None."""
    return next((caution for caution in CAUTIONS if caution in cautions), None)
