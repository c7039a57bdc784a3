"""What to do about an alarm, in the reader's language; the library says what it saw."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WHAT_TO_DO: dict[str, str | Promise] = {
    "reference_mismatch": _(
        "Look at which checkpoint the run starts from: reference and policy must be the same one, "
        "with the same adapters."
    ),
    "accuracy_saturated": _(
        "Lower the learning rate by a factor of ten. If it stays, look for pairs that differ in "
        "something trivial, such as a side that is always empty or cut."
    ),
    "chosen_log_prob_falls": _(
        "Lower the learning rate or raise beta; a loss with a likelihood term on chosen, or "
        "fine-tuning on the chosen completions first, helps as well."
    ),
    "margin_without_accuracy": _("Train for fewer steps, or with soft labels from the votes."),
    "length_drifts": _(
        "Compare reward with length in an evaluation; if length is what pays, put a reward on it "
        "or train another reward model."
    ),
    "samples_cut": _(
        "Raise max_new_tokens, start from a checkpoint that was fine-tuned to end its answers, or "
        "set missing_end_penalty."
    ),
    "updates_clipped": _(
        "Lower the learning rate, or take fewer passes or larger minibatches over a rollout."
    ),
    "equal_rewards": _(
        "Make the reward finer or the prompts harder; DAPO’s dynamic sampling leaves such prompts "
        "out."
    ),
    "rollouts_not_filled": _(
        "Give it more prompts, raise max_sampling_rounds or lower dynamic_threshold; where the "
        "reward has been learnt, stop."
    ),
    "samples_ran_dry": _(
        "The reward has been learnt as far as these prompts go: use what there is, or go on with "
        "harder prompts."
    ),
    "kl_over_budget": _(
        "Use an earlier checkpoint, raise the KL coefficient, or lower the learning rate; let "
        "people judge samples before you trust the reward."
    ),
    "below_longer_wins": _(
        "Train longer or from a better base, and look at whether length alone decides these pairs."
    ),
}
