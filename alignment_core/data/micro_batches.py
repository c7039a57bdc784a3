"""Which examples make an optimizer step, and how a step is cut to fit memory.

Every step is drawn at random over the whole data, so no step is biased by length; within a step,
examples of like length go through the model together. The split into micro-batches changes
nothing but memory and time: losses divide by the whole step's count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np


def n_steps_per_epoch(n_examples: int, *, batch_size: int) -> int:
    """Optimizer steps for one pass; the last may be smaller."""
    return math.ceil(n_examples / batch_size)


def is_short_step(n_examples: int, *, batch_size: int, step: int) -> bool:
    """Whether a step's batch is what was left at the end of an epoch, after whole ones."""
    n_steps = n_steps_per_epoch(n_examples, batch_size=batch_size)
    return n_steps > 1 and n_examples % batch_size > 0 and step % n_steps == n_steps - 1


def step_examples(
    n_examples: int,
    *,
    batch_size: int,
    seed: int,
    step: int,
    curriculum: Sequence[int] | None = None,
) -> list[int]:
    """Indices of the examples of one optimizer step; a pure function, so any step can be resumed.

    Args:
        step: from 0, over all epochs.
        curriculum: the order of the first epoch; every other order is random.
    """
    epoch, place = divmod(step, n_steps_per_epoch(n_examples, batch_size=batch_size))
    order: Sequence[int] = _epoch_order(n_examples, seed, epoch)
    if curriculum is not None and epoch == 0:
        order = curriculum
    return list(order[place * batch_size : (place + 1) * batch_size])


@lru_cache(maxsize=2)
def _epoch_order(n_examples: int, seed: int, epoch: int) -> tuple[int, ...]:
    generator = np.random.default_rng((seed, epoch))
    return tuple(generator.permutation(n_examples).tolist())


def micro_batches(
    indices: Sequence[int],
    lengths: Sequence[int],
    *,
    rows_per_example: int,
    token_budget: int,
    packed_lengths: Sequence[int] | None = None,
) -> list[list[int]]:
    """Split a step into groups of like length whose size in memory stays within the budget.

    Args:
        lengths: longest sequence of each example of the data set, in tokens.
        rows_per_example: sequences that each example puts into a batch.
        token_budget: rows × longest length of a group; an example above it goes alone.
        packed_lengths: tokens of each example where rows are packed; their sum is then held to
            the budget instead.
    Returns: groups of indices, longest first, so that running out of memory shows at once.
    """
    sizes = lengths if packed_lengths is None else packed_lengths
    groups: list[list[int]] = []
    longest = total = 0
    for index in sorted(indices, key=lambda index: (-sizes[index], index)):
        padded = (len(groups[-1]) + 1) * rows_per_example * longest if groups else 0
        packed = total + sizes[index]
        if groups and (padded if packed_lengths is None else packed) <= token_budget:
            groups[-1].append(index)
            total = packed
        else:
            groups.append([index])
            longest = total = sizes[index]
    return groups
