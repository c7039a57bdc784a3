"""Where a model came from, and what came of it."""

from typing import Any

from training.models import Checkpoint, Run


def lineage_of(run: Run) -> dict[str, Any]:
    """A run's ancestry as plain values, for the model card: snapshot, base, and so on back."""
    snapshot, base = run.snapshot, run.base
    lineage: dict[str, Any] = {"run": str(run.public_id), "method": run.method}
    if snapshot:
        lineage["snapshot"] = {
            "id": str(snapshot.public_id),
            "name": snapshot.name,
            "digest": snapshot.digest,
            "cutoff_at": snapshot.cutoff_at.isoformat(),
            "projects": [project.slug for project in snapshot.projects.order_by("slug")],
            "n_train": snapshot.n_train,
            "n_eval": snapshot.n_eval,
            "n_erased": snapshot.pairs.filter(state="erased").count(),
            "n_judgements": snapshot.n_judgements,
            "n_simulated": snapshot.n_simulated,
        }
    if base:
        lineage["base"] = _lineage_of_base(base)
        if base.run:
            lineage["base"] |= lineage_of(base.run)
    return lineage


def _lineage_of_base(base: Checkpoint) -> dict[str, Any]:
    lineage: dict[str, Any] = {"name": base.name, "digest": base.digest, "source": base.source}
    if base.lies_over:
        lineage["lies_over"] = _lineage_of_base(base.lies_over)
    return lineage
