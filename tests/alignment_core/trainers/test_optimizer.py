from copy import deepcopy
from types import SimpleNamespace

import torch
from torch import nn

from alignment_core.configs import SFTConfig
from alignment_core.trainers.optimizer import BETAS, EPSILON, make_optimizer


def test_moments_laid_down_before_the_first_step_change_no_bit():
    torch.manual_seed(0)
    config = SFTConfig(learning_rate=0.1, weight_decay=0.01)
    ours = nn.Linear(3, 4)
    plain = deepcopy(ours)
    optimizers = (
        make_optimizer(SimpleNamespace(module=ours), config),
        torch.optim.AdamW(
            plain.parameters(), lr=0.1, weight_decay=0.01, betas=BETAS, eps=EPSILON, fused=True
        ),
    )
    assert set(optimizers[0].state) == set(ours.parameters())
    for _ in range(3):
        for module, optimizer in zip((ours, plain), optimizers, strict=True):
            module(torch.ones(2, 3)).pow(2).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
    for weight, expected in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(weight, expected)
        own, other = (optimizers[0].state[weight], optimizers[1].state[expected])
        assert own.keys() == other.keys()
        assert all(torch.equal(own[name], other[name]) for name in other)
