"""What a checkpoint brings back, and what it refuses to."""

import pytest
import torch
from torch import nn

from alignment_core.errors import LoadingError
from alignment_core.models.loading import load_policy
from alignment_core.runs.checkpoints import (
    OPTIMIZER,
    TrainerState,
    read_tensors,
    restore_optimizer,
    save_checkpoint,
)

CPU = torch.device("cpu")


def stepped(policy, *, reached):
    """An optimizer after a step in which only some weights had a gradient."""
    optimizer = torch.optim.AdamW(policy.parameters(), fused=True)
    for name, weight in policy.named_parameters():
        if reached(name):
            weight.grad = torch.ones_like(weight)
    optimizer.step()
    return optimizer


def save(directory, policy, optimizer, tokenizer):
    return save_checkpoint(
        directory,
        module=policy,
        tokenizer=tokenizer,
        companions={},
        optimizer=optimizer,
        state=TrainerState(method="sft", settings={}, data_digest=""),
        plan={},
        metrics=directory / "none",
        extra={},
        keep=1,
    )


def test_weights_that_no_token_has_reached_go_on_without_moments(
    tiny_base, policy, tokenizer, tmp_path
):
    """As an expert's in a mixture, which the first steps may all pass by."""
    optimizer = stepped(policy, reached=lambda name: "layers.0" in name)
    checkpoint = save(tmp_path, policy, optimizer, tokenizer)
    again = load_policy(checkpoint, device=CPU)
    resumed = torch.optim.AdamW(again.parameters(), fused=True)
    restore_optimizer(checkpoint, modules={"": again}, optimizer=resumed)
    before = dict(policy.named_parameters())
    for name, weight in again.named_parameters():
        assert set(resumed.state[weight]) == set(optimizer.state[before[name]])
        assert bool(resumed.state[weight]) == ("layers.0" in name)
        for moment, tensor in resumed.state[weight].items():
            assert torch.equal(tensor, optimizer.state[before[name]][moment])


@pytest.mark.parametrize(
    "module", [nn.Linear(2, 2), nn.ModuleDict({"model": nn.Linear(2, 2)})], ids=["none", "some"]
)
def test_the_optimizer_of_another_model_is_refused(module, policy, tokenizer, tmp_path):
    optimizer = stepped(policy, reached=lambda name: "layers.0" in name)
    checkpoint = save(tmp_path, policy, optimizer, tokenizer)
    assert read_tensors(checkpoint / OPTIMIZER)
    with pytest.raises(LoadingError, match="not of the weights that this run trains: model"):
        restore_optimizer(
            checkpoint, modules={"": module}, optimizer=torch.optim.AdamW(module.parameters())
        )
