"""Makes `trl_rollout_losses.json`: what TRL 1.16.0 learns from fixed samples.

TRL is no dependency, so this runs by hand, in an environment of its own:

    pip install trl==1.16.0 torch==2.13.0 transformers==5.23.0 accelerate==1.15.0 datasets==5.2.0
    python tests/alignment_core/losses/data/make_trl_rollout_losses.py \
        tests/alignment_core/losses/data/trl_rollout_losses.json

The trainers' own methods run, from rewards to the loss and its gradient. Only what they would
sample, reward and put through a model is replaced by fixed numbers. Samples are in TRL's order:
all of the first prompt, then all of the second.
"""

import json
import sys
from collections import defaultdict, deque
from pathlib import Path
from types import SimpleNamespace

import torch
import trl
from trl import GRPOTrainer, RLOOTrainer
from trl.rewards import get_soft_overlong_punishment

LENGTHS = [4, 2, 3, 2, 6, 3]  # sampled tokens
N_SAMPLES = 3  # of each of two prompts
REWARDS = [1.0, 0.5, -0.5, 2.0, 1.5, 0.25]
LONGEST = 6
BUFFER = 3
BETA = 0.3
BOUNDS = 0.7, 1.4  # of the ratio of trainer to sampler
OF_SEQUENCES = {"importance_sampling_level": "sequence", "epsilon_low": 0.1}
GRPO = {
    "grpo": {},
    "grpo_kl": {"beta": BETA},
    "grpo_clip_higher": {"high": 0.5},
    "grpo_two_sided": {"delta": 1.6},
    "bnpo": {"loss_type": "bnpo"},
    "dr_grpo": {"loss_type": "dr_grpo", "scale_rewards": "none"},
    "dr_grpo_kl": {"loss_type": "dr_grpo", "scale_rewards": "none", "beta": BETA},
    "dapo": {"loss_type": "dapo", "high": 0.28},
    "dapo_kl": {"loss_type": "dapo", "high": 0.28, "beta": BETA},
    "gspo": {**OF_SEQUENCES, "high": 0.15},
    "gspo_kl": {**OF_SEQUENCES, "high": 0.15, "beta": BETA},
    "cispo": {"loss_type": "cispo", "high": 1.25},  # the bound itself
    "cispo_kl": {"loss_type": "cispo", "high": 1.25, "beta": BETA},
    "token_truncate": {"sampler": "token_truncate"},
    "token_mask": {"sampler": "token_mask", "beta": BETA},
    "sequence_truncate": {"sampler": "sequence_truncate"},
    "sequence_mask": {"sampler": "sequence_mask", "is_first": True},
    "dapo_first_update": {"loss_type": "dapo", "high": 0.28, "is_first": True},
}
RLOO = {"rloo": {}, "rloo_kl": {"beta": BETA}, "rloo_clip_higher": {"high": 0.5}}


def main(path: Path) -> None:
    generator = torch.Generator().manual_seed(0)

    def log_probs(around=None, *, by=0.0):
        means = [torch.zeros(n) for n in LENGTHS] if around is None else around
        spread = [torch.rand(n, generator=generator).double() for n in LENGTHS]
        if around is None:
            return [-0.5 - 3 * one for one in spread]
        return [mean + by * (2 * one - 1) for mean, one in zip(means, spread, strict=True)]

    old = log_probs()
    rows = {"old": old, "policy": log_probs(old, by=0.7), "reference": log_probs(old, by=0.4)}
    rows["sampler"] = log_probs(old, by=0.8)
    overlong = get_soft_overlong_punishment(LONGEST, BUFFER)
    body = {
        "made_with": {"trl": trl.__version__, "torch": torch.__version__},
        **{name: [row.tolist() for row in table] for name, table in rows.items()},
        "rewards": REWARDS,
        "n_samples": N_SAMPLES,
        "longest": LONGEST,
        "buffer": BUFFER,
        "beta": BETA,
        "bounds": BOUNDS,
        "overlong": overlong([[0] * n for n in LENGTHS]),
        "grpo": {name: learn(GRPOTrainer, rows, **case) for name, case in GRPO.items()},
        "rloo": {name: learn(RLOOTrainer, rows, **case) for name, case in RLOO.items()},
    }
    path.write_text(json.dumps(body, indent=1) + "\n")


def padded(rows):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def learn(
    trainer_class,
    rows,
    *,
    loss_type="grpo",
    scale_rewards="group",
    beta=0.0,
    high=None,
    delta=None,
    sampler=None,
    is_first=False,
    **fields,
):
    """Advantages, loss and its gradient by TRL's own methods."""
    self = trainer(loss_type=loss_type, scale_rewards=scale_rewards, beta=beta, high=high)
    self.args.delta = delta
    vars(self).update(fields)
    self.use_vllm = self.vllm_importance_sampling_correction = sampler is not None
    self.vllm_importance_sampling_mode = sampler
    self.vllm_importance_sampling_clip_min, self.vllm_importance_sampling_clip_max = BOUNDS
    self.num_iterations = 1 if is_first else 2  # of a first update TRL keeps no old log-probs
    sampled = [[5] * n for n in LENGTHS]
    prompts = [[3, 4]] * len(LENGTHS)
    self._calculate_rewards = lambda *_: torch.tensor(REWARDS, dtype=torch.float64)[:, None]
    samples = (prompts, sampled, ["" for _ in sampled])
    if trainer_class is GRPOTrainer:
        drawn = None if sampler is None else [row.tolist() for row in rows["sampler"]]
        samples = (prompts, sampled, None, samples[2], drawn, {}, None, None)
    self._generate = lambda *_: samples
    answers = {self.model: padded(rows["old"]), self.ref_model: padded(rows["reference"])}
    self._get_per_token_logps_and_entropies = lambda module, *_, **__: (
        answers[module],
        torch.zeros_like(answers[module]),
        None,
    )
    inputs = trainer_class._generate_and_score_completions(self, [{"prompt": "p"}] * len(prompts))
    policy = padded(rows["policy"]).requires_grad_()
    answers[self.model] = policy
    loss = trainer_class._compute_loss(self, self.model, inputs)
    loss.backward()
    metrics = self._metrics["train"]
    clips = ("clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean")
    ratios = [f"sampling/importance_sampling_ratio/{name}" for name in ("min", "mean", "max")]
    differences = [f"sampling/sampling_logp_difference/{name}" for name in ("mean", "max")]
    names = ("kl", "cispo_clip_ratio", *clips, *ratios, *differences)
    return {
        "advantages": inputs["advantages"].tolist(),
        "loss": loss.item(),
        "gradient": [row[:n].tolist() for row, n in zip(policy.grad, LENGTHS, strict=True)],
        "metrics": {name: metrics[name][-1] for name in names if name in metrics},
    }


def trainer(*, loss_type, scale_rewards, beta, high):
    """What the methods ask of a trainer that samples text without tools, by one process."""
    accelerator = SimpleNamespace(
        device=torch.device("cpu"),
        gather=lambda x: x,
        reduce=lambda x, **_: x,
        process_index=0,
        num_processes=1,
    )
    model, reference = (torch.nn.Linear(1, 1) for _ in range(2))
    model.is_gradient_checkpointing = False
    return SimpleNamespace(
        accelerator=accelerator,
        args=SimpleNamespace(
            delta=None,
            gradient_accumulation_steps=1,
            gradient_checkpointing_kwargs=None,
            per_device_train_batch_size=len(LENGTHS),
            steps_per_generation=1,
            use_bias_correction_kl=False,
        ),
        model=model,
        ref_model=reference,
        beta=beta,
        epsilon_low=0.2,
        epsilon_high=0.2 if high is None else high,
        loss_type=loss_type,
        scale_rewards=scale_rewards,
        max_completion_length=LONGEST,
        num_generations=N_SAMPLES,
        reward_func_names=["fixed"],
        reward_funcs=[None],
        reward_weights=torch.ones(1, dtype=torch.float64),
        reward_clip_range=None,
        normalize_advantages=False,
        multi_objective_aggregation="sum_then_normalize",
        importance_sampling_level="token",
        off_policy_mask_threshold=None,
        top_entropy_quantile=1.0,
        current_gradient_accumulation_steps=1,
        environment_factories=None,
        environments=None,
        tools=None,
        use_vllm=False,
        mask_truncated_completions=False,
        pad_to_multiple_of=None,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        _tokenizer=SimpleNamespace(pad_token_id=0),
        _metrics={"train": defaultdict(list)},
        _logs=defaultdict(deque, rewards=defaultdict(deque), extra=defaultdict(deque)),
        _pending_extra_logs={},
        _pending_metrics={},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
