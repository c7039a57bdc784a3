"""How good a checkpoint is, on held-out pairs, beside its baselines."""

from collections.abc import Mapping
from typing import Any

from training.models import Checkpoint, Evaluation, Run


def record_evaluation(
    *, run: Run, checkpoint: Checkpoint, summary: Mapping[str, Any], report: str = ""
) -> Evaluation | None:
    """Record what a run measured, inside its last transaction; None if it held nothing out."""
    if not summary.get("evaluation"):
        return None
    return Evaluation.objects.create(
        checkpoint=checkpoint,
        snapshot=run.snapshot,
        run=run,
        figures=summary["evaluation"],
        baselines=summary.get("baselines") or {},
        samples=summary.get("samples") or [],
        report=report,
    )
