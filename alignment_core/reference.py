"""Log-probs under the reference: computed once, kept with the run, and checked at step 0."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.canonical import digest_of_json
from alignment_core.errors import LoadingError, ReferenceMismatch
from alignment_core.loading import digest_of_base
from alignment_core.log_probs import PairLogProbs
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.preparation import PreparedRecords
from alignment_core.ranks import from_main, is_main, sum_over_ranks, world
from alignment_core.trainers.objective import TrainingContext

VERSION = 2  # raise it when this code changes what it computes
CACHE_NAME = "reference.safetensors"
KEY = "reference/key"  # goes into checkpoints with the log-probs
# Nats a token that the same weights may differ by in another batch.
TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2}


class ReferenceLogProbs:
    """The reference's log-probs of every completion of some splits, on the processor, float32."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors = tensors

    def of(self, split: str, indices: Sequence[int], device: torch.device) -> PairLogProbs:
        """Log-probs of some pairs of a split ("train" or "eval"), each of shape (pairs,)."""
        return PairLogProbs(*self.sides(split, indices, device))

    def sides(self, split: str, indices: Sequence[int], device: torch.device) -> Tensor:
        """The same for examples with any number of completions, shape (completions, examples)."""
        return self.tensors[f"reference/{split}"][:, list(indices)].to(device)


def splits_of(context: TrainingContext[Any]) -> dict[str, PreparedRecords]:
    """The splits that need a reference, by name."""
    splits = {"train": context.train}
    if context.held_out is not None and len(context.held_out) > 0:
        splits["eval"] = context.held_out
    return splits


def reference_log_probs(
    context: TrainingContext[Any],
    load_reference: Callable[[], PreTrainedModel],
    *,
    others: Mapping[str, PreparedRecords] | None = None,
    tail_weight: float = 1.0,
) -> ReferenceLogProbs:
    """From the checkpoint that is resumed, else from the run's cache, else computed and cached.

    Args:
        others: further splits to score, by name.
        tail_weight: what tokens beyond the length of a pair's shorter completion count.
    """
    splits = {**splits_of(context), **(others or {})}
    key = reference_key(context, splits, tail_weight=tail_weight)
    cache = context.directory.path / CACHE_NAME
    if context.resume is not None:
        tensors = _read(context.resume / "extra.safetensors", splits)
        if not torch.equal(tensors.get(KEY, torch.empty(0)), _as_tensor(key)):
            raise LoadingError(
                "the checkpoint's reference log-probs are of another base, of other records or of "
                "another precision; start a new run to change them",
                field="resume",
                value=str(context.resume),
            )
        return ReferenceLogProbs(tensors)
    if from_main(cache.exists() and _key_of(cache) == key):
        return ReferenceLogProbs(from_main(_read(cache, splits) if is_main() else {}))
    tensors = _compute(context, load_reference(), splits, tail_weight=tail_weight)
    tensors[KEY] = _as_tensor(key)
    scratch = cache.with_name(f".{CACHE_NAME}.partial")
    save_file(tensors, scratch, metadata={"key": key})
    scratch.rename(cache)
    return ReferenceLogProbs(tensors)


def reference_key(
    context: TrainingContext[Any],
    splits: Mapping[str, PreparedRecords],
    *,
    tail_weight: float = 1.0,
) -> str:
    """What the log-probs depend on: weights, tokenizer and template, ids, precision, code."""
    ids = hashlib.sha256()
    for name, split in splits.items():
        ids.update(name.encode())
        for example in split.examples:
            for part in (example.prompt_ids, *example.completions):
                ids.update(array("q", [len(part), *part]).tobytes())
    return digest_of_json(
        {
            "version": VERSION,
            "base": digest_of_base(context.base),  # weights, adapters, tokenizer and template
            "quantization": context.config.quantization,
            "ids": ids.hexdigest(),  # lengths too
            "dtype": context.config.dtype,
            "layout": "packed" if context.is_packed else "padded",
            "matmul": torch.get_float32_matmul_precision(),
            "tail_weight": tail_weight,
        }
    )


def check_reference(
    policy_log_probs: Tensor, reference: PairLogProbs, n_tokens: Tensor, *, dtype: str
) -> float:
    """Step-0 gate: the untrained policy must be the reference.

    Args:
        policy_log_probs: summed over tokens, chosen rows then rejected rows, shape (2 × pairs,).
        n_tokens: completion tokens of each row.
        dtype: of the forward pass; it decides the tolerance.
    Returns: the largest difference, in nats a token.
    Raises: ReferenceMismatch if that is more than the tolerance.
    """
    expected = torch.cat(reference)
    difference = float(((policy_log_probs - expected).abs() / n_tokens).max())
    if not difference <= TOLERANCE[dtype]:  # NaN ends here as well
        raise ReferenceMismatch(
            f"the reference's log-probs differ from the start checkpoint's by {difference:.3g} "
            f"nats a token (at most {TOLERANCE[dtype]:g} is rounding), so they belong to other "
            "weights, another tokenizer or another template",
            field="reference",
            value=difference,
        )
    return difference


@torch.no_grad()
def _compute(
    context: TrainingContext[Any],
    reference: PreTrainedModel,
    splits: Mapping[str, PreparedRecords],
    *,
    tail_weight: float,
) -> dict[str, Tensor]:
    forward = context.forward(reference)
    total, done, first_done = sum(map(len, splits.values())), 0, 0
    tensors: dict[str, Tensor] = {}
    for name, split in splits.items():
        n_sides = len(split.examples[0].completions)
        log_probs = torch.zeros(n_sides, len(split))
        groups = list(context.groups(split))
        for group, is_own in _turns(groups):
            context.stopper.check()
            scores = forward.completions([split.examples[index] for index in group])
            weighted = length_desensitized_log_probs(
                scores.log_prob, scores.shared_log_prob, alpha=tail_weight
            )
            if is_own:
                log_probs[:, group] = weighted.view(n_sides, len(group)).float().cpu()
            done += len(group) * world().size
            context.directory.log_progress("reference", done=min(done, total), total=total)
        done = first_done = first_done + len(split)
        tensors[f"reference/{name}"] = sum_over_ranks(log_probs)
    return tensors


def _turns(groups: list[list[int]]) -> Iterator[tuple[list[int], bool]]:
    """This process's groups, and whether they count: all take as many turns, the last in vain.

    Processes that share their weights must pass alike often.
    """
    rank, n_processes = world()
    for first in range(0, len(groups), n_processes):
        is_own = first + rank < len(groups)
        yield groups[first + rank if is_own else first], is_own


def _as_tensor(key: str) -> Tensor:
    return torch.frombuffer(bytearray.fromhex(key), dtype=torch.uint8)


def _key_of(cache: Path) -> str | None:
    try:
        with safe_open(cache, framework="pt") as file:
            return (file.metadata() or {}).get("key")
    except (OSError, SafetensorError):
        return None  # a damaged cache is computed again


def _read(path: Path, splits: Mapping[str, PreparedRecords]) -> dict[str, Tensor]:
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise LoadingError(f"cannot read {path}: {error}", field="resume") from error
    for name, split in splits.items():
        tensor = tensors.get(f"reference/{name}")
        if tensor is None or tensor.shape != (len(split.examples[0].completions), len(split)):
            raise LoadingError(
                f"{path} lacks the reference's log-probs of the {name} records", field="resume"
            )
    return tensors
