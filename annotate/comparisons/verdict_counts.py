"""The columns of a comparison that count its verdicts."""

from annotate.models import Verdict

VERDICT_COUNTS = {
    Verdict.FIRST: "n_first",
    Verdict.SECOND: "n_second",
    Verdict.TIE: "n_tie",
    Verdict.BOTH_BAD: "n_both_bad",
}
