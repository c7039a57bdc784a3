"""Words for the keys of the agreement library: figures, readings, reasons, methods.

`docs/statistics.md` says the same at length, with sources.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = dict[str, Promise]


@dataclass(frozen=True)
class FigureWords:
    name: Promise
    says: Promise
    does_not_say: Promise


FIGURES: dict[str, FigureWords] = {
    "percent_agreement": FigureWords(
        _("Percent agreement"),
        _("Of all pairs of judgements of one comparison, this share gave the same verdict."),
        _(
            "How much of it is luck: tossed coins agree half of the time. "
            "And agreeing is not being right."
        ),
    ),
    "percent_agreement_by_comparison": FigureWords(
        _("Percent agreement, comparisons weighed alike"),
        _(
            "The share of agreeing pairs in each comparison, averaged: comparisons with many "
            "judgements weigh no more than others."
        ),
        _("Anything new where all comparisons have equally many judgements: then both are equal."),
    ),
    "krippendorff_alpha": FigureWords(
        _("Krippendorff’s alpha"),
        _(
            "Agreement beyond chance: 0 is what the same verdicts dealt out at random would give, "
            "1 is complete agreement. The one to look at first."
        ),
        _(
            "How reliable a majority is: it speaks of single judgements. It falls when one verdict "
            "dominates, even if people agree as often as before."
        ),
    ),
    "fleiss_kappa": FigureWords(
        _("Fleiss’ kappa"),
        _("Agreement beyond chance, as many papers report it; with much data it meets alpha."),
        _("More than alpha does. It shares its weakness: it falls when one verdict dominates."),
    ),
    "gwet_ac1": FigureWords(
        _("Gwet’s AC1"),
        _("Agreement beyond chance that keeps its meaning where one verdict dominates."),
        _(
            "Whether people judged or followed a habit: it takes a leaning that all share for "
            "agreement. Read it beside alpha, not instead of it."
        ),
    ),
    "cohen_kappa": FigureWords(
        _("Cohen’s kappa"),
        _("Agreement of two annotators beyond chance, on the comparisons that both judged."),
        _(
            "How any other two compare: each pair has its own comparisons. "
            "Look at their number before the colour."
        ),
    ),
    "position": FigureWords(
        _("Share of left choices"),
        _(
            "Sides are drawn at random for each judgement, so without a pull to one side this is "
            "50 %. Ties count nowhere."
        ),
        _(
            "Why somebody leans. And of twenty people, one is expected to miss 50 % by luck: "
            "that is what 95 % intervals are."
        ),
    ),
}

# Why there is no value. Each goes on from the word "undefined".
UNDEFINED: Words = {
    "no_judgements": _("because there are no judgements"),
    "single_annotator": _("because one person made all of the judgements"),
    "nothing_shared": _("because no comparison was judged by two people"),
    "one_comparison": _("because only one comparison is shared"),
    "one_category": _("because everybody gave the same verdict, so chance explains it too"),
    "annotators_unknown": _("because it is not known who judged"),
    "sides_unknown": _("because no judgement recorded which side was chosen"),
}

INTERVAL_UNDEFINED: Words = {
    "one_comparison": _("no interval, because only one comparison is shared"),
    "one_cluster": _("no interval, because all comparisons belong to one prompt"),
    "no_variation": _("no interval, because every resample gives the same; that is not certainty"),
    "unstable": _("no interval, because too few comparisons carry the figure"),
}

READINGS: Words = {
    "krippendorff_unreliable": _("not reliable"),
    "krippendorff_tentative": _("for tentative conclusions"),
    "krippendorff_reliable": _("reliable"),
    "landis_koch_poor": _("poor"),
    "landis_koch_slight": _("slight"),
    "landis_koch_fair": _("fair"),
    "landis_koch_moderate": _("moderate"),
    "landis_koch_substantial": _("substantial"),
    "landis_koch_almost_perfect": _("almost perfect"),
    "preference_below_usual": _("less than usual for preferences"),
    "preference_usual": _("usual for preferences"),
    "preference_above_usual": _("more than usual for preferences"),
    "position_left": _("leans to the left"),
    "position_even": _("no lean was shown"),
    "position_right": _("leans to the right"),
}

SOURCES: Words = {
    "krippendorff_2004": _("The word follows Krippendorff (2004)."),
    "landis_koch_1977": _("The word follows Landis and Koch (1977)."),
    "preference_practice_2022": _("The word compares with Bai et al. and Ouyang et al. (2022)."),
    "even_sides": _("The word says whether the interval leaves out 50 %."),
}

LIMITS: Words = {
    "limits_krippendorff_2004": _(
        "Those bands are meant for facts that have a right answer; in matters of taste few data "
        "sets reach them."
    ),
    "limits_landis_koch_1977": _(
        "Those bands are “clearly arbitrary”, their authors say, and drawn for kappa; "
        "AC1 reads higher on the same scale."
    ),
    "limits_preference_practice_2022": _(
        "For a choice between two answers they report 63 to 77 %. That is no target, and with ties "
        "as a third verdict percentages lie lower."
    ),
    "limits_even_sides": _(
        "“No lean was shown” is not “there is none”: look at how wide the interval is."
    ),
}

METHODS: Words = {
    "bootstrap_bca": _(
        "The interval is a bootstrap over prompts: it speaks of other prompts judged by the same "
        "people."
    ),
    "wilson": _("The interval is Wilson’s, for a share."),
}

# How good a reading is, as the stylesheet's tones; alone it would say less than the word.
TONES: dict[str, str] = {
    "krippendorff_unreliable": "fair",
    "krippendorff_tentative": "fair",
    "krippendorff_reliable": "good",
    "landis_koch_poor": "poor",
    "landis_koch_slight": "poor",
    "landis_koch_fair": "fair",
    "landis_koch_moderate": "fair",
    "landis_koch_substantial": "good",
    "landis_koch_almost_perfect": "good",
    "preference_below_usual": "poor",
    "preference_usual": "good",
    "preference_above_usual": "good",
    "position_left": "fair",
    "position_even": "good",
    "position_right": "fair",
}
