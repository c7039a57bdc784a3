"""What the files of an adapter say of it, without `peft` and without loading anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from alignment_core.canonical import digest_of_json
from alignment_core.errors import LoadingError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def is_adapter(directory: Path) -> bool:
    """Whether a directory holds an adapter instead of whole weights."""
    return (directory / CONFIG).is_file() and not (directory / "config.json").is_file()


def base_of_adapter(directory: Path) -> str:
    """What the adapter in `directory` lies over: a path or a hub id. Raises: LoadingError."""
    try:
        body = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
        base, kind = body.get("base_model_name_or_path"), body.get("peft_type")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise cannot_use(directory, f"{CONFIG} cannot be read: {error}") from error
    if kind != "LORA":
        raise cannot_use(directory, f"its kind is {kind!r}, and only LORA can be merged")
    if not isinstance(base, str) or not base:
        raise cannot_use(directory, "it does not say which base it lies over")
    return base


def is_of_reward_model(directory: Path) -> bool:
    """Whether what it makes of its base scores text instead of writing it. Raises: LoadingError."""
    base_of_adapter(directory)
    body = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
    return bool(body.get("task_type") == "SEQ_CLS")


def digest_of_layers(weights: str, adapters: Sequence[str]) -> str:
    """The digest of a base from those of the directories that it is made of.

    Args:
        adapters: the undermost first; without any, the base is the weights.
    """
    return digest_of_json([weights, *adapters]) if adapters else weights


def cannot_use(directory: Path, reason: str) -> LoadingError:
    """The refusal of an adapter, for a reason."""
    return LoadingError(
        "cannot use the adapter in {path}: {why}",
        field="base",
        value=str(directory),
        parts={"path": directory, "why": reason},
    )
