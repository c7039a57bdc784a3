"""The votes of an arena as its statistics read them, oldest first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from alignment_core.agreement.further.ballots import BOTH_BAD, FIRST, SECOND, TIE, Ballots
from annotate.arena.counted_votes import counted_votes, peoples_votes
from annotate.models import Arena, Entry, Membership, Verdict

COVARIATES = ("position", "length", "format")
CODES = {Verdict.FIRST: FIRST, Verdict.SECOND: SECOND, Verdict.TIE: TIE, Verdict.BOTH_BAD: BOTH_BAD}


@dataclass(frozen=True)
class CastVotes:
    """Ballots of people, with tags and cohort of each; n_others: of machines, left out."""

    ballots: Ballots
    tags: Sequence[Sequence[str]]
    cohorts: Sequence[str]
    n_others: int


def read_votes(arena: Arena) -> CastVotes:
    """Counted votes of people, here or elsewhere."""
    meetings = {
        comparison: (first, second)
        for comparison, first, second in arena.meetings.values_list(
            "comparison", "first__number", "second__number"
        )
    }
    sizes = _sizes(arena)
    cohort_of = dict(
        Membership.objects.filter(project=arena.project_id).values_list("annotator", "cohort")
    )
    of_people = peoples_votes(arena).order_by("judged_at", "pk")
    codes: list[tuple[int, ...]] = []
    covariates: list[tuple[float, ...]] = []
    tags, cohorts = [], []
    for comparison, prompt, tagged, annotator, verdict, is_left in of_people.values_list(
        *("comparison", "comparison__prompt", "comparison__prompt__tags", "annotator"),
        *("verdict", "first_was_left"),
    ).iterator():
        first, second = meetings[comparison]
        codes.append((first, second, CODES[Verdict(verdict)], prompt, annotator))
        side = 0.0 if is_left is None else 1.0 if is_left else -1.0
        covariates.append((side, *_relative(sizes[first, prompt], sizes[second, prompt])))
        tags.append(tagged)
        cohorts.append(cohort_of.get(annotator, ""))
    names = list(arena.contestants.order_by("number").values_list("name", flat=True))
    n_others = counted_votes(arena).count() - len(codes)
    return CastVotes(_ballots(names, codes, covariates), tags, cohorts, n_others)


def _ballots(
    names: Sequence[str],
    codes: Sequence[tuple[int, ...]],
    covariates: Sequence[tuple[float, ...]],
) -> Ballots:
    first, second, verdict, prompt, annotator = np.array(codes, dtype=np.int64).reshape(-1, 5).T
    return Ballots(
        names=names,
        first=first,
        second=second,
        verdict=verdict,
        prompt=prompt,
        annotator=annotator,
        covariates=np.array(covariates, dtype=np.float64).reshape(-1, len(COVARIATES)),
        covariate_names=COVARIATES,
    )


def common_tags(votes: CastVotes, *, fewest: int, most: int) -> list[str]:
    """Tags with votes enough, the commonest first."""
    counted = Counter(tag for tags in votes.tags for tag in set(tags))
    return [tag for tag, n in counted.most_common(most) if n >= fewest]


def large_cohorts(votes: CastVotes, *, fewest_people: int) -> list[str]:
    """Cohorts of which people enough voted for nobody to be told by them."""
    people: dict[str, set[int]] = {}
    for cohort, annotator in zip(votes.cohorts, votes.ballots.annotator.tolist(), strict=True):
        people.setdefault(cohort, set()).add(annotator)
    return sorted(name for name, who in people.items() if name and len(who) >= fewest_people)


def _sizes(arena: Arena) -> dict[tuple[int, int], tuple[int, int]]:
    """Characters and marks by contestant and prompt."""
    entries = Entry.objects.filter(contestant__arena=arena)
    return {
        (number, prompt): (n_characters, n_marks)
        for number, prompt, n_characters, n_marks in entries.values_list(
            "contestant__number", "prompt", "n_characters", "n_marks"
        )
    }


def _relative(first: tuple[int, int], second: tuple[int, int]) -> Iterator[float]:
    """How much more the first has of each, from -1 to 1."""
    for one, other in zip(first, second, strict=True):
        yield (one - other) / (one + other) if one + other else 0.0
