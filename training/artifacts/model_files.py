"""Model directories as files: what can be told of one without loading it."""

import json
import struct
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from training.artifacts.store import artifact_store
from training.errors import BaseRefused
from training.models import Checkpoint

CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")
BYTES_PER_WEIGHT = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
LARGEST_HEADER = 100_000_000  # what safetensors itself allows


def check_model_directory(directory: Path) -> dict[str, Any]:
    """The model's config, if the directory looks like one that can be loaded.

    Raises: BaseRefused, saying which file is at fault.
    """
    config = _read_config(directory)
    weights = sorted(directory.glob("*.safetensors"))
    if not weights:
        if any(directory.glob("*.bin")) or any(directory.glob("*.pt*")):
            raise refused(
                directory,
                _(
                    "%(path)s holds its weights as pickles, which can run code when they are "
                    "read. Only safetensors are accepted: convert the model first."
                ),
            )
        raise refused(directory, _("%(path)s holds no weights (*.safetensors)."))
    for shard in _shards(directory):
        if not (directory / shard).is_file():
            raise refused(
                directory, _("%(path)s lacks %(file)s, which its index names."), file=shard
            )
    for file in weights:
        check_safetensors(directory, file)
    if not any((directory / name).is_file() for name in ("tokenizer.json", "tokenizer.model")):
        raise refused(directory, _("%(path)s has no tokenizer (tokenizer.json)."))
    return config


def context_length(checkpoint: Checkpoint) -> int | None:
    """How many tokens fit, by the checkpoint's config; None where it does not say."""
    while checkpoint.lies_over is not None:
        checkpoint = checkpoint.lies_over
    config = _stored_config(checkpoint)
    for part in (config, config.get("text_config") or {}):
        for key in CONTEXT_KEYS:
            if isinstance(part.get(key), int):
                return int(part[key])
    return None


def bytes_per_weight(checkpoint: Checkpoint) -> int:
    """By the precision that the checkpoint's config names; 4 where it names none."""
    config = _stored_config(checkpoint)
    named = str(config.get("dtype") or config.get("torch_dtype") or "")
    return BYTES_PER_WEIGHT.get(named.removeprefix("torch."), 4)


def _stored_config(checkpoint: Checkpoint) -> dict[str, Any]:
    """Empty where there is none that can be read, as in an adapter's directory."""
    name = f"{checkpoint.folder}/config.json"
    try:
        with Path(name).open("rb") if checkpoint.is_local else artifact_store().open(name) as file:
            config = json.load(file)
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _read_config(directory: Path) -> dict[str, Any]:
    try:
        config = json.loads((directory / "config.json").read_text())
    except FileNotFoundError as error:
        raise refused(directory, _("%(path)s is not a model: it has no config.json.")) from error
    except (OSError, ValueError) as error:
        raise refused(directory, _("config.json in %(path)s cannot be read.")) from error
    if not isinstance(config, dict) or not config.get("model_type"):
        raise refused(directory, _("config.json in %(path)s does not name a model_type."))
    return config


def _shards(directory: Path) -> set[str]:
    index = directory / "model.safetensors.index.json"
    if not index.is_file():
        return set()
    try:
        return set(json.loads(index.read_text())["weight_map"].values())
    except (ValueError, KeyError, AttributeError) as error:
        raise refused(
            directory, _("%(file)s in %(path)s cannot be read."), file=index.name
        ) from error


def check_safetensors(directory: Path, file: Path) -> None:
    """Read the header alone: a file that was cut short or renamed shows at once."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > LARGEST_HEADER:
                raise ValueError("the header is too long")
            header = json.loads(stream.read(length))
            ends = [
                entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"
            ]
            if 8 + length + max(ends, default=0) != file.stat().st_size:
                raise ValueError("the file is cut short")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise refused(
            directory, _("%(file)s in %(path)s is not a whole safetensors file."), file=file.name
        ) from error


def refused(directory: Path, message: str, **parts: str) -> BaseRefused:
    return BaseRefused(message % {"path": directory, **parts}, field="base", value=str(directory))
