"""What the settings of methods that learn from pairs and votes are called, and do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PAIR_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "beta": (
        _("Beta"),
        _("How strongly the policy is held to the reference: higher stays closer."),
    ),
    "loss": (
        _("Loss"),
        _("What is made of how far the chosen answer is ahead of the rejected one."),
    ),
    "label_smoothing": (
        _("Label smoothing"),
        _("Assumed share of preferences that were recorded the wrong way round."),
    ),
    "soft_labels": (
        _("Soft labels"),
        _("Learn from the share of votes instead of the outcome alone; ties then count as half."),
    ),
    "vote_prior": (
        _("Vote prior"),
        _("Votes added to each side before the share is taken, with soft labels."),
    ),
    "ties": (_("Ties"), _("What pairs without a winner teach.")),
    "tie_nu": (
        _("Readiness to tie"),
        _("How readily people call a tie, in a model that knows ties; 0 takes it from the data."),
    ),
    "weighting": (
        _("Weight of a pair"),
        _("The same for all, or more where people agree."),
    ),
    "weighting_power": (
        _("Power of the weight"),
        _("Above 1, agreement makes more of a difference; only with weights by agreement."),
    ),
    "strength_margin": (
        _("Margin by strength"),
        _("How far apart rewards should be for each step of “much better”; 0 asks for none."),
    ),
    "curriculum": (
        _("Order of the first epoch"),
        _("From easy to hard; later epochs are in random order."),
    ),
    "log_ratio": (
        _("Length"),
        _("Whether a completion's tokens are summed or averaged; auto follows the loss."),
    ),
    "ld_alpha": (
        _("Weight of the longer rest"),
        _("What tokens count that only the longer answer has; below 1 length matters less."),
    ),
    "nll_weight": (
        _("Imitation beside it"),
        _("Weight of also learning to write the chosen answers."),
    ),
    "gamma": (_("Margin"), _("How far apart the rewards of the two answers should be.")),
    "odds_weight": (
        _("Weight of the odds ratio"),
        _("Beside learning to write the chosen answers."),
    ),
    "desirable_weight": (_("Weight of good answers"), _("Of each, in the loss.")),
    "undesirable_weight": (_("Weight of bad answers"), _("Of each, in the loss.")),
    "both_bad": (
        _("Learn from “both bad”"),
        _("Both answers are bad where people said so; no loss over pairs can learn that."),
    ),
    "centring": (_("Centring"), _("How strongly scores are drawn to 0; 0 lets them drift.")),
    "head_dropout": (
        _("Dropout of the head"),
        _("Above 0, scores come with an uncertainty."),
    ),
    "n_heads": (
        _("Heads"),
        _("Several learn from halves of the pairs; how far they differ is the uncertainty."),
    ),
    "cohort_heads": (
        _("A head for each cohort"),
        _("Learn what each group of annotators prefers, beside what all do."),
    ),
    "cohort_shrinkage": (
        _("Cohorts held together"),
        _("How strongly each cohort's head is drawn to the score for all."),
    ),
}
