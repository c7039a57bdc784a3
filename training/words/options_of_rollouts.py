"""What the settings of methods that learn from their own answers and rewards are called, and do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import METHODS

ROLLOUT_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "n_samples": (
        _("Answers to each prompt"),
        _("Sampled in each step, and compared with each other."),
    ),
    "max_new_tokens": (_("Longest answer, in tokens"), _("An answer ends here at the latest.")),
    "temperature": (
        _("Temperature"),
        _("Above 1 is more varied, below 1 more certain; 1 is the model's own distribution."),
    ),
    "top_p": (
        _("Top p"),
        _("Keep the likeliest tokens that together have this probability."),
    ),
    "n_passes": (_("Passes"), _("How often the same samples are learnt from.")),
    "n_minibatches": (
        _("Updates in each pass"),
        _("Optimizer steps; the prompts are dealt among them."),
    ),
    "missing_end_penalty": (
        _("Penalty for no end"),
        _("Taken from the reward of an answer that does not come to its end."),
    ),
    "n_eval_prompts": (
        _("Prompts to measure on"),
        _("Held-out prompts sampled for each measurement of reward and KL."),
    ),
    "kl_budget": (
        _("KL budget"),
        _("Nats a sequence from the reference beyond which there is an alarm; 0 is no limit."),
    ),
    "clip_range": (
        _("Clip"),
        _("How far a token's probability ratio may move from 1 before its gradient is cut off."),
    ),
    "clip_high": (
        _("Clip above"),
        _("How far the ratio may rise above 1; 0 means as far as it may fall."),
    ),
    "dual_clip": (_("Dual clip"), _("Bound of the ratio for bad samples, above 1; 0 is none.")),
    "surrogate": (
        _("What is clipped"),
        _("The ratio of each token, that of a whole answer, or only its weight in the loss."),
    ),
    "entropy_coefficient": (
        _("Entropy bonus"),
        _("Weight of the mean entropy of a token, so that the model goes on trying things."),
    ),
    "entropy_target": (
        _("Entropy target"),
        _("Nats a token below which the bonus acts and grows; 0 keeps its weight as it is."),
    ),
    "entropy_step": (
        _("Entropy step"),
        _("By how much the weight of the bonus moves after a rollout, with a target."),
    ),
    "importance_correction": (
        _("Sampler against trainer"),
        _("What to do where the two give a token another probability."),
    ),
    "importance_highest": (_("Highest ratio"), _("Of trainer to sampler.")),
    "importance_lowest": (_("Lowest ratio"), _("Of trainer to sampler.")),
    "value_learning_rate": (
        _("Learning rate of the values"),
        _("Its peak, for the model that predicts rewards."),
    ),
    "kl_coefficient": (
        _("KL coefficient"),
        _("What a nat of distance from the reference costs, in units of reward."),
    ),
    "kl_estimator": (_("KL estimate"), _("How the distance from the reference is estimated.")),
    "kl_target": (
        _("KL target"),
        _("Nats a sequence that the coefficient is steered to; 0 keeps it as it is."),
    ),
    "kl_horizon": (_("KL horizon"), _("Sequences over which the coefficient adapts.")),
    "gae_lambda": (
        _("GAE lambda"),
        _("Between relying on predicted rewards (0) and on those that came (1)."),
    ),
    "value_clip": (_("Value clip"), _("How far a predicted reward may move at once.")),
    "value_coefficient": (_("Weight of the values"), _("Of their loss, beside the policy's.")),
    "whiten_rewards": (
        _("Whiten rewards"),
        _("Scale the rewards of a rollout to a standard deviation of 1."),
    ),
    "divide_by_deviation": (
        _("Divide by deviation"),
        _("Measure advantages in units of the group's standard deviation."),
    ),
    "deviation_epsilon": (_("Deviation's epsilon"), _("Added to the standard deviation.")),
    "aggregation": (
        _("Weight of a token"),
        _(
            "sequence: long samples weigh less a token; token: all tokens alike; constant: "
            "divided by the longest length."
        ),
    ),
    "overlong_buffer": (
        _("Overlong buffer"),
        _("Share of the longest length, at its end, over which the reward falls; 0 is none."),
    ),
    "overlong_penalty": (
        _("Overlong penalty"),
        _("What a sample of the greatest length loses, with an overlong buffer."),
    ),
    "dynamic_sampling": (
        _("Dynamic sampling"),
        _("Leave out prompts whose samples earn nearly the same, and sample others instead."),
    ),
    "dynamic_threshold": (
        _("Threshold of dynamic sampling"),
        _("Share of the running standard deviation of rewards below which a group is left out."),
    ),
    "max_sampling_rounds": (
        _("Rounds of sampling"),
        _("For one rollout. What is found by then is learnt from; if nothing, the run ends."),
    ),
}

# The same name means something else in these methods.
METHOD_WORDS: dict[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    ("ppo", "gamma"): (
        _("Discount"),
        _("What a reward counts one token earlier; 1 discounts none."),
    ),
    ("simpo", "beta"): (_("Beta"), _("Scale of the rewards, which are means over tokens.")),
    ("cpo", "beta"): (_("Beta"), _("Scale of the rewards, which are sums over tokens.")),
    ("online_dpo", "label_smoothing"): (
        _("Label smoothing"),
        _("Assumed share of pairs that the reward puts in the wrong order."),
    ),
    ("online_dpo", "n_samples"): (
        _("Answers to each prompt"),
        _("The best and the worst by reward become a pair."),
    ),
    **{
        (method.name, "batch_size"): (_("Batch size"), _("Prompts answered in one step."))
        for method in METHODS.values()
        if method.learns_from == "rewards"
    },
}

EVALUATION_WORDS: dict[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    ("evaluate", "n_prompts"): (
        _("Prompts to answer"),
        _("For distance, win rate and length; 0 samples nothing."),
    ),
    ("evaluate", "n_samples"): (
        _("Answers to each prompt"),
        _("Of which the reward model takes the best, for best-of-n."),
    ),
    ("evaluate", "safety"): (
        _("Safety suite"),
        _("Answer the prompts that ship, and look for signs of harm."),
    ),
}

# What a reward is called, what it gives, and what its settings are called.
REWARD_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "length": (
        _("Length within bounds"),
        _("0 within the bounds, falling to −1 as the answer gets shorter or longer."),
    ),
    "words": (
        _("No harmful words"),
        _("−1 where the answer holds a word of the lists that ship, or one of yours."),
    ),
    "regex": (_("A pattern"), _("1 where the pattern is found in the answer, else 0.")),
    "answer": (
        _("The right answer"),
        _("1 where the answer is the one in the prompt's tag “answer:…”, else 0."),
    ),
}
REWARD_OPTION_WORDS: dict[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    ("length", "shortest"): (_("Shortest, in tokens"), ""),
    ("length", "longest"): (_("Longest, in tokens"), ""),
    ("words", "language"): (_("Lists"), ""),
    ("words", "more"): (_("More words"), _("With commas between.")),
    ("regex", "pattern"): (_("Regular expression"), _("As in Python.")),
    ("answer", "pattern"): (
        _("Where the answer stands"),
        _("A regular expression whose last match is the answer; empty takes the whole text."),
    ),
    **{
        (kind, "weight"): (_("Weight"), _("Below 0 it is a punishment."))
        for kind in ("length", "words", "regex", "answer")
    },
}
