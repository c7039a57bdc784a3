"""Losses as pure functions, one for each published loss; nothing here is reduced.

Public: import the names below from this package.

    >>> import torch
    >>> from alignment_core.losses import PairLogProbs, dpo_loss
    >>> policy = PairLogProbs(chosen=torch.tensor([-5.0]), rejected=torch.tensor([-8.0]))
    >>> dpo_loss(policy, policy, beta=0.1)  # log 2: policy and reference agree
    tensor([0.6931])
"""

from alignment_core.forward.log_probs import PairLogProbs, token_log_probs
from alignment_core.losses.advantages import (
    Advantages,
    generalized_advantages,
    group_advantages,
    leave_one_out_advantages,
    overlong_penalty,
    whiten,
)
from alignment_core.losses.entropy_controller import (
    acting_entropy_coefficient,
    next_entropy_coefficient,
)
from alignment_core.losses.importance import sampler_weights
from alignment_core.losses.kl_controller import next_kl_coefficient
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.losses.margins import (
    exo_pair_loss,
    hinge_loss,
    ipo_loss,
    robust_loss,
    sigmoid_loss,
)
from alignment_core.losses.policy_gradient import (
    ClippedSurrogate,
    ClippedValueLoss,
    cispo_surrogate,
    clipped_surrogate,
    clipped_value_loss,
    kl_penalty,
    sequence_surrogate,
)
from alignment_core.losses.preference import (
    PairRewards,
    apo_down_loss,
    apo_zero_loss,
    dpo_loss,
    dpo_margin,
    implied_rewards,
    kto_loss,
    nca_pair_loss,
    sppo_loss,
)
from alignment_core.losses.reference_free import cpo_loss, log_odds_ratio, simpo_loss
from alignment_core.losses.reward_model import centring_loss
from alignment_core.losses.sft import sft_loss
from alignment_core.losses.ties import (
    VoteShares,
    davidson_log_probs,
    davidson_loss,
    rao_kupper_log_probs,
    rao_kupper_loss,
    votes_loss,
)

__all__ = [
    "Advantages",
    "ClippedSurrogate",
    "ClippedValueLoss",
    "PairLogProbs",
    "PairRewards",
    "VoteShares",
    "acting_entropy_coefficient",
    "apo_down_loss",
    "apo_zero_loss",
    "centring_loss",
    "cispo_surrogate",
    "clipped_surrogate",
    "clipped_value_loss",
    "cpo_loss",
    "davidson_log_probs",
    "davidson_loss",
    "dpo_loss",
    "dpo_margin",
    "exo_pair_loss",
    "generalized_advantages",
    "group_advantages",
    "hinge_loss",
    "implied_rewards",
    "ipo_loss",
    "kl_penalty",
    "kto_loss",
    "leave_one_out_advantages",
    "length_desensitized_log_probs",
    "log_odds_ratio",
    "nca_pair_loss",
    "next_entropy_coefficient",
    "next_kl_coefficient",
    "overlong_penalty",
    "rao_kupper_log_probs",
    "rao_kupper_loss",
    "robust_loss",
    "sampler_weights",
    "sequence_surrogate",
    "sft_loss",
    "sigmoid_loss",
    "simpo_loss",
    "sppo_loss",
    "token_log_probs",
    "votes_loss",
    "whiten",
]
