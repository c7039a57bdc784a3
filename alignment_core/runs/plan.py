"""How a run uses its machine: chosen once, written down, and reused on resume."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from alignment_core.configs import TrainingConfig
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.micro_batches import micro_batches, n_steps_per_epoch, step_examples
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.machine.malloc_trim import keep_freed_memory
from alignment_core.machine.matmul import choose_matmul
from alignment_core.machine.onednn_cache import bound_kernel_cache
from alignment_core.models.sharding import wants_sharding
from alignment_core.processes.ranks import any_over_ranks, world
from alignment_core.runs.checkpoints import versions

SHORT = 32  # tokens; so many of them in a micro-batch repeat one another's lengths


def choose_device(wanted: str) -> torch.device:
    """The device of a setting. Raises: LoadingError if it is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise LoadingError(
            "this machine has no GPU that torch can use", field="device", value=wanted
        )
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def make_deterministic(device: torch.device) -> None:
    """Choose kernels that give the same bits each time; the processor's already do."""
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)


def machine_plan(
    config: TrainingConfig, device: torch.device, saved: Mapping[str, Any]
) -> dict[str, Any]:
    """What does not depend on the data; also sets the matmul precision, the heap and the caches.

    Args:
        saved: the plan of the run that goes on here, else empty.
    """
    is_gpu = device.type == "cuda"
    bound_kernel_cache(sequences=_sequences_together(config))
    matmul = saved.get("matmul")
    if matmul is None:
        matmul = choose_matmul(config.matmul, device)
        if any_over_ranks(matmul["precision"] == "highest"):
            matmul["precision"] = "highest"
    torch.set_float32_matmul_precision(matmul["precision"])
    return {
        "schema": 1,
        "device": device.type,
        "device_name": torch.cuda.get_device_name(device) if is_gpu else "cpu",
        "dtype": config.dtype,
        "matmul": matmul,
        "threads": torch.get_num_threads(),
        "keeps_freed_memory": not is_gpu and keep_freed_memory(),
        "world_size": world().size,
        "sharded": wants_sharding(config, device),
        "versions": versions(),
    }


def _sequences_together(config: TrainingConfig) -> int:
    """At most; where they are very short, many are equally long."""
    of_each = config.n_samples if isinstance(config, RolloutConfig) else 2
    return min(config.batch_size * of_each, config.tokens_per_micro_batch // SHORT)


def rollout_plan(config: RolloutConfig, n_prompts: int) -> dict[str, Any]:
    """How prompts are dealt into rollouts; what they cost shows only once they are sampled."""
    steps = n_steps_per_epoch(n_prompts, batch_size=config.batch_size)
    return {
        "n_examples": n_prompts,
        "batch_size": config.batch_size,
        "n_samples": config.n_samples,
        "updates_per_step": config.n_passes * config.n_minibatches,
        "steps_per_epoch": steps,
        "total_steps": steps * config.epochs,
        "tokens_per_micro_batch": config.tokens_per_micro_batch,
    }


def data_plan(
    config: TrainingConfig, examples: Sequence[TokenizedExample], *, is_packed: bool
) -> dict[str, Any]:
    """How the data is cut into steps and micro-batches, with the first epoch's figures."""
    lengths = [example.n_tokens for example in examples]
    packed_lengths = [example.n_packed_tokens for example in examples]
    n_sides = [len(example.completions) for example in examples]
    steps = n_steps_per_epoch(len(examples), batch_size=config.batch_size)
    groups = [
        group
        for step in range(steps)
        for group in micro_batches(
            step_examples(len(examples), batch_size=config.batch_size, seed=config.seed, step=step),
            lengths,
            rows_per_example=max(n_sides),
            token_budget=config.tokens_per_micro_batch,
            packed_lengths=packed_lengths if is_packed else None,
        )
    ]
    padded = sum(
        sum(n_sides[i] for i in group) * max(lengths[i] for i in group) for group in groups
    )
    computed = sum(packed_lengths) if is_packed else padded
    real = sum(
        len(example.completions) * len(example.prompt_ids) + sum(map(len, example.completions))
        for example in examples
    )
    return {
        "n_examples": len(examples),
        "batch_size": config.batch_size,
        "steps_per_epoch": steps,
        "total_steps": steps * config.epochs,
        "tokens_per_micro_batch": config.tokens_per_micro_batch,
        "micro_batches_per_epoch": len(groups),
        "tokens_per_epoch": real,
        "computed_tokens_per_epoch": computed,
        "padding_share": 0.0 if is_packed else round(1 - real / padded, 4),
    }
