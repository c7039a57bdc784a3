"""Measuring held-out records, each once, by one of the processes of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from alignment_core.data.collation import by_example
from alignment_core.data.preparation import PreparedRecords
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.evaluation import stack_margins
from alignment_core.evaluation.metrics import Totals
from alignment_core.processes.ranks import share_out
from alignment_core.trainers.objective import TrainingContext

Measure = Callable[[list[int], Totals], Tensor]


def measure_records(
    context: TrainingContext[Any], split: PreparedRecords, measure: Measure
) -> tuple[Totals, Tensor]:
    """Totals and margins over all records of a split; every process must call it.

    Every micro-batch has totals of its own, and these are added in the order of the micro-batches,
    so the figures do not depend on the number of processes.

    Args:
        measure: adds to the totals what it finds of some records, and gives their margins.
    Returns: totals, and margins in the order of the records, float64, shape (records,).
    Raises: Stopped between two micro-batches.
    """

    def of_group(group: list[int]) -> tuple[Totals, Tensor]:
        context.stopper.check()
        totals = Totals()
        return totals, measure(group, totals).detach().double().cpu()

    groups = list(context.groups(split))
    measured = share_out(groups, of_group)
    parts = [(group, margins) for group, (_, margins) in zip(groups, measured, strict=True)]
    return Totals.joined([totals for totals, _ in measured]), stack_margins(parts, len(split))


def margins_of(values: Tensor, examples: Sequence[TokenizedExample]) -> Tensor:
    """How far chosen is ahead of rejected, shape (examples,); 0 for an example that has one.

    Args: values: of each row, as `Forward.completions` orders them.
    """
    sides = by_example(values, examples)
    has_both = torch.tensor([len(example.completions) == 2 for example in examples])
    return torch.where(has_both.to(sides.device), sides[0] - sides[-1], 0.0)
