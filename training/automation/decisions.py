"""What a round decides: who bears a name, whether a candidate is better, and its proposal."""

from collections.abc import Iterable
from typing import Any

from annotate.models import Arena, Project, User
from training.models import Checkpoint, ModelRole, Round, Snapshot
from training.promotion import paired_figures
from training.promotion.aliases import newest_line
from training.promotion.blind_outcomes import blind_comparison
from training.promotion.gates import gate_of
from training.promotion.measurements import Admissible, best_couple, measured
from training.promotion.proposals import propose


def bearers(names: Iterable[str], project: Project) -> dict[str, str | None]:
    """The checkpoint that bears each name in the project now, by id; None where nobody does."""
    return {name: _bearer(name, project) for name in names}


def compare(
    *, project: Project, candidate: Checkpoint, champion: Checkpoint, snapshot: Snapshot
) -> dict[str, Any]:
    """Both on the held-out pairs that both were measured on, as a proposal would compare them."""
    found = {"candidate": str(candidate.public_id), "champion": str(champion.public_id)}
    admissible = Admissible.between(project, candidate, champion)
    why_not = admissible.why_not(snapshot)
    if why_not:
        return {**found, "said": why_not}
    couple = best_couple(
        *(
            measured(one, admissible, on=snapshot).get("accuracy", [])
            for one in (candidate, champion)
        )
    )
    compared = couple and paired_figures.compare(gate_of(project), "accuracy", *couple)
    return {**found, **compared.as_json()} if compared else {**found, "said": "unknown"}


def judged_blind(*, arena: Arena, candidate: Checkpoint, champion: Checkpoint) -> dict[str, Any]:
    """What people said in the arena who met answers of both, counted as a gate counts."""
    people = blind_comparison(arena.project, candidate, champion, arena=arena)
    said = {0: "better", 1: "worse"}.get(people["winner"], "unclear")
    found = {"candidate": str(candidate.public_id), "champion": str(champion.public_id)}
    return {**found, **people, "said": said}


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
