"""What a run cannot do without: which kind of device, how many, and how much memory at least.

The memory is what its weights, their gradients and the optimizer hold, before any text goes
through: with less it must fail, and with more it may.
"""

from dataclasses import asdict, dataclass
from typing import Any

from training.artifacts.model_files import bytes_per_weight
from training.models import Checkpoint, Run, RunKind

MIB = 1024 * 1024
TRAINED = 16  # bytes of a weight in float32: itself, its gradient, and two of AdamW
FROZEN, FROZEN_IN_HALF, FROZEN_IN_4_BITS = 4, 2, 0.5


@dataclass(frozen=True, kw_only=True)
class Needs:
    device: str = "auto"  # or cpu, or cuda
    n_devices: int = 1
    memory_mib: int = 0  # over all of its devices; 0 where it is not known

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Needs":
        return cls(**{name: value[name] for name in cls.__dataclass_fields__ if name in value})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def needs_of(run: Run) -> Needs:
    """Of a run with its settings complete; what it starts from may still have to be made."""
    settings = run.settings
    device = "cuda" if settings.get("quantization", "none") != "none" else settings.get("device")
    start = first_checkpoint(run)
    n_weights = weights_of(start) if start else 0
    return Needs(
        device=device or "auto",
        n_devices=settings.get("processes", 1),
        memory_mib=round(n_weights * _bytes_for_each(run) / MIB),
    )


def first_checkpoint(run: Run | None) -> Checkpoint | None:
    """The checkpoint that a chain of runs begins with."""
    while run is not None and run.base_id is None:
        run = run.after
    return run.base if run else None


def weights_of(checkpoint: Checkpoint) -> int:
    """How many weights a model has, by the size of its files and the precision that they name."""
    n_weights = 0.0
    here: Checkpoint | None = checkpoint
    while here is not None:
        size = sum(
            entry["size"] for entry in here.manifest if entry["path"].endswith(".safetensors")
        )
        n_weights += size / bytes_per_weight(here)
        here = here.lies_over
    return round(n_weights)


def _bytes_for_each(run: Run) -> float:
    settings = run.settings
    if run.kind != RunKind.TRAIN:
        return FROZEN_IN_HALF
    if settings.get("lora_rank", 0) == 0:
        return TRAINED
    if settings.get("quantization", "none") != "none":
        return FROZEN_IN_4_BITS
    return FROZEN_IN_HALF if settings.get("dtype") != "float32" else FROZEN
