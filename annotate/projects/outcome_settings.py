"""The settings by which votes become preferences, and by which comparisons want votes."""

from annotate.models import OVERLAP_SETTINGS

RULE = ("min_judgements", "resolution_rule", "min_agreement", "min_posterior")
OVERLAP = ("overlap", *OVERLAP_SETTINGS)
DECISIVE = (*RULE, *OVERLAP)
