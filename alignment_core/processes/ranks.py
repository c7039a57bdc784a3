"""The processes of one run: who this one is, and sums and gathers over all of them.

Everything here works in a single process too, where it does nothing or returns its argument, so
that a method is written once. A call that talks to the others is a meeting: every process of the
run must make it, in the same order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from alignment_core.errors import ConfigError
from alignment_core.processes.launcher import STORE

Part = TypeVar("Part")
Value = TypeVar("Value")


class World(NamedTuple):
    """This process among those of its run."""

    rank: int  # from 0; never a source of seeds
    size: int


def world() -> World:
    """Rank and number of processes; (0, 1) where nobody else takes part."""
    if dist.is_available() and dist.is_initialized():
        return World(dist.get_rank(), dist.get_world_size())
    return World(0, 1)


def is_main() -> bool:
    """True in the one process that writes the run's files."""
    return world().rank == 0


def sum_over_ranks(value: Tensor | float) -> Tensor:
    """The sum over all processes, in the tensor's own type; a number becomes float64.

    Returns: a tensor of the same shape on the same device, the same bits in every process.
    """
    total = torch.as_tensor(value, dtype=None if isinstance(value, Tensor) else torch.float64)
    if world().size == 1:
        return total
    total = total.detach().clone()
    dist.all_reduce(total)
    return total


def any_over_ranks(claim: bool) -> bool:
    """True in every process if it is in one."""
    if world().size == 1:
        return claim
    return any(gather_over_ranks(claim))


def gather_over_ranks(value: Value) -> list[Value]:
    """Everybody's value, by rank. For small plain values; tensors travel on the processor.

    A tensor may have another length in each process, so a whole step's values can be put together
    with `torch.cat`.
    """
    n_processes = world().size
    if n_processes == 1:
        return [value]
    values: list[Value] = [value] * n_processes
    dist.all_gather_object(values, value)
    return values


def from_main(value: Value) -> Value:
    """The main process's value, in all of them."""
    if world().size == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]


def deal(indices: Sequence[int], lengths: Sequence[int], *, n_hands: int) -> list[list[int]]:
    """A step in parts of about as many tokens, one for each process; a part may be empty.

    The longest go first, each to the process that has the least so far. Everybody computes the
    same deal and takes its own part of it.

    Args:
        lengths: tokens of each example of the data set.
    """
    if n_hands == 1:
        return [list(indices)]
    hands: list[list[int]] = [[] for _ in range(n_hands)]
    tokens = [0] * n_hands
    for index in sorted(indices, key=lambda index: (-lengths[index], index)):
        lightest = min(range(n_hands), key=lambda place: (tokens[place], place))
        hands[lightest].append(index)
        tokens[lightest] += lengths[index]
    return hands


def share_out(parts: Sequence[Part], measure: Callable[[Part], Value]) -> list[Value]:
    """What a function makes of each part, in the order of the parts; each process does its share.

    They take the parts by turns, so parts of falling size are shared evenly. All take as many
    turns, the last perhaps in vain, as processes that share their weights must pass alike often.

    Args:
        measure: gives a plain value, or tensors on the processor.
    """
    rank, n_processes = world()
    own = []
    for first in range(0, len(parts), n_processes):
        is_own = first + rank < len(parts)
        value = measure(parts[first + rank if is_own else first])
        if is_own:
            own.append(value)
    by_rank = gather_over_ranks(own)
    return [by_rank[place % n_processes][place // n_processes] for place in range(len(parts))]


def join(device_type: str) -> torch.device:
    """Meet the other processes of this run, and say which device is this one's.

    The environment says who they are, as `torchrun` or `processes/launcher.py` set it. Small values
    travel between processors by gloo; tensors on GPUs by NCCL.

    Raises: Refused if this process has no GPU of its own.
    """
    place = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device(device_type)
    if device_type == "cuda":
        if place >= torch.cuda.device_count():
            raise ConfigError(
                "processes",
                int(os.environ["WORLD_SIZE"]),
                "each process needs a GPU of its own, and this machine has {n}",
                parts={"n": torch.cuda.device_count()},
            )
        device = torch.device("cuda", place)
        torch.cuda.set_device(device)
    if dist.is_initialized():
        return device
    store = os.environ.get(STORE)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if device_type == "cuda" else "gloo",
        init_method=f"file://{store}" if store else "env://",
        rank=int(os.environ["RANK"]),
        world_size=int(os.environ["WORLD_SIZE"]),
    )
    return device
