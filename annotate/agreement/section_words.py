"""Words for the figures of the sections: `docs/statistics/further.md` says the same at length."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.agreement.words import FigureWords, Words

_PART_OF_THE_CREDIT = _("Agreement that gives part of the credit to a verdict that is near.")
_THE_MIDDLE = _(
    "Much where everybody keeps to the middle. And figures with different weights do not compare."
)


def _on_a_scale(name: Promise) -> FigureWords:
    return FigureWords(name, _PART_OF_THE_CREDIT, _THE_MIDDLE)


SECTION_FIGURES: dict[str, FigureWords] = {
    "strength": FigureWords(
        _("Strength"),
        _(
            "How far a model lies from the mean of those it is rated with, as log-odds: who is 1 "
            "stronger is preferred 2.7 times as often as the other, ties apart."
        ),
        _(
            "Which is better in general: it speaks of these prompts and these people. A circle, "
            "A over B over C over A, does not show."
        ),
    ),
    "strength_at_equal_length": FigureWords(
        _("Strength at equal length"),
        _("The strength, as if both answers were equally long."),
        _("Whether that is fairer: longer answers may be the better ones."),
    ),
    "difference": FigureWords(
        _("Difference of strengths"),
        _("The strength of the first less that of the second, with an interval of its own."),
        _("Anything sure of the best of many pairs: some stand out by luck."),
    ),
    "share_of_decided": FigureWords(
        _("Decided judgements won"),
        _("Of the judgements that took a side, the share for this model’s answer."),
        _("Against whom: strength takes into account how strong the others are."),
    ),
    "length_pull": FigureWords(
        _("Pull of length"),
        _("How much 1,000 characters more add to the log-odds of being preferred."),
        _("That length was the reason: longer answers may be the better ones."),
    ),
    "margin_reliability": FigureWords(
        _("Reliability beside the margin"),
        _(
            "How sharply somebody’s choices follow which answer is better and by how far: "
            "0 is chance, below 0 is against the others."
        ),
        _("Much, where somebody judged little: a prior then holds it near 1.5."),
    ),
    "left_pull": FigureWords(
        _("Pull of the left side"),
        _("How far the left side draws somebody, as log-odds; 0 is no pull."),
        _("Why. And of many people, some are found to lean by luck."),
    ),
    "tie_width": FigureWords(
        _("Readiness to call a tie"),
        _("How near two answers may lie before somebody calls them even."),
        _("Whether they were even."),
    ),
    "kendall_w": FigureWords(
        _("Kendall’s W"),
        _("How far whole rankings agree: 0 is no common order, 1 is one order of all, ties apart."),
        _("Whether the order is right. It does not go below 0, and few rankings lift it by luck."),
    ),
    "tau_b": FigureWords(
        _("Mean Kendall’s tau-b"),
        _("How far two rankings of the same answers agree, from −1, reversed, to 1, the same."),
        _("How far people agree on the best: every pair of answers counts alike."),
    ),
    "alpha_ranks": FigureWords(
        _("Krippendorff’s alpha of ranks, ordinal"),
        _("Agreement beyond chance on the rank of each answer; a rank nearby is nearly right."),
        _("What one ranking is worth: the ranks in it depend on one another."),
    ),
    "weighted_agreement": _on_a_scale(_("Weighted agreement")),
    "weighted_fleiss_kappa": _on_a_scale(_("Weighted Fleiss’ kappa")),
    "gwet_ac2": _on_a_scale(_("Gwet’s AC2")),
    "weighted_brennan_prediger": _on_a_scale(_("Weighted Brennan and Prediger’s kappa")),
    "conger_kappa": _on_a_scale(_("Weighted Conger’s kappa")),
    "alpha_ordinal": _on_a_scale(_("Krippendorff’s alpha, ordinal")),
    "alpha_interval": _on_a_scale(_("Krippendorff’s alpha, interval")),
    "same_answer": FigureWords(
        _("Said the same"),
        _("Of two people who were asked the same, this share said the same."),
        _("How much of it is luck, or how far apart the others were."),
    ),
    "specific_agreement": FigureWords(
        _("Given by others too"),
        _(
            "Where somebody gave this reason, this share of the others gave it too, and for the "
            "same answer."
        ),
        _("That it was the true reason. And one that everybody always picks scores high."),
    ),
    "same_again": FigureWords(
        _("Said the same again"),
        _("Of comparisons that came back unannounced, this share got the same verdict again."),
        _("Whether the verdict is right. Soon afterwards, it measures memory."),
    ),
    "kappa_again": FigureWords(
        _("Cohen’s kappa with oneself"),
        _("Agreement beyond chance of what people said first and what they said again."),
        _("Whether others agree: who does not agree with themselves cannot agree with others."),
    ),
}

WEIGHTED = (
    "weighted_agreement",
    "weighted_fleiss_kappa",
    "gwet_ac2",
    "weighted_brennan_prediger",
    "conger_kappa",
)
ALPHAS = ("alpha_ordinal", "alpha_interval")
ORDERS = ("kendall_w", "tau_b", "alpha_ranks")
ASKED = ("same_answer", "specific_agreement")
AGAIN = {"same_again": "percent_agreement", "kappa_again": "cohen_kappa"}  # as stored

WEIGHTS: Words = {
    "ordinal": _("ordinal weights"),
    "linear": _("linear weights"),
    "quadratic": _("quadratic weights"),
}
SCALES: Words = {
    "verdicts": _("First, tie, second"),
    "strength": _("By how much one is better"),
}
TIE_MODELS: Words = {
    "rao_kupper": _("Ties by the model of Rao and Kupper (1967)."),
    "davidson": _("Ties by the model of Davidson (1970)."),
}
LEFT_OUT: Words = {
    "unknown_model": _("whose models are not known"),
    "same_model": _("of two answers by one model"),
    "other_verdict": _("that found both bad"),
    "rarer_model": _("with a model beyond the hundred that were judged most"),
}
