"""Why rows are not in an export, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.data.one_by_one import REPEATED, REPLACED
from annotate.preferences import edits

REASONS = {
    "unresolved": _("judged, but not decided"),
    "not_trainable": _("gold, archived, erased, or with an empty answer"),
    "arena": _("judged in an arena, on a prompt that is held out from training"),
    "repeat": _("judged a second time, as a silent repeat"),
    "kind": _("judged by annotators of another kind"),
    "cohort": _("judged by another cohort"),
    "agreement": _("less agreement than asked for"),
    "date": _("of another day"),
    "tag": _("without one of the tags"),
    "origin": _("of other origins"),
    "tie": _("a tie, which this format cannot say"),
    "both_bad": _("both bad, which this format cannot say"),
    "form": _("a conversation that this format cannot hold"),
    "repeated": _("said by an earlier row"),
    REPLACED: _("an answer in whose place its edit stands"),
    REPEATED: _("one more pair of an edit that stands in an earlier row"),
    **edits.LEFT_OUT,
}


def in_words(left_out: Mapping[str, int]) -> list[tuple[int, str | Promise]]:
    """How many rows were left out for which reason, in the order of the reasons."""
    return [(left_out[name], words) for name, words in REASONS.items() if left_out.get(name)]
