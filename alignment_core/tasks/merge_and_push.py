"""What is done with a finished model: an adapter merged, a directory pushed on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import torch

from alignment_core.errors import LoadingError, Refused
from alignment_core.files import make_empty
from alignment_core.models.adapter_files import is_adapter, is_of_reward_model
from alignment_core.models.hub import push_folder
from alignment_core.models.loading import (
    load_config,
    load_policy,
    load_reward_model,
    load_tokenizer,
    resolve_base,
)
from alignment_core.models.weights import final_dtype, write_whole

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")


def merge(model: str, output: Path) -> Path:
    """Write an adapter and all that it lies over as one whole model, in its base's precision.

    Args:
        model: directory of the adapter, such as a run's `final/adapter`.
        output: directory to write; empty or new.
    Raises: LoadingError if there is no adapter; Refused if something is in `output`.
    """
    directory = resolve_base(model)
    if not is_adapter(directory):
        raise LoadingError(
            f"{directory} holds no adapter to merge", field="model", value=str(directory)
        )
    tokenizer, _ = load_tokenizer(directory)
    device = torch.device("cpu")
    if is_of_reward_model(directory):
        module = load_reward_model(directory, device=device, seed=0)
    else:
        module = load_policy(directory, device=device)
    make_empty(output, field="output")
    dtype = final_dtype("base", directory)
    write_whole(module, output, dtype=dtype, pad_token_id=tokenizer.pad_token_id)
    tokenizer.save_pretrained(output)
    return output


def push(model: Path, to: str, *, is_public: bool) -> str:
    """Copy a model to another directory, or to the Hugging Face hub.

    Args:
        model: directory of a checkpoint or an adapter.
        to: a path (absolute, or beginning with a dot or ~), or a hub id such as org/name.
        is_public: whether a repository that is made on the hub can be read by everybody.
    Returns: where it is now.
    Raises: LoadingError if it is no model; Refused if the other side does not take it.
    """
    load_config(model)
    if to.startswith((".", "~")) or Path(to).is_absolute():
        target = Path(to).expanduser()
        make_empty(target, field="to")
        shutil.copytree(model, target, dirs_exist_ok=True)
        return str(target)
    if not HUB_ID.fullmatch(to):
        raise Refused(
            f"{to} is neither a path (begin it with / or ./) nor a hub id such as org/name",
            field="to",
            value=to,
        )
    return push_folder(model, to, is_public=is_public)
