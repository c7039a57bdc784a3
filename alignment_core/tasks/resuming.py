"""What must be as it was for a run to go on bit for bit: its base, its settings, its machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment_core.errors import LoadingError
from alignment_core.models.loading import digest_of_base, read_json
from alignment_core.runs.checkpoints import PLAN
from alignment_core.tasks.requests import TrainRequest

IN_PLAN = ("base", "device", "dtype", "forward", "threads", "world_size")  # what a run goes on by
# These may differ on resume: they change what is watched and kept, not what is learnt.
FREE_ON_RESUME = frozenset(
    {
        "max_unusable",
        "save_every_seconds",
        "keep_checkpoints",
        "final_dtype",
        "eval_every_steps",
        "n_sample_prompts",
        "sample_tokens",
        "report_to",
        "n_eval_prompts",
        "kl_budget",
    }
)


def saved_plan(checkpoint: Path) -> dict[str, Any]:
    """How the machine was used until a checkpoint. Raises: LoadingError."""
    plan = read_json(checkpoint / PLAN)
    lacking = [name for name in IN_PLAN if not isinstance(plan, dict) or name not in plan]
    if lacking:
        raise LoadingError(
            "cannot read {path}: {why}",
            field="resume",
            value=str(checkpoint),
            parts={"path": checkpoint / PLAN, "why": f"it lacks {lacking[0]}"},
        )
    return dict(plan)


def checked_base(request: TrainRequest, base: Path) -> dict[str, str]:
    """What the plan says of the base: its path, and the digest of all that it is made of.

    Raises: LoadingError if it is not the base that the run was queued with, or began with.
    """
    digest, wanted = digest_of_base(base), request.base_digest
    if wanted is not None and wanted != digest:
        raise LoadingError(
            "the base at {path} has changed: its digest is {digest}, not {wanted}",
            field="base_digest",
            value=wanted,
            parts={"path": base, "digest": digest, "wanted": wanted},
        )
    if request.resume is not None:
        saved = saved_plan(request.resume)["base"]
        if saved["digest"] != digest:
            raise LoadingError(
                "the checkpoint was trained from another base than the one at {path}",
                field="base",
                value=str(base),
                parts={"path": base},
            )
    return {"path": str(base), "digest": digest}


def check_same_machine(saved: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse another kind of device or number of processes than a plan's. Raises: LoadingError."""
    if saved["device"] != now["device"]:
        raise LoadingError(
            "the run began on {before} and cannot go on bit for bit on {now}",
            field="device",
            value=now["device"],
            parts={"before": saved["device"], "now": now["device"]},
        )
    if saved["world_size"] != now["world_size"]:
        raise LoadingError(
            "the run began with {before} processes and cannot go on bit for bit with {now}",
            field="processes",
            value=now["world_size"],
            parts={"before": saved["world_size"], "now": now["world_size"]},
        )
