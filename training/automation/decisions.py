"""What a round decides: who bears a name, whether a candidate is better, and its proposal."""

from collections.abc import Iterable
from typing import Any

from alignment_core.agreement.figures.paired import compare_shared
from annotate.models import Project, User
from training.models import Checkpoint, Evaluation, ModelRole, Round, Snapshot
from training.promotion.aliases import newest_line
from training.promotion.proposals import propose

PROMPT_DIGITS = 8  # of a pair's name, which the library makes


def bearers(names: Iterable[str], project: Project) -> dict[str, str | None]:
    """The checkpoint that bears each name in the project now, by id; None where nobody does."""
    return {name: _bearer(name, project) for name in names}


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


def lay_before_people(
    *, candidate: Checkpoint, project: Project, round: Round, user: User | None
) -> dict[str, Any]:
    """Propose the candidate as the project's champion; what was written down of it."""
    proposal = propose(project=project, checkpoint=candidate, round=round, user=user)
    return {"candidate": str(candidate.public_id), "proposal": str(proposal.public_id)}


def _bearer(name: str, project: Project) -> str | None:
    role, _slash, alias = name.rpartition("/")
    line = newest_line(project, role or ModelRole.POLICY, alias)
    found = None if line is None else line.checkpoint
    return None if found is None else str(found.public_id)


def _wins(checkpoint: Checkpoint, snapshot: Snapshot) -> dict[str, float]:
    """By pair, of the newest evaluation on this snapshot."""
    measured = Evaluation.objects.filter(checkpoint=checkpoint, snapshot=snapshot)
    newest = measured.select_related("run").order_by("-recorded_at", "-pk").first()
    return ((newest.run.summary or {}) if newest else {}).get("wins_by_pair") or {}
