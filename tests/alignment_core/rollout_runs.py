"""Settings of short runs that learn from samples."""

RULES = [{"kind": "regex", "pattern": "[aeiou]"}, {"kind": "length", "longest": 6, "weight": 0.5}]
ROLLOUT_SETTINGS = {
    "rewards": RULES,
    "batch_size": 5,  # of 12 prompts: the last rollout of an epoch is smaller
    "n_samples": 3,
    "max_new_tokens": 8,
    "n_eval_prompts": 4,
    "learning_rate": 1e-3,
}
METHOD_SETTINGS = {
    "ppo": {"n_samples": 1, "n_passes": 2, "n_minibatches": 2, "kl_target": 1.0},
    "rloo": {"n_minibatches": 2},
    "grpo": {"n_passes": 2},
    "dr_grpo": {},
    "dapo": {"overlong_buffer": 3},
    "online_dpo": {},
}


def rollout_settings(method: str, **settings) -> dict:
    """The settings of a short run of a method."""
    return {**ROLLOUT_SETTINGS, **METHOD_SETTINGS[method], **settings}
