"""Log-probs under a reference that runs share: a directory of files named by what they depend on.

Runs on the same base and records differ in their β, their loss or their learning rate, and ask the
same of the reference. Each split has a file of its own, so another method finds it as well. A file
appears whole or not at all, so any number of runs may read and write at once. One that cannot be
read, or is not what its name says, counts as none and is written anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from alignment_core.canonical import digest_of_json
from alignment_core.files import sync_path
from alignment_core.models.sharding import wants_sharding
from alignment_core.runs.checkpoints import versions
from alignment_core.trainers.objective import TrainingContext

SCHEMA = "1"  # of a file; another one is computed again
LARGEST_BYTES = 1 << 30  # of all files together: about a hundred million pairs
ABANDONED_SECONDS = 24 * 3600.0  # what nobody has finished writing by then, nobody will
NAME = "log_probs"
FILE = re.compile(r"reference-[0-9a-f]{64}\.safetensors")  # nothing else is ever removed
PARTIAL = re.compile(r"\.reference-[0-9a-f]{64}\.[0-9a-f]{32}\.partial")


class ReferenceCache:
    """Log-probs by key; whatever goes wrong with a file is a note, never the end of a run."""

    def __init__(self, directory: Path, *, largest_bytes: int = LARGEST_BYTES) -> None:
        self.directory = directory
        self.largest_bytes = largest_bytes
        self.notes: list[str] = []

    def read(self, key: str, shape: tuple[int, ...]) -> Tensor | None:
        """The float32 log-probs of a key, where they are there, whole and of this shape."""
        path = self.path(key)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                log_probs: Tensor = file.get_tensor(NAME).clone()
        except (OSError, SafetensorError) as error:
            self._ignore(path, " ".join(str(error).split())[:200])
            return None
        is_alike = log_probs.dtype == torch.float32 and log_probs.shape == shape
        if not is_alike or metadata != _metadata(key, log_probs):
            self._ignore(path, "it does not hold what its name says")
            return None
        with suppress(OSError):
            os.utime(path)  # the file used longest ago goes first
        return log_probs

    def write(self, key: str, log_probs: Tensor) -> None:
        """Keep the log-probs of a key for other runs, and let the oldest files beyond go."""
        path = self.path(key)
        scratch = self.directory / f".{path.stem}.{uuid.uuid4().hex}.partial"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            save_file({NAME: log_probs}, scratch, metadata=_metadata(key, log_probs))
            sync_path(scratch)
            scratch.replace(path)
            self._prune()
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            self.notes.append(f"{path} could not be written: {error}")

    def forget(self, key: str) -> None:
        """Remove what turned out to be wrong."""
        with suppress(OSError):
            self.path(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where the log-probs of a key lie, if they do."""
        return self.directory / f"reference-{key}.safetensors"

    def _ignore(self, path: Path, reason: str) -> None:
        self.notes.append(f"{path} is ignored and written anew: {reason}")

    def _prune(self) -> None:
        found, abandoned_before = [], time.time() - ABANDONED_SECONDS
        for path in self.directory.iterdir():
            with suppress(OSError):  # another run may have removed it
                stat = path.stat()
                if FILE.fullmatch(path.name):
                    found.append((stat.st_mtime, stat.st_size, path))
                elif PARTIAL.fullmatch(path.name) and stat.st_mtime < abandoned_before:
                    path.unlink(missing_ok=True)
        n_bytes = 0
        for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
            n_bytes += size
            if n_bytes > self.largest_bytes and number > 0:  # the newest is in use
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def shared_key(context: TrainingContext[Any], ids: str, *, tail_weight: float) -> str:
    """All that log-probs depend on to the last bit, so that finding them changes no run.

    Beyond weights, tokens and lengths that is how they are computed: precision, layout, what goes
    through the model together, the kind of machine and the versions of the libraries.

    Args:
        ids: a digest of the tokens and lengths of a split, in order.
        tail_weight: what tokens beyond the length of a pair's shorter completion count.
    """
    config, device = context.config, context.device
    is_gpu = device.type == "cuda"
    return digest_of_json(
        {
            "schema": SCHEMA,
            "base": context.made_of,  # weights, adapters under them, tokenizer and template
            "quantization": config.quantization,
            "ids": ids,
            "tail_weight": tail_weight,
            "dtype": config.dtype,
            "matmul": torch.get_float32_matmul_precision(),
            "forward": {
                name: {**asdict(choice), "reason": ""}
                for name, choice in context.ways.choices.items()
            },
            "tokens_per_micro_batch": config.tokens_per_micro_batch,
            "is_sharded": wants_sharding(config, device),
            "device": torch.cuda.get_device_name(device) if is_gpu else device.type,
            "threads": None if is_gpu else torch.get_num_threads(),
            "versions": versions(),
        }
    )


def _metadata(key: str, log_probs: Tensor) -> dict[str, str]:
    digest = hashlib.sha256(log_probs.contiguous().numpy().tobytes()).hexdigest()
    return {"schema": SCHEMA, "key": key, "sha256": digest}
