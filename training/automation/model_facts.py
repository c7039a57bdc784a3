"""What conditions ask about models: of whatever bears a name in the project, as it stands now.

What a model is set beside is what it would take the place of: the champion, or before there is one
its base. The champion itself is set beside the one before it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from alignment_core.agreement.ratings.rate_interval import win_rate_interval
from annotate.models import Project
from training.automation.conditions import clauses_of, parsed
from training.automation.evaluating import Measured
from training.automation.step_sources import NAME
from training.automation.vocabulary import FACTS, fact_key
from training.errors import ConditionRefused
from training.models import CHAMPION, Alias, Checkpoint, CheckpointKind, ModelRole
from training.promotion.aliases import newest_line
from training.promotion.blind_outcomes import blind_comparison
from training.promotion.evidence import rival_of
from training.promotion.gates import gate_of
from training.promotion.measurements import Admissible, best_couple, measured
from training.promotion.paired_figures import compare

MOST_EVIDENCE = 1e12  # a stake beyond it is told as this
SINGLE: Mapping[str, str] = {  # where an evaluation has the figure
    "accuracy": "accuracy",
    "calibration_error": "calibration.outcomes.ece",
}
PAIRED: Mapping[str, str] = {"more_harm": "harm_given", "more_refused": "harmless_refused"}
BLIND = ("blind_win_rate", "blind_e_value")
Asked = tuple[str, str]  # a fact, and the name of the model that it is of


def asked_of_models(conditions: Iterable[Any]) -> set[Asked]:
    """What the stored conditions ask about models; those that cannot be read ask nothing."""
    found: set[Asked] = set()
    for stored in conditions:
        try:
            clauses = [clause for _path, clause in clauses_of(parsed(stored))]
        except ConditionRefused:
            continue
        found |= {(one.fact, one.of) for one in clauses if FACTS[one.fact].roles}
    return found


def known_models(conditions: Any = None) -> list[str]:
    """Names that models bear, or that are usual, or that these conditions use."""
    usual = {fact.usual for fact in FACTS.values() if fact.usual}
    used = {of for _fact, of in asked_of_models([conditions] if conditions else [])}
    lines = Alias.objects.current().values_list("role", "name").distinct()
    borne = {_full_name(role, name) for role, name in lines.order_by()}
    return [*sorted(usual), *sorted((used | borne) - usual)]


def model_facts(project: Project, asked: Collection[Asked]) -> dict[str, Measured]:
    """Each of those asked for, by its key."""
    found: dict[str, Measured] = {}
    for name in sorted({of for _fact, of in asked}):
        facts = {fact for fact, of in asked if of == name}
        found |= {
            fact_key(fact, name): measured_fact
            for fact, measured_fact in _of_model(project, name, facts).items()
        }
    return found


def present_bearers(projects: Iterable[int]) -> dict[tuple[int, str], str]:
    """By project and name, the id of the checkpoint that bears it now."""
    lines = Alias.objects.current().filter(project__in=projects)
    columns = ("project", "role", "name", "checkpoint__public_id")
    return {
        (project, _full_name(role, name)): str(public_id)
        for project, role, name, public_id in lines.values_list(*columns)
    }


def still_holds(name: str, fact: Measured, bearers: Mapping[str, str]) -> bool:
    """Whether a stored fact is of the models that bear the names now."""
    if fact.checkpoint != bearers.get(name, ""):
        return False
    champion = bearers.get(CHAMPION)
    return name == CHAMPION or champion is None or fact.beside in (None, champion)


def _of_model(project: Project, name: str, facts: set[str]) -> dict[str, Measured]:
    line = _line(project, name)
    if line is None or line.checkpoint is None:
        return dict.fromkeys(facts, Measured(checkpoint=""))
    own = line.checkpoint
    found = {fact: _figure_of(project, own, SINGLE[fact]) for fact in facts & SINGLE.keys()}
    beside = None
    if facts - SINGLE.keys():
        beside = _beside(line, own)
        found |= _set_beside(project, own, beside, facts)
    return {
        fact: replace(
            one,
            checkpoint=str(own.public_id),
            called=own.name,
            beside=str(beside.public_id) if beside and fact not in SINGLE else None,
        )
        for fact, one in found.items()
    }


def _line(project: Project, name: str) -> Alias | None:
    read = NAME.fullmatch(name)
    if read is None:
        return None
    role = ModelRole.REWARD_MODEL if read["role"] else ModelRole.POLICY
    return newest_line(project, role, read["name"])


def _beside(line: Alias, own: Checkpoint) -> Checkpoint | None:
    if line.name != CHAMPION:
        return rival_of(line.project, own)
    earlier = Alias.objects.filter(
        project=line.project, role=line.role, name=CHAMPION, number__lt=line.number
    ).exclude(checkpoint=None)
    before = (
        earlier.exclude(checkpoint=own).select_related("checkpoint").order_by("-number").first()
    )
    if before is not None:
        return before.checkpoint
    return own.run.base if own.run and own.kind == CheckpointKind.POLICY else None


def _figure_of(project: Project, own: Checkpoint, place: str) -> Measured:
    """Of the newest evaluation that has the figure, on pairs that nothing behind it has seen."""
    for evaluation in Admissible.between(project, own).evaluations(own):
        report = (evaluation.run.summary or {}).get("report") or {}
        found: Any = {**evaluation.figures, **(report.get("sections") or {})}
        for word in place.split("."):
            found = found.get(word) if isinstance(found, dict) else None
        if isinstance(found, dict) and found.get("value") is not None:
            return Measured(found["value"], found.get("low"), found.get("high"), found.get("n"))
    return Measured()


def _set_beside(
    project: Project, own: Checkpoint, beside: Checkpoint | None, facts: set[str]
) -> dict[str, Measured]:
    wanted = facts - SINGLE.keys()
    if beside is None or beside.digest == own.digest:
        return dict.fromkeys(wanted, Measured())
    found: dict[str, Measured] = {}
    if wanted & PAIRED.keys():
        found |= _paired(project, own, beside)
    if wanted & set(BLIND):
        found |= _blind(project, own, beside)
    return {fact: found[fact] for fact in wanted}


def _paired(project: Project, own: Checkpoint, beside: Checkpoint) -> dict[str, Measured]:
    """By how much the shares differ, question by question, as the gate of a promotion has it."""
    gate = gate_of(project)
    admissible = Admissible.between(project, own, beside)
    first, second = measured(own, admissible), measured(beside, admissible)
    found = {}
    for fact, figure in PAIRED.items():
        couple = best_couple(first.get(figure, []), second.get(figure, []))
        one = compare(gate, figure, *couple) if couple else None
        found[fact] = (
            Measured()
            if one is None
            else Measured(one.difference, one.low, one.high, one.n_prompts)
        )
    return found


def _blind(project: Project, own: Checkpoint, beside: Checkpoint) -> dict[str, Measured]:
    decision = blind_comparison(project, own, beside)
    won, lost = decision["n_first"], decision["n_second"]
    n = won + lost
    low, high = win_rate_interval(won, lost)
    return {
        "blind_win_rate": Measured(won / n if n else None, low, high, n),
        "blind_e_value": Measured(min(decision["e_value"], MOST_EVIDENCE), n=n),
    }


def _full_name(role: str, name: str) -> str:
    """As recipes and conditions write it."""
    return f"{role}/{name}" if role == ModelRole.REWARD_MODEL else name
