"""All that speaks for one checkpoint in place of another, as it stands now."""

from collections.abc import Mapping
from typing import Any

from annotate.models import Project
from training.models import CHAMPION, Alias, BetterOn, Checkpoint, CheckpointKind, Gate, ModelRole
from training.promotion.blind_outcomes import blind_comparison
from training.promotion.gates import gate_as_json, gate_of
from training.promotion.measurements import (
    Admissible,
    Measurement,
    best_couple,
    judges_left_out,
    measured,
    prompt_of_pair,
)
from training.promotion.obstacles import Obstacle, obstacles
from training.promotion.paired_figures import Compared, compare

SCHEMA = 1


def champion_line(project: Project, role: ModelRole | str) -> Alias | None:
    """The newest line of the champion's history, also where it names none."""
    lines = Alias.objects.filter(project=project, role=role, name=CHAMPION)
    return lines.select_related("checkpoint__run__base").order_by("-number").first()


def rival_of(project: Project, checkpoint: Checkpoint) -> Checkpoint | None:
    """What a checkpoint has to be better than: the champion; before there is one, its base."""
    line = champion_line(project, ModelRole.of(checkpoint))
    if line is not None and line.checkpoint is not None:
        return line.checkpoint
    if checkpoint.kind != CheckpointKind.POLICY or checkpoint.run is None:
        return None
    return checkpoint.run.base


def evidence_for(
    project: Project, checkpoint: Checkpoint, rival: Checkpoint | None
) -> dict[str, Any]:
    """Plain values: what was compared, by which gate, and what stands against it.

    Without a rival there is nothing to be better than: then only the number of held-out prompts
    counts that the checkpoint itself was measured on.
    """
    gate = gate_of(project)
    line = champion_line(project, ModelRole.of(checkpoint))
    admissible = Admissible.between(project, checkpoint, rival)
    own = measured(checkpoint, admissible)
    figures: list[Compared] = []
    people = None
    partial = judges_left_out(checkpoint, admissible)
    if rival is None:
        accuracies = own.get("accuracy", [])
        n_prompts = max(map(_n_prompts, accuracies), default=0)
    else:
        theirs = measured(rival, admissible)
        partial |= judges_left_out(rival, admissible)
        figures = _compared(gate, own, theirs)
        people = blind_comparison(project, checkpoint, rival)
        n_prompts = _n_deciding(gate, figures, people)
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "checkpoint": str(checkpoint.public_id),
        "rival": None if rival is None else str(rival.public_id),
        "champion_number": 0 if line is None else line.number,
        "gate": gate_as_json(gate),
        "n_prompts": n_prompts,
        "figures": [figure.as_json() for figure in figures],
        "people": people,
        "partial_judges": sorted(partial),
    }
    return {**found, "obstacles": _obstacles(gate, found, checkpoint, rival)}


def _obstacles(
    gate: Gate, found: dict[str, Any], checkpoint: Checkpoint, rival: Checkpoint | None
) -> list[Obstacle]:
    """What stands against it whatever was measured, and otherwise what the gate misses."""
    if checkpoint.dropped_at is not None:
        return [{"code": "files_gone", "name": str(checkpoint)}]
    if rival is not None and rival.digest == checkpoint.digest:
        return [{"code": "same_weights"}]
    return obstacles(gate, found)


def _compared(
    gate: Gate, own: Mapping[str, list[Measurement]], theirs: Mapping[str, list[Measurement]]
) -> list[Compared]:
    found = []
    for name in sorted(own.keys() & theirs.keys()):
        couple = best_couple(own[name], theirs[name])
        if couple is None or (name == "reward" and couple[0].scored_by != couple[1].scored_by):
            continue  # two reward models have nothing in common but the word
        compared = compare(gate, name, *couple)
        if compared is not None:
            found.append(compared)
    return found


def _n_deciding(gate: Gate, figures: list[Compared], people: dict[str, Any]) -> int:
    """On how many prompts that stands which has to be better; accuracy where nothing has to."""
    if gate.better_on == BetterOn.PEOPLE:
        return int(people["n_first"] + people["n_second"])
    on = "reward" if gate.better_on == BetterOn.REWARD else "accuracy"
    return next((one.n_prompts for one in figures if one.name == on), 0)


def _n_prompts(measurement: Measurement) -> int:
    return len({prompt_of_pair(name) for name in measurement.values})
