"""Agreement between annotators: tables of judgements in, figures with intervals out.

Light and public: numpy and scipy only, and the names below. `agreement_report` gives everything at
once, the others the parts. docs/statistics/ says what each figure means.

    >>> from alignment_core.agreement import JudgementTable, measure_agreement
    >>> table = JudgementTable.from_arrays(
    ...     comparison=[1, 1, 2, 2, 3, 3],
    ...     annotator=["ada", "bo", "ada", "bo", "ada", "bo"],
    ...     category=["first", "first", "second", "second", "first", "second"],
    ... )
    >>> figures = measure_agreement(table)
    >>> alpha = figures["krippendorff_alpha"]
    >>> round(alpha.value, 3), alpha.n_comparisons, alpha.interval_undefined
    (0.444, 3, 'few_clusters')
"""

from alignment_core.agreement.annotators.dawid_skene import (
    ConfusionPrior,
    DawidSkene,
    fit_dawid_skene,
)
from alignment_core.agreement.annotators.pairwise import PairwiseModel, fit_pairwise
from alignment_core.agreement.annotators.pairwise_step import PairPrior
from alignment_core.agreement.annotators.reliability import (
    AnnotatorReliability,
    measure_reliability,
)
from alignment_core.agreement.biases.length_haste_drift import (
    Bias,
    measure_drift,
    measure_haste,
    measure_length,
)
from alignment_core.agreement.biases.position import PositionBias, measure_position
from alignment_core.agreement.coefficients.annotator_pairs import (
    AnnotatorPair,
    PairMatrix,
    measure_pairs,
)
from alignment_core.agreement.coefficients.between import measure_between, measure_each_between
from alignment_core.agreement.coefficients.coefficients import (
    HEADLINE,
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    percent_agreement_by_comparison,
)
from alignment_core.agreement.coefficients.conger import measure_conger
from alignment_core.agreement.coefficients.headline import measure_agreement
from alignment_core.agreement.coefficients.judged_twice import measure_repeats
from alignment_core.agreement.coefficients.weighted import measure_alpha, measure_weighted
from alignment_core.agreement.figures.figure import Figure
from alignment_core.agreement.figures.intervals import wilson_interval
from alignment_core.agreement.figures.medians import clustered_median
from alignment_core.agreement.further.annotator_margins import fitted_margins
from alignment_core.agreement.further.arena import arena_standings
from alignment_core.agreement.further.asked import measure_asked, measure_specific
from alignment_core.agreement.further.ballots import Ballots
from alignment_core.agreement.further.origins import Origins
from alignment_core.agreement.further.planned import imagined_pilot, planned
from alignment_core.agreement.further.rated_models import rated_models
from alignment_core.agreement.further.repeated_verdicts import repeated_verdicts
from alignment_core.agreement.further.scales import weighted_strengths, weighted_verdicts
from alignment_core.agreement.ratings.e_process import (
    PairDecision,
    decide_pair,
    log_e_value,
    stand_among_all,
    votes_needed,
)
from alignment_core.agreement.ratings.matches import Matches, NotConnectedError
from alignment_core.agreement.ratings.narrowing import expected_narrowing, meeting_shares
from alignment_core.agreement.ratings.rating import Ratings, rate_models
from alignment_core.agreement.redundancy import (
    Redundancy,
    detect_redundancy,
    redundancy_of,
    without_selected,
)
from alignment_core.agreement.report import agreement_report
from alignment_core.agreement.tables.merging import merge_tables
from alignment_core.agreement.tables.table import JudgementTable
from alignment_core.agreement.when_to_stop import (
    comparisons_needed,
    first_judgements,
    outcome_posterior,
    plan_agreement,
    saved_interval,
)

__all__ = [
    "HEADLINE",
    "AnnotatorPair",
    "AnnotatorReliability",
    "Ballots",
    "Bias",
    "ConfusionPrior",
    "DawidSkene",
    "Figure",
    "JudgementTable",
    "Matches",
    "NotConnectedError",
    "Origins",
    "PairDecision",
    "PairMatrix",
    "PairPrior",
    "PairwiseModel",
    "PositionBias",
    "Ratings",
    "Redundancy",
    "agreement_report",
    "arena_standings",
    "brennan_prediger",
    "clustered_median",
    "comparisons_needed",
    "decide_pair",
    "detect_redundancy",
    "expected_narrowing",
    "first_judgements",
    "fit_dawid_skene",
    "fit_pairwise",
    "fitted_margins",
    "fleiss_kappa",
    "gwet_ac1",
    "imagined_pilot",
    "krippendorff_alpha",
    "log_e_value",
    "measure_agreement",
    "measure_alpha",
    "measure_asked",
    "measure_between",
    "measure_conger",
    "measure_drift",
    "measure_each_between",
    "measure_haste",
    "measure_length",
    "measure_pairs",
    "measure_position",
    "measure_reliability",
    "measure_repeats",
    "measure_specific",
    "measure_weighted",
    "meeting_shares",
    "merge_tables",
    "outcome_posterior",
    "percent_agreement",
    "percent_agreement_by_comparison",
    "plan_agreement",
    "planned",
    "rate_models",
    "rated_models",
    "redundancy_of",
    "repeated_verdicts",
    "saved_interval",
    "stand_among_all",
    "votes_needed",
    "weighted_strengths",
    "weighted_verdicts",
    "wilson_interval",
    "without_selected",
]
