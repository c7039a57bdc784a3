"""In what order settings are shown: what people change first, the rest by what it is about."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIRST_OPTIONS = (
    "beta",
    "loss",
    "kl_coefficient",
    "n_samples",
    "max_new_tokens",
    "learning_rate",
    "epochs",
    "batch_size",
    "max_length",
    "seed",
    "soft_labels",
    "lora_rank",
)
GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (
        _("Votes and ties"),
        (
            "vote_prior",
            "ties",
            "tie_nu",
            "weighting",
            "weighting_power",
            "strength_margin",
            "both_bad",
            "curriculum",
        ),
    ),
    (
        _("Loss"),
        (
            "label_smoothing",
            "log_ratio",
            "ld_alpha",
            "nll_weight",
            "gamma",
            "odds_weight",
            "desirable_weight",
            "undesirable_weight",
            "centring",
            "surrogate",
            "clip_range",
            "clip_high",
            "dual_clip",
            "entropy_coefficient",
            "entropy_target",
            "entropy_step",
            "aggregation",
            "divide_by_deviation",
            "deviation_epsilon",
            "whiten_rewards",
            "gae_lambda",
            "value_learning_rate",
            "value_clip",
            "value_coefficient",
        ),
    ),
    (_("Uncertainty and cohorts"), ("head_dropout", "n_heads", "cohort_heads", "cohort_shrinkage")),
    (
        _("Sampling"),
        (
            "temperature",
            "top_p",
            "n_passes",
            "n_minibatches",
            "missing_end_penalty",
            "importance_correction",
            "importance_highest",
            "importance_lowest",
            "overlong_buffer",
            "overlong_penalty",
            "dynamic_sampling",
            "dynamic_threshold",
            "max_sampling_rounds",
        ),
    ),
    (_("Distance from the reference"), ("kl_estimator", "kl_target", "kl_horizon", "kl_budget")),
    (_("Records and templates"), ("max_unusable", "fold_system", "template_date")),
    (_("Optimizer"), ("warmup_ratio", "lr_schedule", "weight_decay", "max_grad_norm")),
    (_("Adapters (LoRA)"), ("lora_alpha", "lora_dropout", "lora_targets", "quantization")),
    (
        _("Memory and speed"),
        (
            "tokens_per_micro_batch",
            "dtype",
            "device",
            "layout",
            "head",
            "last_layer",
            "matmul",
            "gradient_checkpointing",
            "processes",
            "sharding",
        ),
    ),
    (
        _("Measuring and saving"),
        (
            "eval_every_steps",
            "n_eval_prompts",
            "n_sample_prompts",
            "sample_tokens",
            "save_every_seconds",
            "keep_checkpoints",
            "final_dtype",
            "report_to",
        ),
    ),
)


def grouped(names: Sequence[str]) -> list[tuple[str | Promise, list[str]]]:
    """The settings that do not come first, under their headings; a new one comes under the last."""
    groups = [(title, [name for name in known if name in names]) for title, known in GROUPS]
    placed = {*FIRST_OPTIONS, *(name for _title, known in GROUPS for name in known)}
    groups.append((_("Other"), [name for name in names if name not in placed]))
    return [(title, members) for title, members in groups if members]
