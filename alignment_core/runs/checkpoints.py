"""Saving a run in the middle, and going on from there bit for bit.

A checkpoint is a directory in Hugging Face layout, or an adapter as `peft` writes it, so it can be
sampled from or trained on, with the trainer's state beside the weights: all of it safetensors and
JSON, never pickle. The main process writes it, from what all of them hold.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment_core import __version__
from alignment_core.configs import defaults_of
from alignment_core.errors import LoadingError
from alignment_core.files import sync_directory, sync_path, write_json
from alignment_core.models.adapters import trained_weights
from alignment_core.models.weights import whole, write_weights
from alignment_core.processes.ranks import is_main
from alignment_core.runs.run_directory import saved_steps

STATE, OPTIMIZER, RNG, EXTRA = (
    "trainer.json",
    "optimizer.safetensors",
    "rng.safetensors",
    "extra.safetensors",
)
MOMENTS = {"step", "exp_avg", "exp_avg_sq"}
PLAN, METRICS = "plan.json", "metrics.jsonl"
SCHEMA = 1
NOTHING = "nothing"


@dataclass(kw_only=True)
class TrainerState:
    """Where a run stands, besides its tensors.

    The learning rate and the order of the data follow from the step and the settings, so they
    need no state of their own.
    """

    method: str
    settings: dict[str, Any]
    data_digest: str
    held_out_digest: str = ""  # NOTHING if nothing is held out; empty in checkpoints of before
    step: int = 0
    total_steps: int = 0
    epoch: float = 0.0
    n_tokens: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    # Of the last step where it was a whole batch: a short one at an epoch's end is logged with it.
    last_totals: dict[str, dict[str, float]] = field(default_factory=dict)


def save_checkpoint(
    directory: Path,
    *,
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    companions: Mapping[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    state: TrainerState,
    plan: dict[str, Any],
    metrics: Path,
    extra: dict[str, Tensor],
    keep: int,
) -> Path:
    """Write `directory/step-N` whole or not at all, then let the oldest beyond `keep` go.

    Args:
        companions: models trained beside `module`, whose weights are among `extra`.
    """
    directory.mkdir(exist_ok=True)
    target = directory / f"step-{state.step}"
    scratch = directory / f".step-{state.step}.partial"
    if is_main():
        for left_over in directory.glob(".step-*.partial"):  # of a process that was killed here
            shutil.rmtree(left_over)
        scratch.mkdir()
    write_weights(module, scratch)
    moments = _optimizer_tensors({"": module, **companions}, optimizer)
    if not is_main():
        return target
    tokenizer.save_pretrained(scratch)
    save_file(moments, scratch / OPTIMIZER)
    save_file(_rng_tensors(), scratch / RNG)
    save_file(extra, scratch / EXTRA)
    write_json(scratch / PLAN, plan)
    write_json(scratch / STATE, _state_json(state))
    if metrics.exists():
        shutil.copyfile(metrics, scratch / METRICS)
    sync_directory(scratch)
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)
    sync_path(directory)
    for old in saved_steps(directory)[:-keep]:
        shutil.rmtree(old)
    return target


def read_state(checkpoint: Path) -> TrainerState:
    """The trainer's state of a checkpoint. Raises: LoadingError."""
    try:
        body = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        if body.pop("schema") != SCHEMA:
            raise ValueError("it was written by another version")
        body.pop("versions")
        state = TrainerState(**body)
        _check_kinds(state)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LoadingError(
            f"{checkpoint} is not a checkpoint that training can go on from: {error}",
            field="resume",
            value=str(checkpoint),
        ) from error
    return state


def _check_kinds(state: TrainerState) -> None:
    """Raises: TypeError if a field holds what it never does."""
    example = TrainerState(method="", settings={}, data_digest="")
    for name, value in vars(state).items():
        kind = type(getattr(example, name))
        is_kind = isinstance(value, kind) or (kind is float and isinstance(value, int))
        if not is_kind or isinstance(value, bool) or (kind is int and value < 0):
            raise TypeError(f"{name} is {value!r}")


def check_same_run(state: TrainerState, now: TrainerState, *, ignored: frozenset[str]) -> None:
    """Refuse to go on with another method, data or setting. Raises: LoadingError."""
    if state.method != now.method:
        raise LoadingError(
            f"the checkpoint is of method {state.method}, not {now.method}", field="resume"
        )
    for name in sorted(state.settings.keys() - now.settings.keys()):
        raise LoadingError(
            f"the checkpoint was trained with {name} {state.settings[name]!r}, a setting that is "
            "not known here",
            field="resume",
        )
    settings = defaults_of(now.method) | state.settings  # some may have come since it was saved
    for name, value in now.settings.items():
        if name not in ignored and settings[name] != value:
            raise LoadingError(
                f"the checkpoint was trained with {name} {settings[name]!r}, "
                f"not {value!r}; start a new run to change it",
                field=name,
                value=value,
            )
    if state.data_digest != now.data_digest:
        raise LoadingError("the checkpoint was trained on other records", field="train_data")
    if state.held_out_digest not in ("", now.held_out_digest):  # one curve, of the same records
        raise LoadingError(
            "the run was measured on other held-out records until the checkpoint; `evaluate` "
            "measures on any",
            field="eval_data",
        )


def restore_optimizer(
    checkpoint: Path, *, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> None:
    """Put the optimizer's moments and the random state back. Raises: LoadingError.

    Args:
        modules: everything that is trained, by name; what is saved as the result has none.
    """
    tensors = read_tensors(checkpoint / OPTIMIZER)
    by_name: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, moment = key.rpartition("/")
        by_name.setdefault(name, {})[moment] = tensor
    trained = dict(_trained(modules))
    broken = [name for name, moments in by_name.items() if set(moments) != MOMENTS]
    foreign = [*broken, *sorted(by_name.keys() - trained.keys())]
    if foreign:
        raise LoadingError(
            f"the optimizer's state in {checkpoint} is not of the weights that this run trains: "
            f"{foreign[0]}",
            field="resume",
            value=str(checkpoint),
        )
    # A weight that no token has reached yet, such as an expert's, has no moments so far; none has
    # any where a run was stopped in its first rollout, or its samples made no pair yet.
    for name, moments in by_name.items():
        # The step counts stay where the optimizer made them: a fused step reads them on the device.
        optimizer.state[trained[name]] = {
            key: _placed_like(trained[name], tensor) for key, tensor in moments.items()
        }
    _restore_rng(read_tensors(checkpoint / RNG))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises: LoadingError if it is missing or broken."""
    try:
        return dict(load_file(path))
    except (OSError, safetensors.SafetensorError) as error:
        raise LoadingError(f"cannot read {path}: {error}", value=str(path)) from error


def _placed_like(parameter: nn.Parameter, tensor: Tensor) -> Tensor:
    tensor = tensor.to(parameter.device, copy=True)
    if isinstance(parameter, DTensor) and tensor.shape == parameter.shape:
        return distribute_tensor(tensor, parameter.device_mesh, parameter.placements)
    return tensor


def _trained(modules: Mapping[str, nn.Module]) -> list[tuple[str, nn.Parameter]]:
    """Every trained weight by name, those of a named module under its name."""
    return [
        (f"{module_name}/{name}" if module_name else name, parameter)
        for module_name, module in modules.items()
        for name, parameter in trained_weights(module)
    ]


def _optimizer_tensors(
    modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    return {
        f"{name}/{key}": whole(tensor).contiguous()
        for name, parameter in _trained(modules)
        for key, tensor in optimizer.state[parameter].items()
    }


def _rng_tensors() -> dict[str, Tensor]:
    tensors = {"torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    return tensors


def _restore_rng(tensors: dict[str, Tensor]) -> None:
    torch.set_rng_state(tensors["torch"])
    if "cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["cuda"])


def _state_json(state: TrainerState) -> dict[str, Any]:
    return {"schema": SCHEMA, "versions": versions(), **vars(state)}


def versions() -> dict[str, str]:
    """What a run was made with; bit for bit holds for the same versions."""
    return {
        "alignment_core": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "safetensors": safetensors.__version__,
        "python": platform.python_version(),
    }
