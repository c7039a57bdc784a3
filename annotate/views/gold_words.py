"""What somebody is told of gold that they have judged, in a sentence and by the sides they saw."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement.own_gold import GoldShare
from annotate.agreement.plain_text import percent, whole
from annotate.forms.judging import SIDES
from annotate.judging.gold_feedback import expected_side
from annotate.judging.sides import side_of
from annotate.models import Judgement
from annotate.quality.gold_answers import is_right


def in_words(judgement: Judgement) -> str:
    """It names the comparison: by now another one is on the screen, with an A and a B, too."""
    if is_right(judgement):
        return _("The comparison you judged last: you said what was expected.")
    said = side_of(judgement.verdict, first_is_left=bool(judgement.first_was_left))
    expected = expected_side(judgement)
    words = dict(SIDES)
    return _(
        "The comparison you judged last: the expected answer was “%(expected)s”. "
        "You said “%(said)s”."
    ) % {"expected": words[expected], "said": words[said]}


def share_in_words(gold: GoldShare) -> str:
    if gold.share is None or gold.low is None or gold.high is None:
        return _("None of your judgements here is of a comparison whose answer was known.")
    return ngettext(
        "For %(n)s of the comparisons that you judged, the answer was known. You said what was "
        "expected in %(as_expected)s: %(share)s (%(low)s to %(high)s, a 95 %% interval).",
        "For %(n)s of the comparisons that you judged, the answer was known. You said what was "
        "expected in %(as_expected)s of them: %(share)s (%(low)s to %(high)s, a 95 %% interval).",
        gold.n,
    ) % {
        "n": whole(gold.n),
        "as_expected": whole(gold.n_as_expected),
        "share": percent(gold.share),
        "low": percent(gold.low),
        "high": percent(gold.high),
    }
