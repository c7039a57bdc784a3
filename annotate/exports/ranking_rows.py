"""Sets of completions as rows, with the live rankings of whoever is wanted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from annotate.comparisons.sets import without_gaps
from annotate.exports.selected import Selected
from annotate.models import CompletionSet, Judgement, Ranking, SetMember

CHUNK = 200


def ranking_rows(selected: Selected) -> Iterator[dict[str, Any]]:
    """In the order of the sets' public ids."""
    standing = selected.standing_judgements()
    sets = CompletionSet.objects.filter(project=selected.project).order_by("public_id")
    keys = list(sets.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        for one in _with_rankings(sets.filter(pk__in=keys[start : start + CHUNK]), standing):
            row = _row(one)
            origins = [entry["origin"] for entry in row["completions"]]
            if row["rankings"] and selected.is_wanted(row["tags"], origins):
                yield row


def _with_rankings(
    sets: QuerySet[CompletionSet], standing: QuerySet[Judgement]
) -> QuerySet[CompletionSet]:
    members = SetMember.objects.select_related("completion").order_by("completion__public_id")
    rankings = (
        Ranking.objects.filter(judgements__in=standing)
        .select_related("annotator")
        .prefetch_related(
            "places", Prefetch("judgements", Judgement.objects.filter(is_derived=False))
        )
        .order_by("pk")
    )
    return sets.select_related("prompt").prefetch_related(
        Prefetch("members", members), Prefetch("rankings", rankings)
    )


def _row(one: CompletionSet) -> dict[str, Any]:
    members = list(one.members.all())
    rankings = [_ranking(ranking, members) for ranking in one.rankings.all()]
    return {
        "id": str(one.public_id),
        "prompt": one.prompt.messages,
        "completions": [_completion(member) for member in members],
        "rankings": rankings,
        "consensus": consensus([one["ranks"] for one in rankings if one["is_counted"]]),
        "tags": one.prompt.tags,
        "language": one.prompt.language,
        "external_id": one.prompt.external_id,
    }


def _completion(member: SetMember) -> dict[str, Any]:
    completion = member.completion
    return {
        "id": str(completion.public_id),
        "text": completion.text,
        "origin": completion.origin,
        "sampling": completion.sampling,
    }


def _ranking(ranking: Ranking, members: Sequence[SetMember]) -> dict[str, Any]:
    (stands,) = ranking.judgements.all()
    rank_of: Mapping[int, int] = {place.member_id: place.rank for place in ranking.places.all()}
    return {
        "annotator": ranking.annotator.pseudonym,
        "kind": ranking.annotator.kind,
        "ranks": [rank_of[member.pk] for member in members],
        "is_counted": stands.is_counted,
        "reasons": stands.reasons,
        "note": stands.note,
        "seconds": stands.seconds,
        "ranked_at": stands.judged_at.isoformat(),
    }


def consensus(rankings: Sequence[Sequence[int]]) -> list[int]:
    """The order of the mean ranks (Borda), ties where they are equal; a tie shares its ranks.

    Ranks 1, 2, 2 stand for 1, 2.5, 2.5, so that nobody counts for more by tying.
    """
    if not rankings:
        return []
    sums = [sum(column) for column in zip(*map(twice_mid_ranks, rankings), strict=True)]
    return without_gaps(sums)


def twice_mid_ranks(ranks: Sequence[int]) -> list[int]:
    """Twice the mean place of each among all: whole numbers, so that equal sums are equal."""
    return [
        sum(other < rank for other in ranks) * 2 + sum(other == rank for other in ranks) + 1
        for rank in ranks
    ]
