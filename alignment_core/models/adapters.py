"""Low-rank adapters (Hu et al. 2021, LoRA, arXiv:2106.09685) over frozen weights, by `peft`.

The adapters are put into the model in place, so it keeps its class and its names. With them
switched off it is the start checkpoint again, bit for bit: the reference needs no second copy.
An adapter directory as a base is merged into its weights when it is loaded, so what is trained on
top of it is measured against weights and earlier adapter together.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from peft import LoraConfig, PeftModel, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from alignment_core.configs import TrainingConfig
from alignment_core.errors import ConfigError, LoadingError
from alignment_core.files import write_json
from alignment_core.models.adapter_files import CONFIG, WEIGHTS, cannot_use
from alignment_core.models.adapter_targets import layers_of_their_own_kind, shared_target

NAME = "default"  # the name that peft gives an adapter, and leaves out in files
PREFIX = "base_model.model."  # what peft puts before a weight's name in files
SHARED = "it changes {layer}, whose weight is that of {other} too, so that it cannot be merged"
HEAD = "score"  # of a reward model; it is trained whole


def merge_adapter(module: PreTrainedModel, directory: Path) -> PreTrainedModel:
    """The model with an adapter of a directory added into its weights. Raises: LoadingError."""
    if not (directory / WEIGHTS).is_file():
        raise cannot_use(directory, f"it holds no {WEIGHTS}; pickled weights can run code")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message="Found missing adapter keys")
            adapted = PeftModel.from_pretrained(module, directory)
            shared = shared_target(adapted)
            merged: PreTrainedModel = (
                module if shared else adapted.merge_and_unload(safe_merge=True)
            )
    except Exception as error:  # the library raises whatever its parsers raise
        sentence = " ".join(str(error).split()) or type(error).__name__
        raise cannot_use(directory, sentence[:200]) from error
    if shared is not None:
        raise cannot_use(directory, SHARED.format(layer=shared[0], other=shared[1]))
    return merged.requires_grad_(True)  # `peft` froze them, for its adapter alone was to be trained


def add_adapters(module: PreTrainedModel, config: TrainingConfig, *, base: str) -> None:
    """Freeze the weights and put fresh adapters over them, which at first change nothing.

    A reward model's head stays trained whole. The first draw of the adapters follows from the
    seed alone.

    Args:
        base: the directory that the adapters lie over, to be written down with them.
    Raises: ConfigError if `lora_targets` means no layer, or one whose weight is another's too.
    """
    names = [name.strip() for name in config.lora_targets.split(",") if name.strip()]
    is_scorer, is_all = hasattr(module, HEAD), names == ["all-linear"]
    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,  # type: ignore[arg-type]  # any number works
        lora_dropout=config.lora_dropout,
        target_modules=config.lora_targets if is_all else names,
        exclude_modules=layers_of_their_own_kind(module) if is_all else None,
        task_type="SEQ_CLS" if is_scorer else "CAUSAL_LM",
        base_model_name_or_path=str(Path(base).absolute()),  # to be found from anywhere
    )
    with torch.random.fork_rng(devices=[module.device] if module.device.type == "cuda" else []):
        torch.manual_seed(config.seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what is refused below
                inject_adapter_in_model(lora, module, NAME)
        except ValueError as error:
            layers = {
                name.rpartition(".")[2]
                for name, layer in module.named_modules()
                if isinstance(layer, nn.Linear)
            }
            raise ConfigError(
                "lora_targets",
                config.lora_targets,
                "lora_targets {value} means no layer of this model; its linear layers are {layers}",
                parts={"value": repr(config.lora_targets), "layers": ", ".join(sorted(layers))},
            ) from error
    _refuse_shared(module, config.lora_targets)
    module.train(module.training)  # new layers come with their dropout on
    if is_scorer:
        module.get_submodule(HEAD).requires_grad_(True)


def _refuse_shared(module: PreTrainedModel, targets: str) -> None:
    shared = shared_target(module)
    if shared is not None:
        raise ConfigError(
            "lora_targets",
            targets,
            "lora_targets {value} reaches {layer}, whose weight is that of {other} too, so that "
            "what is learnt for one would change both; leave it out",
            parts={"value": repr(targets), "layer": shared[0], "other": shared[1]},
        )


def has_adapters(module: nn.Module) -> bool:
    """Whether adapters lie over this model's weights."""
    return any(isinstance(layer, BaseTunerLayer) for layer in module.modules())


@contextmanager
def adapters_off(module: nn.Module) -> Iterator[None]:
    """The model without its adapters: the start checkpoint."""
    layers = [layer for layer in module.modules() if isinstance(layer, BaseTunerLayer)]
    # Its public switch also changes which weights are trained, which shared weights never notice.
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False


@contextmanager
def adapter_dropout(module: nn.Module, *, seed: int, step: int, update: int = 0) -> Iterator[None]:
    """Drop adapters' inputs at random, where that was asked for; the model's own dropout stays off.

    What is dropped follows from the seed, the step and the update within it, so a run that goes on
    drops the same, and the updates of a rollout do not.
    """
    parts = [
        part
        for layer in module.modules()
        if isinstance(layer, BaseTunerLayer)
        for part in cast("nn.ModuleDict", layer.lora_dropout).values()
        if isinstance(part, nn.Dropout)
    ]
    if parts:
        torch.manual_seed(int(np.random.SeedSequence((seed, step, update)).generate_state(1)[0]))
    for part in parts:
        part.train()
    try:
        yield
    finally:
        for part in parts:
            part.eval()


def write_adapter(module: PreTrainedModel, tensors: dict[str, Tensor], directory: Path) -> None:
    """Write the adapters, and a head that is trained, as peft reads them.

    Args:
        tensors: the trained weights by the model's names for them.
    """
    save_file(
        {_file_name(name): tensor.contiguous() for name, tensor in tensors.items()},
        directory / WEIGHTS,
        metadata={"format": "pt"},
    )
    settings: dict[str, Any] = cast("Any", module.peft_config)[NAME].to_dict()
    body = {
        name: sorted(value) if isinstance(value, set) else value  # a set has no fixed order
        for name, value in settings.items()
    }
    write_json(directory / CONFIG, {**body, "inference_mode": True})


def read_adapter(module: PreTrainedModel, tensors: dict[str, Tensor], *, source: Path) -> None:
    """Put trained weights back into a model with fresh adapters. Raises: LoadingError."""
    trained = {_file_name(name): weight for name, weight in trained_weights(module)}
    if set(trained) != set(tensors):
        raise LoadingError(
            f"{source} holds the adapters of other layers than this run trains",
            field="resume",
            value=str(source),
        )
    with torch.no_grad():
        for name, weight in trained.items():
            weight.copy_(tensors[name])


def trained_weights(module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """The weights that are trained, with their names."""
    return [entry for entry in module.named_parameters() if entry[1].requires_grad]


def _file_name(name: str) -> str:
    return PREFIX + name.replace(f".{NAME}.", ".")
