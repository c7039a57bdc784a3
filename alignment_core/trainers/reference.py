"""Log-probs under the reference: computed once, kept with the run and where runs share them.

Whatever they were read from, they are checked at step 0.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.canonical import digest_of_json
from alignment_core.data.collation import by_example
from alignment_core.data.preparation import PreparedRecords
from alignment_core.errors import LoadingError, ReferenceMismatch
from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.losses.lengths import length_desensitized_log_probs
from alignment_core.processes.ranks import from_main, is_main, share_out, world
from alignment_core.trainers.objective import TrainingContext
from alignment_core.trainers.reference_cache import ReferenceCache, shared_key

VERSION = 2  # raise it when this code changes what it computes
CACHE_NAME = "reference.safetensors"
KEY = "reference/key"  # goes into checkpoints with the log-probs
# Nats a token that the same weights may differ by in another batch.
TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2}


class ReferenceLogProbs:
    """The reference's log-probs of every completion of some splits, on the processor, float32."""

    def __init__(
        self, tensors: dict[str, Tensor], *, found: Mapping[str, PreparedRecords] | None = None
    ) -> None:
        """
        Args:
            found: the splits whose log-probs are another run's, by name.
        """
        self.tensors = tensors
        self.found = dict(found or {})

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
    """From the checkpoint that is resumed, else from the run's file, other runs', or computed.

    Where each split's were found goes into the run's plan.

    Args:
        others: further splits to score, by name.
        tail_weight: what tokens beyond the length of a pair's shorter completion count.
    """
    splits = {**splits_of(context), **(others or {})}
    key = reference_key(context, splits, tail_weight=tail_weight)
    own = context.directory.path / CACHE_NAME
    if context.resume is not None:
        tensors = _read(context.resume / "extra.safetensors", splits)
        if not torch.equal(tensors.get(KEY, torch.empty(0)), _as_tensor(key)):
            raise LoadingError(
                "the checkpoint's reference log-probs are of another base, of other records or of "
                "another precision; start a new run to change them",
                field="resume",
                value=str(context.resume),
            )
        _note(context, dict.fromkeys(splits, "checkpoint"))
        return ReferenceLogProbs(tensors)
    if from_main(own.exists() and _key_of(own) == key):
        _note(context, dict.fromkeys(splits, "run"))
        return ReferenceLogProbs(from_main(_read(own, splits) if is_main() else {}))
    tensors, found = _found_or_computed(context, load_reference, splits, tail_weight=tail_weight)
    tensors[KEY] = _as_tensor(key)
    own = context.directory.file(CACHE_NAME)
    scratch = own.with_name(f".{CACHE_NAME}.partial")
    save_file(tensors, scratch, metadata={"key": key})
    scratch.rename(own)
    return ReferenceLogProbs(tensors, found=found)


def forget_reference(
    context: TrainingContext[Any], reference: ReferenceLogProbs, *, tail_weight: float
) -> None:
    """Remove what was found and turned out to be wrong, so that the next run computes it."""
    if reference.found and is_main():
        context.directory.file(CACHE_NAME).unlink(missing_ok=True)
        for split in reference.found.values():
            key = shared_key(context, _digest_of_ids(split), tail_weight=tail_weight)
            ReferenceCache(cast("Path", context.reference_cache)).forget(key)


def _found_or_computed(
    context: TrainingContext[Any],
    load_reference: Callable[[], PreTrainedModel],
    splits: Mapping[str, PreparedRecords],
    *,
    tail_weight: float,
) -> tuple[dict[str, Tensor], dict[str, PreparedRecords]]:
    """Log-probs of every split, and the splits of which another run had computed them."""
    if context.reference_cache is None:
        _note(context, dict.fromkeys(splits, "computed"))
        return _compute(context, load_reference(), splits, tail_weight=tail_weight), {}
    cache = ReferenceCache(context.reference_cache)
    keys = {
        name: shared_key(context, _digest_of_ids(split), tail_weight=tail_weight)
        for name, split in splits.items()
    }
    found: dict[str, Tensor] = {}
    if is_main():
        for name, split in splits.items():
            log_probs = cache.read(keys[name], _shape_of(split))
            if log_probs is not None:
                found[f"reference/{name}"] = log_probs
    found = from_main(found)
    missing = {name: split for name, split in splits.items() if f"reference/{name}" not in found}
    computed: dict[str, Tensor] = {}
    if missing:
        computed = _compute(context, load_reference(), missing, tail_weight=tail_weight)
    if is_main():
        for name in missing:
            cache.write(keys[name], computed[f"reference/{name}"])
    sources = {name: "computed" if name in missing else "cache" for name in splits}
    _note(context, sources, notes=cache.notes)
    return {**found, **computed}, {
        name: split for name, split in splits.items() if name not in missing
    }


def _note(
    context: TrainingContext[Any], sources: Mapping[str, str], *, notes: Sequence[str] = ()
) -> None:
    """Say in the plan where the log-probs of each split are from."""
    context.reference_plan = {"from": dict(sources), "notes": list(notes)}


def reference_key(
    context: TrainingContext[Any],
    splits: Mapping[str, PreparedRecords],
    *,
    tail_weight: float = 1.0,
) -> str:
    """What the log-probs depend on: weights, tokenizer and template, ids, precision, code."""
    return digest_of_json(
        {
            "version": VERSION,
            "base": context.made_of,  # weights, adapters under them, tokenizer and template
            "quantization": context.config.quantization,
            "ids": {name: _digest_of_ids(split) for name, split in splits.items()},
            "dtype": context.config.dtype,
            "layout": "packed" if context.is_packed else "padded",
            "matmul": torch.get_float32_matmul_precision(),
            "tail_weight": tail_weight,
        }
    )


def check_reference(
    policy_log_probs: Tensor, reference: Iterable[Tensor], n_tokens: Tensor, *, dtype: str
) -> float:
    """Step-0 gate: the untrained policy must be the reference.

    Args:
        policy_log_probs: summed over tokens, all first completions, then all second ones, …; for
            pairs chosen rows, then rejected rows, shape (2 × pairs,).
        reference: the same of the first completions, then of the second ones, ….
        n_tokens: completion tokens of each row.
        dtype: of the forward pass; it decides the tolerance.
    Returns: the largest difference, in nats a token.
    Raises: ReferenceMismatch if that is more than the tolerance.
    """
    expected = torch.cat(list(reference))
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
    total, done = sum(map(len, splits.values())), 0
    tensors: dict[str, Tensor] = {}

    def measure(split: PreparedRecords, group: list[int]) -> Tensor:
        nonlocal done
        context.stopper.check()
        examples = [split.examples[index] for index in group]
        scores = forward.completions(examples)
        weighted = length_desensitized_log_probs(
            scores.log_prob, scores.shared_log_prob, alpha=tail_weight
        )
        done = min(done + len(group) * world().size, total)
        context.directory.log_progress("reference", done=done, total=total)
        return by_example(weighted.float().cpu(), examples)

    for name, split in splits.items():
        log_probs = torch.zeros(_shape_of(split))
        groups = list(context.groups(split))
        for group, values in zip(groups, share_out(groups, partial(measure, split)), strict=True):
            log_probs[: len(values), group] = values
        tensors[f"reference/{name}"] = log_probs
    return tensors


def _digest_of_ids(split: PreparedRecords) -> str:
    """Of the tokens of a split in order, and of where each part ends."""
    ids = hashlib.sha256()
    for example in split.examples:
        ids.update(array("q", [len(example.completions)]).tobytes())
        for part in (example.prompt_ids, *example.completions):
            ids.update(array("q", [len(part), *part]).tobytes())
    return ids.hexdigest()


def _shape_of(split: PreparedRecords) -> tuple[int, int]:
    """Completions of an example at most, and examples; there is 0 for one that is missing."""
    return split.rows_per_example, len(split)


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
        if tensor is None or tensor.shape != _shape_of(split):
            raise LoadingError(
                f"{path} lacks the reference's log-probs of the {name} records", field="resume"
            )
    return tensors
