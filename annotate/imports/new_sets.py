"""Sets of completions out of files: begun by their pairs, and settled when all of them are there.

Pairs of a set may come in any order and in many rows, as in our own exports of judgements. Until
the file has been read they are derived comparisons without a representative, which nobody is
handed. A set that is not whole then, or whose votes are no orders, is none: its pairs are compared
one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet

from annotate.comparisons.sets import dissolve, is_whole, settle, without_gaps
from annotate.database.bulk_insert import insert
from annotate.database.pace import Pace
from annotate.imports.given_votes import derived_id
from annotate.imports.spoken_of import SetKey
from annotate.models import (
    Comparison,
    CompletionSet,
    Judgement,
    Project,
    Ranking,
    RankingPlace,
    SetMember,
    Verdict,
)

BATCH = 200  # sets settled in one short transaction
Ranks = dict[int, int]  # by the completion's id


def begin_sets(project: Project, keys: Iterable[SetKey | None]) -> dict[SetKey | None, int]:
    """The ids of sets to which new pairs are added; none where the project ranks nothing."""
    wanted = {key: derived_id(project, key.id, key.prompt) for key in keys if key is not None}
    if not wanted or not project.current_protocol.asks_ranking:
        return {}
    there = CompletionSet.objects.filter(public_id__in=list(wanted.values()))
    begun = dict(there.filter(members=None).values_list("public_id", "pk"))
    closed = set(there.exclude(members=None).values_list("public_id", flat=True))
    missing = [key for key, public_id in wanted.items() if public_id not in {*begun, *closed}]
    rows = [
        {
            "public_id": wanted[key],
            "project_id": project.pk,
            "prompt_id": key.prompt,
            "size": key.size,
        }
        for key in missing
    ]
    begun |= {wanted[key]: pk for key, pk in zip(missing, insert(CompletionSet, rows), strict=True)}
    return {key: begun[public_id] for key, public_id in wanted.items() if public_id in begun}


def settle_sets(project: Project, *, fence: Callable[[], object] = lambda: None) -> None:
    """Settle what files have begun in a project, in short transactions.

    Should its protocol ask for no ranking any more, none of it becomes a set: whoever changes the
    protocol holds the project, too, and is refused where there is a set.
    """
    pace = Pace()
    while _begun(project).exists():
        with transaction.atomic():
            fence()
            # not FOR UPDATE: everybody's new judgements of the project would wait
            locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
            begun = list(_begun(locked)[: pace.at_once(BATCH)])
            if locked.current_protocol.asks_ranking:
                _settle(begun)
            else:
                dissolve([one.pk for one in begun])
        pace.rest()


def _begun(project: Project) -> QuerySet[CompletionSet]:
    return project.completion_sets.filter(members=None).order_by("pk")


def _settle(begun: Sequence[CompletionSet]) -> None:
    comparisons: dict[int, list[Comparison]] = defaultdict(list)
    for comparison in Comparison.objects.filter(completion_set__in=begun):
        comparisons[comparison.completion_set_id or 0].append(comparison)
    given: dict[int, dict[int, list[Judgement]]] = defaultdict(lambda: defaultdict(list))
    votes = Judgement.objects.filter(comparison__completion_set__in=begun)
    for vote in votes.select_related("comparison").order_by("pk"):
        given[vote.comparison.completion_set_id or 0][vote.annotator_id].append(vote)
    broken = []
    for one in begun:
        group, said = comparisons[one.pk], given[one.pk]
        orders = {voter: order_in(of_voter, group) for voter, of_voter in said.items()}
        is_set = bool(group) and is_whole(group) and None not in orders.values()
        if not is_set or len(group) != one.size * (one.size - 1) // 2:
            broken.append(one.pk)
            continue
        settle(one.pk, group)
        for voter, ranks in orders.items():
            _store(one, said[voter], ranks or {})
    dissolve(broken)


def order_in(votes: Sequence[Judgement], group: Sequence[Comparison]) -> Ranks | None:
    """The order that somebody's votes on all pairs of a set amount to; None if they are none."""
    if len(votes) != len(group) or len({vote.is_counted for vote in votes}) > 1:
        return None
    n_better: dict[int, int] = defaultdict(int)
    for vote in votes:
        first, second = vote.comparison.first_id, vote.comparison.second_id
        n_better[first] += vote.verdict == Verdict.SECOND
        n_better[second] += vote.verdict == Verdict.FIRST
    for vote in votes:
        first, second = n_better[vote.comparison.first_id], n_better[vote.comparison.second_id]
        said = Verdict.TIE if first == second else "first" if first < second else "second"
        if vote.verdict != said:
            return None
    return dict(zip(n_better, without_gaps(list(n_better.values())), strict=True))


def _store(completion_set: CompletionSet, votes: Sequence[Judgement], ranks: Ranks) -> None:
    """A ranking of the votes, one of which stands for it."""
    derived = set(
        Comparison.objects.filter(completion_set=completion_set, is_derived=True).values_list(
            "pk", flat=True
        )
    )
    stands = next(vote for vote in votes if vote.comparison_id not in derived)
    (ranking,) = insert(
        Ranking,
        [
            {
                "completion_set_id": completion_set.pk,
                "annotator_id": stands.annotator_id,
            }
        ],
    )
    shown = _shown(votes, ranks)
    members = dict(
        SetMember.objects.filter(completion_set=completion_set).values_list("completion", "pk")
    )
    places = [
        {
            "ranking_id": ranking,
            "member_id": members[completion],
            "rank": rank,
            "shown_at": shown.get(completion),
        }
        for completion, rank in ranks.items()
    ]
    insert(RankingPlace, places)
    for vote in votes:
        vote.ranking_id, vote.is_derived = ranking, vote is not stands
    Judgement.objects.bulk_update(votes, ["ranking", "is_derived"])


def _shown(votes: Sequence[Judgement], ranks: Ranks) -> Mapping[int, int]:
    """Where each completion stood on the screen, if the sides of all pairs say so."""
    n_before = dict.fromkeys(ranks, 0)
    for vote in votes:
        if vote.first_was_left is None:
            return {}
        pair = vote.comparison
        n_before[pair.second_id if vote.first_was_left else pair.first_id] += 1
    return n_before if sorted(n_before.values()) == list(range(len(ranks))) else {}
