"""What trials found out is remembered: by this process, and on disk for those that come after.

Only what a base was found to do is kept, under all that the answer rests on. A refusal is not: it
ends in a sentence at once, so nothing is gained by remembering it, and what made a trial fail may
have been the moment's, such as a full memory; whoever has put that right must not be refused again.
A run that is resumed finds its answers in its plan instead.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
import transformers
from transformers import PreTrainedModel

import alignment_core
from alignment_core.canonical import digest_of_json
from alignment_core.forward.trial_cache import trial_cache
from alignment_core.models.attention import attention_of
from alignment_core.processes.ranks import any_over_ranks

TRIED, REMEMBERED = "tried", "remembered"

Choice = TypeVar("Choice")
_found: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Choice]):
    """What a trial chose, and whether that was tried now or is remembered."""

    choice: Choice
    source: str


def tried_once(
    choice_class: type[Choice],
    find: Callable[[], Choice],
    module: PreTrainedModel,
    *,
    made_of: str,
    **asked: str,
) -> Outcome[Choice]:
    """What `find` returns, called only if nothing is known of such a model.

    Args:
        choice_class: a dataclass of plain values, of which `find` makes one.
        made_of: the digest of the files from which the model was loaded, unchanged since; empty if
            that is unknown, and then nothing is remembered.
        asked: what else the trial is told.
    """
    if not made_of:
        return Outcome(find(), TRIED)
    about = {
        "what": choice_class.__name__,
        "made_of": made_of,
        "asked": asked,
        "model": facts_of(module),
        "software": facts_of_software(),
    }
    known = _recall(choice_class, about)
    # Processes that share a model's weights can only try it all together.
    is_new = any_over_ranks(known is None)
    if known is not None and not is_new:
        return Outcome(known, REMEMBERED)
    found = find()
    _keep(about, found)
    return Outcome(found, TRIED)


def facts_of(module: PreTrainedModel) -> dict[str, Any]:
    """What a trial's answer rests on beside the weights' values: the model as it is called here.

    The shapes and kinds of its parts tell adapters, quantization and shares; how many threads
    there are changes no more than rounding.
    """
    config = json.loads(module.config.to_json_string(use_diff=False))
    config.pop("_name_or_path", None)
    weights = [(name, [*weight.shape], str(weight.dtype)) for name, weight in _tensors(module)]
    device = module.device
    is_gpu = device.type == "cuda"
    return {
        "class": f"{type(module).__module__}.{type(module).__qualname__}",
        "config": digest_of_json(json.dumps(config, sort_keys=True)),
        "attention": attention_of(module),
        "weights": digest_of_json(weights),
        "parts": digest_of_json(sorted({type(part).__qualname__ for part in module.modules()})),
        "device": device.type,
        "processor": torch.cuda.get_device_name(device)
        if is_gpu
        else torch.backends.cpu.get_cpu_capability(),
        "matmul": torch.get_float32_matmul_precision(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


@cache
def facts_of_software() -> dict[str, str]:
    """Versions, and digests of this package's code and of the names of all that is installed.

    A model takes other ways where a package of fast kernels is found, so each of them counts.
    """
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "code": _digest_of_code(Path(alignment_core.__file__).parent),
        "installed": digest_of_json(sorted(set(_installed()))),
    }


def _tensors(module: PreTrainedModel) -> Iterator[tuple[str, torch.Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()


def _digest_of_code(package: Path) -> str:
    """Rather than a version that somebody must remember to raise."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        code = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()} {len(code)}\n".encode())
        digest.update(code)
    return digest.hexdigest()


def _installed() -> Iterator[str]:
    """Distributions with their versions, as the directories beside them are called."""
    for entry in map(Path, sys.path):
        if entry.name in ("site-packages", "dist-packages") and entry.is_dir():
            yield from (path.name for path in entry.glob("*.dist-info"))


def _recall(choice_class: type[Choice], about: dict[str, Any]) -> Choice | None:
    key = digest_of_json(about)
    disk = trial_cache()
    if key not in _found and disk is not None and (found := disk.read(about)) is not None:
        _found[key] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in found.items()
        }
    try:
        return choice_class(**_found[key]) if key in _found else None
    except TypeError:  # another kind of answer
        return None


def _keep(about: dict[str, Any], choice: Any) -> None:
    found = asdict(choice)
    _found[digest_of_json(about)] = found
    if (disk := trial_cache()) is not None:
        disk.write(about, found)
