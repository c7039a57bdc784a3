"""What a round decides: who bears a name, whether a candidate is better, and its proposal."""

from collections.abc import Iterable
from typing import Any

from alignment_core.agreement.figures.paired import compare_shared
from annotate.models import Project, User
from training.automation.step_sources import made_of, made_of_name
from training.models import Checkpoint, Evaluation, Snapshot

PROMPT_DIGITS = 8  # of a pair's name, which the library makes


def bearers(
    names: Iterable[str],
    project: Project,  # noqa: ARG001 - a champion is the installation's
) -> dict[str, str | None]:
    """The checkpoint that bears each name now, by id; None where nobody does."""
    return {name: _bearer(name) for name in names}


def compare(*, candidate: Checkpoint, champion: Checkpoint, snapshot: Snapshot) -> dict[str, Any]:
    """Both on the held-out pairs that both were measured on, as plain values."""
    shared = compare_shared(
        _wins(candidate, snapshot),
        _wins(champion, snapshot),
        cluster_of=lambda name: name[:PROMPT_DIGITS],
    )
    found = {"candidate": str(candidate.public_id), "champion": str(champion.public_id)}
    if shared is None:
        return {**found, "said": "unknown"}
    said = "better" if shared["low"] > 0 else "worse" if shared["high"] < 0 else "unclear"
    return {**found, **shared, "said": said}


def propose(
    *,
    candidate: Checkpoint,
    project: Project,  # noqa: ARG001
    user: User | None,  # noqa: ARG001
) -> dict[str, Any]:
    """Lay the candidate before people; what was written down of it."""
    return {"candidate": str(candidate.public_id)}


def _bearer(name: str) -> str | None:
    if name.rpartition("/")[2] != "champion":
        return None
    promoted = Checkpoint.objects.filter(is_promoted=True).order_by("-kind")  # a base comes last
    found = next((one for one in promoted if made_of(one) is made_of_name(name)), None)
    return str(found.public_id) if found else None


def _wins(checkpoint: Checkpoint, snapshot: Snapshot) -> dict[str, float]:
    """By pair, of the newest evaluation on this snapshot."""
    measured = Evaluation.objects.filter(checkpoint=checkpoint, snapshot=snapshot)
    newest = measured.select_related("run").order_by("-recorded_at", "-pk").first()
    return ((newest.run.summary or {}) if newest else {}).get("wins_by_pair") or {}
