"""Bases from the Hugging Face hub: weights and words, never code."""

from __future__ import annotations

import os
from pathlib import Path

from alignment_core.errors import LoadingError, Refused

WANTED = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "*.txt", "*.model"]


def download(name: str) -> Path:
    """The directory of a hub id with an optional @revision; what is here already is not fetched.

    Raises: LoadingError if it is neither here nor to be had.
    """
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")
    offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")
    try:
        directory = snapshot_download(
            repository,
            revision=revision or None,
            allow_patterns=WANTED,
            local_files_only=offline,
            etag_timeout=10,
        )
    except Exception as error:  # no network, no such repository, a gate, a full disk
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise LoadingError(
            "cannot get {name} from the Hugging Face hub, and it is not on this machine: {why}; "
            "give a local directory or check the network",
            parts={"name": name, "why": lines[0][:200]},
            field="base",
            value=name,
        ) from error
    return Path(directory)


def push_folder(directory: Path, name: str, *, is_public: bool) -> str:
    """Upload a directory to a repository of the hub, which is made if it is not there.

    Returns: the address of what was uploaded.
    Raises: Refused if the hub does not take it, as where nobody is signed in.
    """
    from huggingface_hub import HfApi

    try:
        hub = HfApi()
        hub.create_repo(name, private=not is_public, exist_ok=True)
        return str(hub.upload_folder(repo_id=name, folder_path=str(directory)))
    except Exception as error:  # no network, no sign-in, no right to write, a full quota
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise Refused(
            "cannot push to {name} on the Hugging Face hub: {why}",
            parts={"name": name, "why": lines[0][:200]},
            field="to",
            value=name,
        ) from error
