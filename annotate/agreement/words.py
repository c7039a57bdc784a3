"""Words for the keys of the agreement library: figures, readings, reasons, methods.

`docs/statistics/` says the same at length, with sources.
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
    "length": FigureWords(
        _("Share of longer answers chosen"),
        _("Of the judgements that chose one answer, this share chose the longer of the two."),
        _(
            "That length was the reason: longer answers may be the better ones. "
            "But a model trained on this learns to write at length."
        ),
    ),
    "haste": FigureWords(
        _("Judged faster than anybody reads"),
        _(
            "The share of judgements made in less time than reading both answers takes at "
            "700 words a minute, three times the usual speed."
        ),
        _("Whether the rest were read. And a short look may be enough where one answer is absurd."),
    ),
    "drift": FigureWords(
        _("Change of agreement over time"),
        _(
            "How much more often the later half of the judgements agrees with the others of the "
            "same comparison than the earlier half does."
        ),
        _("Why: people tire, guidelines blur, or the comparisons became harder."),
    ),
    "reliability": FigureWords(
        _("Reliability"),
        _(
            "The share of somebody’s judgements that give the verdict which all judgements "
            "together make most likely, by the model of Dawid and Skene (1979)."
        ),
        _(
            "Who is right in matters of taste: somebody with a taste of their own is found "
            "unreliable. Read what they chose before you conclude anything."
        ),
    ),
}

# Why there is no value. Each goes on from the word "undefined".
UNDEFINED: Words = {
    "no_judgements": _("because there are no judgements"),
    "single_annotator": _("because one person made all of the judgements"),
    "nothing_shared": _("because no comparison was judged by two people"),
    "one_comparison": _("because only one comparison is shared"),
    "one_category": _("because everybody said the same, so chance explains it too"),
    "annotators_unknown": _("because it is not known who judged"),
    "sides_unknown": _("because no judgement recorded which side was chosen"),
    "all_ties": _("because every verdict was a tie, or found both bad"),
    "no_repeats": _("because nobody judged a comparison twice"),
    "lengths_unknown": _("because it is not known which answers are longer"),
    "times_unknown": _("because no times were recorded"),
    "strengths_unknown": _("because nobody said by how much one answer is better"),
    "models_unknown": _("because it is not known which models wrote the answers"),
    "one_model": _("because no comparison has answers of two models"),
    "never_met": _("because some models were never compared with the others"),
    "one_sided": _("because some models never lost to the others, or never won against them"),
    "not_found": _("because the search for the likeliest values ended without them"),
    "nobody_said": _("because nobody gave it where two people judged"),
    "not_told_apart": _("because length cannot be told apart from which models met, or who won"),
}

INTERVAL_UNDEFINED: Words = {
    "one_comparison": _("no interval, because only one comparison is shared"),
    "one_cluster": _("no interval, because all comparisons belong to one prompt"),
    "few_clusters": _("no interval, because it rests on too few prompts"),
    "no_variation": _("no interval, because every resample gives the same; that is not certainty"),
    "unstable": _("no interval, because too few comparisons carry the figure"),
}

CAUTIONS: Words = {
    "votes_decided": _("bent, because verdicts decided how often people judged"),
    "rare_verdicts": _("one verdict is so common that a few comparisons decide this figure"),
    "few_prompts": _("from fewer than 20 prompts, so the interval itself is rough"),
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
    "length_shorter": _("shorter answers are chosen more often"),
    "length_even": _("no preference for a length was shown"),
    "length_longer": _("longer answers are chosen more often"),
    "drift_falls": _("agreement falls"),
    "drift_none_shown": _("no change was shown"),
    "drift_rises": _("agreement rises"),
    "reliability_below_chance": _("worse than chance"),
    "reliability_unproven": _("not told apart from chance"),
    "reliability_shown": _("better than chance"),
    "rating_below_mean": _("below the mean"),
    "rating_none_shown": _("not told apart from the mean"),
    "rating_above_mean": _("above the mean"),
    "models_second": _("the second is stronger"),
    "models_none_shown": _("not told apart"),
    "models_first": _("the first is stronger"),
    "pull_right": _("drawn to the right"),
    "pull_none_shown": _("no pull was shown"),
    "pull_left": _("drawn to the left"),
}

SOURCES: Words = {
    "krippendorff_2004": _("The word follows Krippendorff (2004)."),
    "landis_koch_1977": _("The word follows Landis and Koch (1977)."),
    "preference_practice_2022": _("The word compares with Bai et al. and Ouyang et al. (2022)."),
    "even_sides": _("The word says whether the interval leaves out 50 %."),
    "even_lengths": _("The word says whether the interval leaves out 50 %."),
    "no_change": _("The word says whether the interval leaves out 0."),
    "chance_accuracy": _(
        "The word says whether the interval leaves out what the same verdicts would reach if they "
        "ignored the answers."
    ),
    "mean_of_models": _("The word says whether the interval leaves out 0, the mean of the models."),
    "equal_models": _("The word says whether the interval leaves out 0."),
    "no_pull": _("The word says whether the interval leaves out 0."),
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
    "limits_even_lengths": _("A share above one half is no fault where longer answers are better."),
    "limits_no_change": _(
        "“No change was shown” is not “there is none”: look at how wide the interval is."
    ),
    "limits_chance_accuracy": _(
        "Few judgements cannot tell anybody apart from chance, however careful they were."
    ),
    "limits_mean_of_models": _("Where the mean lies depends on which models are rated together."),
    "limits_equal_models": _(
        "“Not told apart” is not “equally strong”: look at how wide the interval is."
    ),
    "limits_no_pull": _(
        "“No pull was shown” is not “there is none”: look at how wide the interval is."
    ),
}

METHODS: Words = {
    "bootstrap_bca": _(
        "The interval is a bootstrap over prompts: it speaks of other prompts judged by the same "
        "people."
    ),
    "bca_or_jackknife": _(
        "The interval reaches as far as a bootstrap over prompts, or leaving out one prompt at a "
        "time, whichever goes further: prompts are few."
    ),
    "wilson_clusters": _(
        "The interval is Wilson’s, widened because judgements of one prompt are alike."
    ),
    "imputed_mid_p": _(
        "The interval is exact for a share, widened because the true verdicts are not known for "
        "certain."
    ),
    "cluster_sandwich": _(
        "The interval allows for judgements of one prompt being alike (the sandwich formula)."
    ),
    "jackknife": _("The interval leaves out one prompt at a time (the jackknife)."),
    "information": _("The interval is as narrow as the judgements and a weak prior make it."),
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
    "length_shorter": "fair",
    "length_even": "good",
    "length_longer": "fair",
    "drift_falls": "fair",
    "drift_none_shown": "good",
    "drift_rises": "good",
    "reliability_below_chance": "poor",
    "reliability_unproven": "fair",
    "reliability_shown": "good",
    "rating_below_mean": "fair",
    "rating_none_shown": "fair",
    "rating_above_mean": "good",
    "models_second": "good",
    "models_none_shown": "fair",
    "models_first": "good",
    "pull_right": "fair",
    "pull_none_shown": "good",
    "pull_left": "fair",
}
