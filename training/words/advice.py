"""Why a method is advised, in the reader's language; the library gives names, we the figures."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "answers_can_be_checked": _(
        "A program can tell right answers from wrong ones, so the model can learn from what it "
        "writes itself."
    ),
    "reward_model_and_gpu": _(
        "A reward model can judge what the model writes, and the GPU makes writing quick enough. "
        "Watch the KL: a reward model can be exploited."
    ),
    "sampling_needs_a_gpu": _(
        "There is a reward model, but without a GPU sampling would take most of the time; learning "
        "from the pairs themselves does not sample."
    ),
    "few_pairs": _(
        "There are fewer than %(few)d decided pairs: a preference loss would learn them by heart. "
        "Imitate the chosen answers first, and collect more."
    ),
    "many_both_bad": _(
        "People called both answers bad in %(both_bad)s of the comparisons. A loss over pairs "
        "cannot learn from those; KTO takes each answer by itself."
    ),
    "pairs": _(
        "%(n_pairs)d decided pairs are enough for DPO, the best-understood method for pairs."
    ),
    "shares_of_votes": _(
        "With %(votes).1f votes on a pair, soft labels say how sure people are; contested pairs "
        "are then not pushed for ever."
    ),
    "many_ties": _(
        "%(ties)s are ties. Davidson's model learns from them that two answers are about as good, "
        "instead of leaving them out."
    ),
    "length_decides": _(
        "Always taking the longer answer agrees with %(longer)s of the preferences, so the model "
        "would learn to be long; what only the longer answer has counts half."
    ),
    "little_memory": _(
        "Adapters and recomputed layers fit where whole weights with their optimizer do not."
    ),
}
