"""Gradients of one step over several processes: weights in shares, or whole in each of them.

Shares are PyTorch's FSDP2 (Zhao et al. 2023, arXiv:2304.11277): every process keeps a part of each
weight, of its gradient and of the optimizer's moments, and layers are put together while they are
computed. Either way the gradient is the sum over the processes, never their mean: losses are
divided by the whole step's count already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MethodType
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from alignment_core.configs import TrainingConfig
from alignment_core.models.adapters import HEAD
from alignment_core.processes.ranks import world

Value = TypeVar("Value")
ENTRY = "run_pass"  # the method of a shared model that puts its weights together around a call


def wants_sharding(config: TrainingConfig, device: torch.device) -> bool:
    """Whether the processes of this run share their weights."""
    if world().size == 1 or config.sharding == "off" or config.quantization != "none":
        return False
    return config.sharding == "on" or device.type == "cuda"


def shard(module: PreTrainedModel, device: torch.device) -> None:
    """Leave each process a share of every weight; a layer is put together while it computes.

    A reward model's small head stays whole, for whoever reads it outside the model's own forward.

    Args:
        module: still in the processor's memory, where a GPU could not hold it whole.
    """
    mesh = init_device_mesh(device.type, (world().size,))
    for layer in list(module.modules()):
        if isinstance(layer, GradientCheckpointingLayer):
            fully_shard(layer, mesh=mesh)
    head = getattr(module, HEAD, None)
    left_out = set(head.to(device).parameters()) if isinstance(head, nn.Module) else set()
    fully_shard(module, mesh=mesh, ignored_params=left_out)
    for part in module.modules():
        if isinstance(part, FSDPModule):
            # A sum, never FSDP's mean: losses are divided by the whole step's count already.
            part.set_gradient_divide_factor(1.0)
            part.set_force_sum_reduction_for_comms(True)
    whole = _WholePass()
    # A forward beside `run_pass`, as in sampling, must leave only shares as well; one within it
    # must not, since the call may go on to read the head.
    module.register_forward_hook(lambda *_: None if whole.is_open else _take_apart(module))
    setattr(module, ENTRY, MethodType(whole.call, module))
    register_fsdp_forward_method(module, ENTRY)


def is_sharded(module: nn.Module) -> bool:
    """Whether the weights of a model lie with several processes."""
    return isinstance(module, FSDPModule)


def run_pass(module: nn.Module, call: Callable[[], Value]) -> Value:
    """Call something that uses a model's parts, such as its head's weight, beside its forward.

    A shared model's embedding and head are there only within a pass through the whole model.

    Raises: RuntimeError for a pass within a pass, if the model is shared.
    """
    if not is_sharded(module):
        return call()
    result = cast("Value", getattr(module, ENTRY)(call))
    _take_apart(module)
    return result


def sum_gradients(modules: Iterable[nn.Module]) -> None:
    """Add up the gradients of weights that every process holds whole.

    A weight that no process has reached keeps no gradient, so that the optimizer leaves it alone.
    """
    if world().size == 1:
        return
    weights = [
        weight
        for module in modules
        for weight in module.parameters()
        if weight.requires_grad and not isinstance(weight, DTensor)
    ]
    if not weights:
        return
    reached = torch.tensor(
        [weight.grad is not None for weight in weights],
        dtype=torch.int32,
        device=weights[0].device,
    )
    dist.all_reduce(reached, dist.ReduceOp.MAX)
    pending = []
    for weight, is_reached in zip(weights, reached.tolist(), strict=True):
        if is_reached:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            pending.append(dist.all_reduce(weight.grad, async_op=True))
    for work in pending:
        work.wait()


def alike(weights: Iterable[nn.Parameter]) -> list[list[nn.Parameter]]:
    """Weights in shares and whole ones apart, since no operation takes both; no list is empty."""
    shares: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for weight in weights:
        (shares if isinstance(weight, DTensor) else others).append(weight)
    return [group for group in (shares, others) if group]


def clip_gradients(module: nn.Module, max_norm: float) -> float:
    """Scale the gradient down to a norm, and return the norm it had.

    Every process must call it where weights are shared.

    A model that a step has not reached has no gradient, of norm 0.
    """
    groups = alike(weight for weight in module.parameters() if weight.grad is not None)
    norms = []
    for group in groups:
        norm = torch.nn.utils.get_total_norm([cast("Tensor", weight.grad) for weight in group])
        norms.append(norm.full_tensor() if isinstance(norm, DTensor) else norm)
    if not norms:
        return 0.0
    norm = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    for group in groups:
        torch.nn.utils.clip_grads_with_norm_(group, max_norm, norm)
    return float(norm)


class _WholePass:
    """Whether a pass through one shared model is open; only one may be."""

    def __init__(self) -> None:
        self.is_open = False

    def call(self, _module: nn.Module, call: Callable[[], Value]) -> Value:
        if self.is_open:
            raise RuntimeError("a pass through this model is open: call its parts as they are")
        self.is_open = True
        try:
            return call()
        finally:
            self.is_open = False


def _take_apart(module: nn.Module) -> None:
    """Leave only the shares after a pass, for whoever looks at the weights next.

    FSDP2 keeps embedding and head together until the backward pass, which may never come.
    """
    cast("FSDPModule", module).reshard()
