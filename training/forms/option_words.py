"""What the settings of the methods are called, and do, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

OPTION_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "beta": (
        _("Beta"),
        _("How strongly the policy is held to the reference: higher stays closer."),
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
    "learning_rate": (_("Learning rate"), _("Its peak, after warm-up and before the cosine.")),
    "epochs": (_("Epochs"), _("How often every record is used.")),
    "batch_size": (_("Batch size"), _("Records in one optimizer step, over all processes.")),
    "max_length": (
        _("Longest sequence, in tokens"),
        _(
            "Prompt and completion together. Old turns are left out to fit; what still does not "
            "fit is dropped and counted."
        ),
    ),
    "seed": (_("Seed"), _("Fixes the order of the data and every random draw.")),
    "warmup_ratio": (
        _("Warm-up share"),
        _("Share of the steps over which the learning rate rises from 0."),
    ),
    "lr_schedule": (
        _("After warm-up"),
        _("The learning rate falls to 0 along a cosine, or stays constant."),
    ),
    "weight_decay": (_("Weight decay"), _("AdamW's pull of the weights towards 0.")),
    "max_grad_norm": (_("Longest gradient"), _("A longer gradient is scaled down to this norm.")),
    "tokens_per_micro_batch": (
        _("Tokens at once"),
        _("How many go through the model together. It bounds memory; the result stays the same."),
    ),
    "dtype": (_("Precision"), _("Of the forward pass; weights stay in float32.")),
    "device": (_("Device"), _("Where to train; auto takes a GPU if there is one.")),
    "eval_every_steps": (
        _("Measure every … steps"),
        _("On the held-out pairs; 0 measures only at both ends."),
    ),
    "save_every_seconds": (
        _("Save every … seconds"),
        _("One more checkpoint is always saved when training ends or stops."),
    ),
    "keep_checkpoints": (_("Checkpoints kept"), _("How many of the newest stay on the worker.")),
    "n_sample_prompts": (
        _("Prompts to sample"),
        _("Held-out prompts answered, or pairs scored, for the result's page."),
    ),
    "lora_rank": (
        _("LoRA rank"),
        _(
            "Train low-rank adapters over frozen weights; 0 trains every weight. Adapters take "
            "about ten times the learning rate: 5e-6 for DPO, 2e-4 for SFT."
        ),
    ),
    "lora_alpha": (_("LoRA alpha"), _("The adapters' output is multiplied by this over the rank.")),
    "lora_dropout": (
        _("LoRA dropout"),
        _("Share of the adapters' inputs set to 0 in training."),
    ),
    "lora_targets": (
        _("Layers with adapters"),
        _("“all-linear”, or ends of layers' names with commas between, such as q_proj,v_proj."),
    ),
    "quantization": (
        _("Frozen weights"),
        _("nf4 keeps them in 4 bits (QLoRA), which needs a GPU; none keeps them as they are."),
    ),
    "gradient_checkpointing": (
        _("Recompute layers"),
        _("Much less memory for about a third more time; the result stays the same."),
    ),
    "processes": (
        _("Processes"),
        _("How many share every step, on one machine: one for each GPU."),
    ),
    "sharding": (
        _("Share the weights"),
        _("Between several processes, by FSDP2; auto does so on GPUs."),
    ),
    "sample_tokens": (_("Longest sample, in tokens"), _("For the result's page.")),
    "n_samples": (_("Samples of each prompt"), _("A comparison needs two.")),
    "max_new_tokens": (_("Longest answer, in tokens"), _("An answer ends here at the latest.")),
    "temperature": (
        _("Temperature"),
        _("Above 1 is more varied, below 1 more certain; 1 is the model's own distribution."),
    ),
    "top_p": (
        _("Top p"),
        _("Keep the likeliest tokens that together have this probability."),
    ),
    "rewards": (
        _("Rewards"),
        _(
            "What an answer is worth: a JSON list of objects with kind (model, regex, length, "
            "words, answer), its options and a weight; they are added."
        ),
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
    "gamma": (
        _("Gamma"),
        _(
            "SimPO: how far apart the rewards should be. PPO: discount a token; below 1 a reward "
            "at the end fades with length."
        ),
    ),
    "gae_lambda": (
        _("Lambda"),
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
        _("Overlong buffer, in tokens"),
        _("The last tokens before the limit, over which the reward falls; 0 punishes no length."),
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
        _("For one rollout, before the run ends for want of signal."),
    ),
}

# Sources of defaults in which there is something to translate; the others are names alone.
SOURCES = (
    gettext_noop("Rafailov et al. 2023, appendix B"),
    gettext_noop("Rafailov et al. 2023 and Zephyr: preference data is seen once"),
    gettext_noop(
        "Rafailov et al. 2023 and Bradley & Terry 1952 take the outcome as certain; turn it on "
        "where three or more people judged each pair"
    ),
    gettext_noop("Rafailov et al. 2023; above 0 it is Mitchell 2023 (cDPO)"),
    gettext_noop("Jeffreys' prior of a share"),
    gettext_noop("TRL and the alignment handbook"),
    gettext_noop("Dettmers et al. 2023 (QLoRA), NF4 with double quantization"),
    gettext_noop("TRL's rollouts"),
    gettext_noop("the model's own distribution"),
    gettext_noop("the model's own distribution; below 1 it is Holtzman et al. 2020"),
)
