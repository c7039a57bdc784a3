"""What must be as it was for a run to go on bit for bit: its base, its settings, its machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from alignment_core.configs import settings_of
from alignment_core.data.dataset_info import digest_of_data
from alignment_core.data.records import require_file
from alignment_core.data.template_date import KEPT_AS as TEMPLATE_DATE
from alignment_core.errors import LoadingError
from alignment_core.files import opened
from alignment_core.forward.choice import ForwardChoice
from alignment_core.models.loading import digest_of_base, read_json
from alignment_core.runs.checkpoints import NOTHING, PLAN, TrainerState
from alignment_core.sampling.row_reading import ReadingChoice
from alignment_core.tasks.requests import TrainRequest

# What a run goes on by, and what else its plan may hold that is read again.
IN_PLAN = {
    "base": dict, "device": str, "dtype": str, "forward": dict, "threads": int, "world_size": int,
}  # fmt: skip
PRECISIONS = ("highest", "high", "medium")  # of products in float32, as torch calls them
MAY_BE_IN_PLAN = {"matmul": dict, "sampling": dict, TEMPLATE_DATE: str, "dtype_trial": dict}
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
        "kl_budget",
    }
)


def state_at_start(request: TrainRequest) -> TrainerState:
    """Where a run stands before its first step. Raises: Refused if a file cannot be read."""
    require_file(request.train_data)
    held_out = NOTHING
    if request.eval_data is not None:
        with opened(request.eval_data, field="eval_data"):
            held_out = digest_of_data(request.eval_data)
    return TrainerState(
        method=request.method,
        settings=settings_of(request.config),
        data_digest=digest_of_data(request.train_data),
        held_out_digest=held_out,
    )


def saved_plan(checkpoint: Path) -> dict[str, Any]:
    """How the machine was used until a checkpoint. Raises: LoadingError."""
    plan = read_json(checkpoint / PLAN)
    if why := _why_no_plan(plan):
        raise LoadingError(
            "cannot read {path}: {why}",
            field="resume",
            value=str(checkpoint),
            parts={"path": checkpoint / PLAN, "why": why},
        )
    return dict(plan)


def _why_no_plan(plan: Any) -> str:
    """What in a plan cannot be gone on by; empty if nothing is wrong."""
    lacking = [name for name in IN_PLAN if not isinstance(plan, dict) or name not in plan]
    if lacking:
        return f"it lacks {lacking[0]}"
    for name, kind in (IN_PLAN | MAY_BE_IN_PLAN).items():
        if name in plan and not isinstance(plan[name], kind):
            return f"{name} is {plan[name]!r}"
    if plan["threads"] < 1:
        return f"threads is {plan['threads']}"
    try:
        plan["base"]["digest"]  # what is read of each part
        [ForwardChoice(**choice) for choice in plan["forward"].values()]
        [ReadingChoice(**choice) for choice in plan.get("sampling", {}).values()]
        date.fromisoformat(plan.get(TEMPLATE_DATE, "2000-01-01"))
        PRECISIONS.index(plan.get("matmul", {"precision": "highest"})["precision"])
    except (TypeError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


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
