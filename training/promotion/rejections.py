"""What somebody said no to, with its evidence: it is not proposed again unasked.

The evidence stands for as long as nothing in it changes: no figure, no vote, no gate, and no other
champion. The same weights under another name are the same model: a recipe that trains without news
makes them again.
"""

from typing import Any

from alignment_core.canonical import digest_of_json
from annotate.models import Project
from training.models import Checkpoint, Proposal, ProposalState
from training.promotion.evidence import evidence_for, rival_of

NAMES = ("checkpoint",)  # of the evidence: which of several checkpoints with the same weights it is


def rejection_that_stands(project: Project, checkpoint: Checkpoint) -> Proposal | None:
    """The proposal of these weights that was rejected last, if all that speaks for them now was
    known then."""
    decided = Proposal.objects.filter(project=project, checkpoint__digest=checkpoint.digest)
    last = decided.exclude(state=ProposalState.OPEN).order_by("-decided_at", "-pk").first()
    if last is None or last.state != ProposalState.REJECTED:
        return None
    now = evidence_for(project, checkpoint, rival_of(project, checkpoint))
    return last if _digest(now) == _digest(last.evidence) else None


def _digest(evidence: dict[str, Any]) -> str:
    return digest_of_json({name: value for name, value in evidence.items() if name not in NAMES})
