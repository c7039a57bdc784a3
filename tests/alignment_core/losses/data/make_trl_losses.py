"""Makes `trl_losses.json`: what TRL 1.16.0 makes of fixed token log-probs.

TRL is no dependency, so this runs by hand, in an environment of its own:

    pip install trl==1.16.0 torch==2.13.0 transformers==5.23.0 accelerate==1.15.0 datasets==5.2.0
    cd tests/alignment_core/losses/data && python make_trl_losses.py trl_losses.json

The trainers' own loss methods run; only the model is replaced, by one that answers with the given
log-probs, so what is compared is each loss and how it treats lengths, not the model.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
import trl
from trl import DPOTrainer, KTOTrainer, RewardTrainer
from trl.experimental.cpo import CPOTrainer
from trl.experimental.orpo import ORPOTrainer

BETA = 0.3
LENGTHS = ([4, 2, 3], [2, 5, 3])  # completion tokens of chosen and of rejected
PROMPT = 2
DPO = {
    "sigmoid": {},
    "robust": {"label_smoothing": 0.1},
    "ipo": {},
    "hinge": {},
    "sigmoid_norm": {},
    "apo_zero": {},
    "apo_down": {},
    "exo_pair": {"label_smoothing": 0.1},
    "nca_pair": {},
    "sppo_hard": {},
    "sft": {},
}


def main(path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = [n for side in LENGTHS for n in side]
    policy, reference = (
        [(-4 * torch.rand(n, generator=generator)).double() for n in lengths] for _ in range(2)
    )
    body = {
        "made_with": {"trl": trl.__version__, "torch": torch.__version__},
        "beta": BETA,
        "policy": [row.tolist() for row in policy],
        "reference": [row.tolist() for row in reference],
        "losses": {name: dpo(name, policy, reference, **options) for name, options in DPO.items()},
    }
    body["metrics"] = {name: dpo_metrics(name, policy, reference) for name in ("sigmoid", "ipo")}
    body["metrics"]["ld_0.4"] = dpo_metrics("sigmoid", policy, reference, ld_alpha=0.4)
    body["losses"]["ld_0.4"] = dpo("sigmoid", policy, reference, ld_alpha=0.4)
    body["losses"]["simpo"] = simpo(policy, gamma=0.5)
    body["losses"]["cpo"] = cpo(policy)
    body["losses"]["orpo_odds"] = orpo(policy)
    body["losses"]["kto"] = kto(policy, reference)
    scores = [[1.5, -0.25, 0.75], [0.5, 0.25, -2.0]]
    body["scores"], body["margin"] = scores, [0.5, 1.0, 0.0]
    body["losses"]["reward"] = reward(scores)
    body["losses"]["reward_margin"] = reward(scores, margin=body["margin"])
    body["losses"]["reward_centred"] = reward(scores, centring=0.01)
    path.write_text(json.dumps(body, indent=1) + "\n")


def padded(rows, value=0.0):
    width = PROMPT - 1 + max(map(len, rows))
    table = torch.full((len(rows), width), value, dtype=torch.float64)
    for number, row in enumerate(rows):
        table[number, PROMPT - 1 : PROMPT - 1 + len(row)] = row
    return table


def completion_mask(rows):
    mask = padded([torch.ones(len(row)) for row in rows]).long()
    return torch.cat([torch.zeros(len(rows), 1, dtype=torch.long), mask], 1)


def model_of(rows):
    """A model that answers with these log-probs, whatever it is asked."""
    log_probs = padded(rows)
    answer = SimpleNamespace(
        log_probs=log_probs,
        entropy=torch.zeros_like(log_probs),
        mean_logits=log_probs / 2,
        is_top1=log_probs > -1,
    )

    class Model(torch.nn.Module):
        def forward(self, **_inputs):
            return answer

    return Model()


def trainer(model, **fields):
    accelerator = SimpleNamespace(
        device=torch.device("cpu"), gather=lambda x: x, gather_for_metrics=lambda x: x
    )
    metrics = {"train": defaultdict(list), "eval": defaultdict(list)}
    common = {
        "model": model,
        "accelerator": accelerator,
        "aux_loss_enabled": False,
        "precompute_ref_logps": True,
        "beta": BETA,
        "_metrics": metrics,
        "_total_train_tokens": 0,
        "_tp_size": 1,
    }
    return SimpleNamespace(**{**common, **fields})


def inputs_of(rows):
    mask = completion_mask(rows)
    return {
        "input_ids": torch.ones_like(mask),
        "attention_mask": torch.ones_like(mask),
        "completion_mask": mask,
    }


def dpo(loss_type, policy, reference, **options):
    return run_dpo(loss_type, policy, reference, **options)[0]


def dpo_metrics(loss_type, policy, reference, **options):
    metrics = run_dpo(loss_type, policy, reference, **options)[1]
    left_out = ("entropy", "num_tokens")
    return {name: values[0] for name, values in metrics.items() if name not in left_out}


def run_dpo(loss_type, policy, reference, *, label_smoothing=0.0, ld_alpha=None):
    lengths = torch.tensor([len(row) for row in policy])
    shared = torch.minimum(*lengths.chunk(2)).repeat(2).tolist()
    alpha = 1.0 if ld_alpha is None else ld_alpha
    known = torch.stack(
        [row[:n].sum() + alpha * row[n:].sum() for row, n in zip(reference, shared, strict=True)]
    )
    model = model_of(policy)
    self = trainer(
        model,
        loss_types=[loss_type],
        loss_weights=[1.0],
        ld_alpha=ld_alpha,
        f_divergence_type="reverse_kl",
        label_smoothing=label_smoothing,
        use_weighting=False,
    )
    chosen, rejected = known.chunk(2)
    inputs = {**inputs_of(policy), "ref_chosen_logps": chosen, "ref_rejected_logps": rejected}
    loss = float(DPOTrainer._compute_loss(self, model, inputs, False))
    return loss, self._metrics["train"]


def kto(policy, reference):
    """Each completion is also put to the next prompt, as the collator does within a batch."""
    label = torch.tensor([True] * 3 + [False] * 3)
    turned = torch.roll(torch.arange(6), -1).tolist()
    known = torch.stack([row.sum() for row in reference])
    model = model_of(policy)
    self = trainer(
        model, loss_type="kto", calculate_KL=True, desirable_weight=1.0, undesirable_weight=1.2
    )
    shifted = torch.stack([policy[place].sum() for place in turned])
    self._compute_kl_logps = lambda *_: shifted
    inputs = {
        **inputs_of(policy),
        "label": label,
        "ref_logps": known,
        "ref_KL_logps": known[turned],
    }
    loss = float(KTOTrainer._compute_loss(self, model, inputs, False))
    return {"loss": loss, "z": self._metrics["train"]["kl"][0]}


def means(rows):
    return torch.stack([row.mean() for row in rows]).chunk(2)


def simpo(policy, *, gamma):
    self = trainer(None, alpha=0.0, loss_type="simpo", simpo_gamma=gamma, label_smoothing=0.0)
    return CPOTrainer.cpo_loss(self, *means(policy))[0].tolist()


def cpo(policy):
    self = trainer(None, alpha=0.0, loss_type="sigmoid", label_smoothing=0.0)
    sums = torch.stack([row.sum() for row in policy]).chunk(2)
    return CPOTrainer.cpo_loss(self, *sums)[0].tolist()


def orpo(policy):
    self = trainer(None)
    return [-x / BETA for x in ORPOTrainer.odds_ratio_loss(self, *means(policy))[0].tolist()]


def reward(scores, *, margin=None, centring=None):
    logits = torch.tensor(scores, dtype=torch.float64).flatten()[:, None]

    class Model(torch.nn.Module):
        def forward(self, **_inputs):
            return SimpleNamespace(logits=logits)

    model = Model()
    self = trainer(model, args=SimpleNamespace(center_rewards_coefficient=centring))
    inputs = {"attention_mask": torch.ones(6, 3)}
    if margin is not None:
        inputs["margin"] = torch.tensor(margin, dtype=torch.float64)
    return float(RewardTrainer.compute_loss(self, model, inputs))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
