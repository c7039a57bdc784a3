"""Bases and checkpoints from disk: safetensors only, and never code from a checkpoint."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from alignment_core.canonical import digest_of_directory
from alignment_core.data.chat_template import ensure_chat_template
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import LoadingError, Refused
from alignment_core.models.adapter_files import (
    base_of_adapter,
    digest_of_layers,
    is_adapter,
    is_of_reward_model,
)
from alignment_core.models.adapters import merge_adapter
from alignment_core.models.attention import load_to_be_tried
from alignment_core.models.hub import download
from alignment_core.models.quantization import quantized_loading
from alignment_core.models.scored_backbone import is_reward_model, reward_model_class

# A closed door in each call: a checkpoint may bring weights and words, never code or a download.
SAFE = {"local_files_only": True, "trust_remote_code": False}
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def resolve_base(name: str) -> Path:
    """The directory of a base.

    Args: name: a path, or a hub id with an optional @revision, which is downloaded once.
    Raises: LoadingError if there is no such directory, or the hub cannot be reached.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name.startswith((".", "~")) or not HUB_ID.fullmatch(name):
        raise LoadingError(
            "no checkpoint directory at {path}", field="base", value=name, parts={"path": name}
        )
    return download(name)


def load_tokenizer(directory: Path) -> tuple[PreTrainedTokenizerBase, bool]:
    """The tokenizer with a chat template, and whether the template is ours.

    Args: directory: of a checkpoint; an adapter without a tokenizer of its own has its base's.
    Raises: LoadingError if there is no tokenizer that can be read.
    """
    _check_directory(directory)
    if not any((directory / name).is_file() for name in TOKENIZER_FILES):
        if is_adapter(directory):
            return load_tokenizer(resolve_base(base_of_adapter(directory)))
        raise _refused("{path} holds no tokenizer", directory)
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory, **SAFE)
    except Exception as error:  # the library raises whatever its parsers raise
        raise _cannot_load(
            "cannot load the tokenizer of {path}: {why}", directory, error
        ) from error
    return tokenizer, ensure_chat_template(tokenizer)


def load_encoder(
    directory: Path, *, day: date | None = None, folds_system: bool = False
) -> ChatEncoder:
    """Chats to the ids that a checkpoint reads.

    Args: day, folds_system: as of `ChatTemplate`, where the checkpoint keeps none.
    Raises: LoadingError.
    """
    n_embeddings = embedded_ids(load_config(directory))
    return ChatEncoder(
        load_tokenizer(directory)[0],
        n_embeddings=n_embeddings,
        day=day,
        folds_system=folds_system,
    )


def load_policy(
    directory: Path, *, device: torch.device, quantization: str = "none"
) -> PreTrainedModel:
    """A causal language model in float32, in eval mode so that dropout is off.

    Args:
        directory: of a checkpoint in Hugging Face layout, or of an adapter, which is merged.
        device: where the weights go.
        quantization: "nf4" keeps the linear layers in 4 bits, for adapters over them.
    Raises: LoadingError; ConfigError where there can be no quantization.
    """
    config = load_config(directory)
    adapters = _layers_of(directory)[0]
    if is_reward_model(config) or any(map(is_of_reward_model, adapters)):
        raise _refused("{path} is a reward model, not a language model", directory)
    extra = quantized_loading(quantization, device, is_over_adapter=is_adapter(directory))
    policy, report = _load_weights(AutoModelForCausalLM, directory, extra)
    if report["missing_keys"]:
        raise _lacks_weights(directory, report["missing_keys"])
    return _with_adapter(policy, directory, device)


def load_reward_model(
    directory: Path, *, device: torch.device, seed: int, quantization: str = "none"
) -> PreTrainedModel:
    """A sequence classifier with one score, in float32 and eval mode.

    From a language model the head is fresh, drawn with standard deviation 1 / (width + 1), so that
    first scores are near 0 (Stiennon et al. 2020); from a reward model its head goes on.

    Args:
        directory: of a checkpoint in Hugging Face layout, or of an adapter, which is merged.
        device: where the weights go. seed: of a fresh head.
        quantization: "nf4" keeps the linear layers in 4 bits, for adapters over them.
    Raises: LoadingError; ConfigError where there can be no quantization.
    """
    model_class, extra = reward_model_class(load_config(directory))
    extra |= quantized_loading(quantization, device, is_over_adapter=is_adapter(directory))
    reward_model, report = _load_weights(model_class, directory, extra)
    head = getattr(reward_model, "score", None)
    if not isinstance(head, torch.nn.Linear):
        raise _refused("{path} is not a decoder, so it has no last token to score", directory)
    missing = set(report["missing_keys"])
    if missing - {"score.weight"}:
        raise _lacks_weights(directory, missing - {"score.weight"})
    if missing:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            head.weight.normal_(0.0, 1 / (head.in_features + 1), generator=generator)
    return _with_adapter(reward_model, directory, device)


def context_length(config: PretrainedConfig) -> int | None:
    """Tokens the model can read at once; None if its config does not say."""
    length = getattr(config.get_text_config(), "max_position_embeddings", None)
    return None if length is None else int(length)


def embedded_ids(config: PretrainedConfig) -> int | None:
    """How many ids the model has an embedding for, from 0 on; None if its config does not say."""
    n_ids = getattr(config.get_text_config(), "vocab_size", None)
    return None if n_ids is None else int(n_ids)


def check_fits(config: PretrainedConfig, *, max_length: int) -> None:
    """Refuse sequences longer than the context. Raises: LoadingError."""
    context = context_length(config)
    if context is not None and max_length > context:
        raise LoadingError(
            "max_length {length} is longer than the model's context of {context} tokens",
            parts={"length": max_length, "context": context},
            field="max_length",
            value=max_length,
        )


def _check_directory(directory: Path) -> None:
    if not directory.is_dir():
        raise _refused("no checkpoint directory at {path}", directory)
    if is_adapter(directory):
        _check_directory(_layers_of(directory)[1])
        return
    if not (directory / "config.json").is_file():
        raise _refused("{path} holds no config.json", directory)
    if any(directory.glob("*.safetensors")):
        return
    if any(path for pattern in PICKLED for path in directory.glob(pattern)):
        raise _refused(
            "{path} has its weights only as pickle files, which can run code; convert them to "
            "safetensors",
            directory,
        )
    raise _refused("{path} holds no safetensors weights", directory)


def digest_of_base(directory: Path) -> str:
    """SHA-256, in hex, of all that a checkpoint is made of: weights, tokenizer and template.

    Args: directory: of a checkpoint; of an adapter, all that it lies over counts as well.
    Raises: LoadingError if something that the adapter lies over is missing.
    """
    adapters, weights = _layers_of(directory)
    return digest_of_layers(
        digest_of_directory(weights), [digest_of_directory(path) for path in adapters]
    )


def _layers_of(directory: Path) -> tuple[list[Path], Path]:
    """The adapters of a directory, the undermost first, and the whole weights under them."""
    adapters: list[Path] = []
    while is_adapter(directory):
        if directory in adapters:
            raise _refused("the adapter in {path} lies over itself", directory)
        adapters.insert(0, directory)
        directory = resolve_base(base_of_adapter(directory))
    return adapters, directory


def _with_adapter(
    module: PreTrainedModel, directory: Path, device: torch.device
) -> PreTrainedModel:
    """The weights on their device, with the directory's adapters merged into them."""
    if getattr(module, "is_quantized", False):  # it is on its device, and cannot take an adapter
        module.eval()
        return module
    for adapter in _layers_of(directory)[0]:
        module = merge_adapter(module, adapter)
    return _on(module, device)


def _on(module: PreTrainedModel, device: torch.device) -> PreTrainedModel:
    """On its device, with dropout off: policy and reference must not differ by chance."""
    torch.nn.Module.to(module, device)
    for tensor in (*module.parameters(), *module.buffers()):
        # Weights come as views of the file, at whatever address its header leaves them. Kernels
        # round differently at other alignments, so a resumed run would not be bit for bit.
        tensor.data = tensor.data.clone()
    module.eval()
    return module


def load_config(directory: Path) -> PretrainedConfig:
    """A checkpoint's config. Raises: LoadingError if it, or safetensors weights, are missing."""
    _check_directory(directory)
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(_layers_of(directory)[1], **SAFE)
    except Refused:
        raise
    except Exception as error:  # a model of its own code ends here too
        raise _cannot_load("cannot load the config of {path}: {why}", directory, error) from error
    return config


def _load_weights(
    model_class: Any, directory: Path, extra: dict[str, Any]
) -> tuple[PreTrainedModel, dict[str, Any]]:
    options = {"use_safetensors": True, "dtype": torch.float32, "output_loading_info": True}
    options |= SAFE | extra
    try:
        module, report = load_to_be_tried(model_class, _layers_of(directory)[1], options)
    except Exception as error:  # broken files and unknown architectures alike
        raise _cannot_load("cannot load the weights of {path}: {why}", directory, error) from error
    if report["mismatched_keys"]:
        raise _lacks_weights(directory, [str(key) for key in report["mismatched_keys"]])
    return module, report


def _lacks_weights(directory: Path, missing: Any) -> LoadingError:
    return _refused(
        "{path} lacks {n} of the weights its config asks for, such as {names}",
        directory,
        n=len(missing),
        names=", ".join(sorted(missing)[:3]),
    )


def _cannot_load(sentence: str, directory: Path, error: Exception) -> LoadingError:
    return _refused(sentence, directory, why=_first_line(error))


def _refused(sentence: str, directory: Path, **parts: object) -> LoadingError:
    shown = str(directory)
    return LoadingError(sentence, field="base", value=shown, parts={"path": shown, **parts})


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def read_json(path: Path) -> Any:
    """A JSON file's value. Raises: LoadingError if it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LoadingError(
            "cannot read {path}: {why}",
            value=str(path),
            parts={"path": path, "why": _first_line(error)},
        ) from error
