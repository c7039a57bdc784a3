"""Agreement between annotators: tables of judgements in, figures with intervals out.

Light: numpy and scipy only. `agreement_report` gives everything at once; the modules beside it
give the parts.
"""

from alignment_core.agreement.coefficients import (
    HEADLINE,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    percent_agreement_by_comparison,
)
from alignment_core.agreement.figure import Figure
from alignment_core.agreement.headline import measure_agreement
from alignment_core.agreement.intervals import wilson_interval
from alignment_core.agreement.merging import merge_tables
from alignment_core.agreement.pairs import AnnotatorPair, PairMatrix, measure_pairs
from alignment_core.agreement.position import PositionBias, measure_position
from alignment_core.agreement.report import agreement_report
from alignment_core.agreement.table import JudgementTable

__all__ = [
    "HEADLINE",
    "AnnotatorPair",
    "Figure",
    "JudgementTable",
    "PairMatrix",
    "PositionBias",
    "agreement_report",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "measure_agreement",
    "measure_pairs",
    "measure_position",
    "merge_tables",
    "percent_agreement",
    "percent_agreement_by_comparison",
    "wilson_interval",
]
