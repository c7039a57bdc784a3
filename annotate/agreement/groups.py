"""Groups of annotators set beside each other: people and machines, cohort and cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from alignment_core.agreement import JudgementTable, measure_each_between
from alignment_core.agreement.reading import read_kappa, read_percent, with_reading
from annotate.models import HUMAN_KINDS, AnnotatorKind, Membership, Project

PEOPLE = "people"
MOST_COHORTS = 8  # the largest ones; their pairs grow with the square
READ = {"percent_agreement": read_percent, "cohen_kappa": read_kappa}


@dataclass(frozen=True)
class GroupPair:
    """of: "kind", where the names are people and a kind of machine, "cohort" or "project"."""

    of: str
    first: str
    second: str
    annotators: tuple[Sequence[int], Sequence[int]]


def pairs_of_groups(
    project: Project, annotators: Mapping[int, tuple[str, str]]
) -> tuple[GroupPair, ...]:
    """Args: annotators, pseudonym and kind by key, of those who judged."""
    pairs = pairs_of_kinds(annotators)
    members = Membership.objects.filter(project=project, annotator__in=list(annotators))
    cohorts: dict[str, list[int]] = {}
    for annotator, cohort in members.exclude(cohort="").values_list("annotator", "cohort"):
        cohorts.setdefault(cohort, []).append(annotator)
    largest = sorted(cohorts, key=lambda name: (-len(cohorts[name]), name))[:MOST_COHORTS]
    for first, second in combinations(sorted(largest), 2):
        pairs.append(GroupPair("cohort", first, second, (cohorts[first], cohorts[second])))
    return tuple(pairs)


def pairs_of_kinds(annotators: Mapping[int, tuple[str, str]]) -> list[GroupPair]:
    """People beside each kind of machine. Args: as `pairs_of_groups`."""
    people = [key for key, (_name, kind) in annotators.items() if kind in HUMAN_KINDS]
    pairs = []
    for kind in (AnnotatorKind.MODEL, AnnotatorKind.SIMULATED):
        machines = [key for key, (_name, other) in annotators.items() if other == kind]
        if people and machines:
            pairs.append(GroupPair("kind", PEOPLE, str(kind), (people, machines)))
    return pairs


def between(table: JudgementTable, pairs: Sequence[GroupPair]) -> list[dict[str, Any]]:
    """Agreement of each pair of groups, ready for JSON: each comparison counting once, and pooled,
    each pair of judgements.
    """
    groups = [pair.annotators for pair in pairs]
    each = measure_each_between(table, groups)
    pooled = measure_each_between(table, groups, is_pooled=True)
    return [
        {
            "of": pair.of,
            "first": pair.first,
            "second": pair.second,
            **{name: with_reading(figures[name], read) for name, read in READ.items()},
            "pooled": {name: with_reading(of_all[name], read) for name, read in READ.items()},
        }
        for pair, figures, of_all in zip(pairs, each, pooled, strict=True)
    ]
