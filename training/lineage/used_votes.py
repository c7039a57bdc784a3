"""The votes behind a model, a page at a time, and what came of the votes of one comparison."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate.models import Comparison, Judgement, PreferenceJudgement, User
from training.lineage.graph import Graph, Node, graph_of_vote
from training.models import Snapshot, SnapshotPair

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class VotesPage:
    """Some rows of a snapshot with the votes that each was made from; `after` is for the next."""

    snapshot: Snapshot
    pairs: list[SnapshotPair]
    after: int | None


@dataclass(frozen=True, kw_only=True)
class UsedVote:
    """A vote with the snapshots that hold what it helped to decide."""

    judgement: Judgement
    snapshots: list[Snapshot]


def votes_page(snapshot: Snapshot, *, after: int) -> VotesPage:
    """The rows behind position `after`, by the index of positions."""
    rows = snapshot.pairs.filter(position__gt=after).order_by("position")
    used = PreferenceJudgement.objects.select_related(
        "judgement__annotator", "judgement__ranking"
    ).order_by("pk")
    pairs = list(
        rows.select_related(
            "preference__comparison__project", "preference__comparison__prompt"
        ).prefetch_related(Prefetch("preference__used", used))[: PAGE + 1]
    )
    shown = pairs[:PAGE]
    return VotesPage(
        snapshot=snapshot,
        pairs=shown,
        after=shown[-1].position if len(pairs) > PAGE else None,
    )


def used_votes(comparison: Comparison) -> list[UsedVote]:
    """Every vote of a comparison that still stands, and where it went."""
    judgements = comparison.judgements.filter(withdrawn_at=None)
    judgements = judgements.select_related("annotator", "ranking")
    by_judgement: dict[int, set[int]] = {}
    used = PreferenceJudgement.objects.filter(judgement__comparison=comparison).values_list(
        "judgement", "preference__snapshot_pairs__snapshot"
    )
    for judgement, snapshot in used:
        if snapshot is not None:
            by_judgement.setdefault(judgement, set()).add(snapshot)
    snapshots = Snapshot.objects.in_bulk({pk for found in by_judgement.values() for pk in found})
    return [
        UsedVote(
            judgement=judgement,
            snapshots=_by_age(snapshots[pk] for pk in by_judgement.get(judgement.pk, ())),
        )
        for judgement in judgements.order_by("pk")
    ]


def graph_onwards(comparison: Comparison, votes: Sequence[UsedVote], user: User) -> Graph:
    """From the votes of a comparison to all that learnt of them."""
    n = len(votes)
    node = Node(
        key="votes",
        kind="vote",
        kind_word=_("votes"),
        label=ngettext("%(n)d vote", "%(n)d votes", n) % {"n": n},
        detail=comparison.project.name,
        is_asked_for=True,
    )
    return graph_of_vote(node, snapshots_with(votes), user)


def snapshots_with(votes: Sequence[UsedVote]) -> list[Snapshot]:
    """Every snapshot that any of the votes went into, the oldest first."""
    return _by_age({snapshot for vote in votes for snapshot in vote.snapshots})


def _by_age(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    return sorted(snapshots, key=lambda snapshot: (snapshot.frozen_at, snapshot.pk))
