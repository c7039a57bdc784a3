"""Comparisons that are all the pairs of some completions become one set, to be ranked at once."""

from collections.abc import Iterable, Sequence

from annotate.database.bulk_insert import insert
from annotate.models import (
    FEWEST_RANKED,
    MOST_RANKED,
    Comparison,
    CompletionSet,
    Judgement,
    Ranking,
    RankingPlace,
    SetMember,
)


def gather_sets(groups: Sequence[Sequence[Comparison]]) -> list[int]:
    """Make a set of each group of comparisons, in the caller's transaction; the sets' ids.

    Raises: ValueError, unless a group holds every pair of three to nine completions.
    """
    rows = []
    for group in groups:
        if not is_whole(group):
            raise ValueError(f"{len(group)} comparisons are not all pairs of some completions")
        project, prompt = group[0].project_id, group[0].prompt_id
        size = len(completions_of(group))
        rows.append({"project_id": project, "prompt_id": prompt, "size": size})
    sets = insert(CompletionSet, rows)
    for key, group in zip(sets, groups, strict=True):
        settle(key, group)
    return sets


def settle(set_id: int, group: Sequence[Comparison]) -> None:
    """Let comparisons be those of a set, and the one with the lowest public id represent it.

    Public ids are random, so which pair that is was drawn by lot. Nothing of a set may be judged
    by itself: the comparisons are new, or not published yet.
    """
    members = [
        {"completion_set_id": set_id, "completion_id": completion, "number": number}
        for number, completion in enumerate(completions_of(group))
    ]
    insert(SetMember, members)
    lead = min(group, key=lambda comparison: comparison.public_id)
    for comparison in group:
        comparison.completion_set_id = set_id
        comparison.is_derived = comparison is not lead
    # derived first: at no moment has a set two that are not
    for is_derived in (True, False):
        ids = [comparison.pk for comparison in group if comparison.is_derived == is_derived]
        Comparison.objects.filter(pk__in=ids).update(completion_set=set_id, is_derived=is_derived)


def dissolve(set_ids: Sequence[int]) -> None:
    """Let the comparisons of sets stand by themselves, with the judgements that they have.

    Only of what is not published yet: nobody has been handed any of it.
    """
    rankings = Ranking.objects.filter(completion_set__in=set_ids)
    RankingPlace.objects.filter(ranking__in=rankings).delete()
    of_rankings = Judgement.objects.filter(comparison__completion_set__in=set_ids)
    of_rankings.update(ranking=None, is_derived=False)
    rankings.delete()
    Comparison.objects.filter(completion_set__in=set_ids).update(
        completion_set=None, is_derived=False
    )
    SetMember.objects.filter(completion_set__in=set_ids).delete()
    CompletionSet.objects.filter(pk__in=set_ids).delete()


def is_whole(group: Iterable[Comparison]) -> bool:
    """Whether comparisons are all the pairs of their three to nine completions, each once."""
    pairs = [frozenset((one.first_id, one.second_id)) for one in group]
    size = len(frozenset().union(*pairs))
    n_pairs = size * (size - 1) // 2
    return len(pairs) == len(set(pairs)) == n_pairs and FEWEST_RANKED <= size <= MOST_RANKED


def completions_of(group: Iterable[Comparison]) -> list[int]:
    """By id; the order says nothing to whoever sees an answer."""
    return sorted({completion for one in group for completion in (one.first_id, one.second_id)})


def without_gaps(ranks: Sequence[int]) -> list[int]:
    """The same order with places counted 1, 2, 3: after two on the first comes the second."""
    places = {rank: place for place, rank in enumerate(sorted(set(ranks)), start=1)}
    return [places[rank] for rank in ranks]
