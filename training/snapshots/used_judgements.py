"""Which snapshots hold pairs that rest on some judgements, and which runs learnt from those."""

from collections.abc import Mapping

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from annotate.models import Judgement, PreferenceJudgement, User
from training.access.permissions import visible_runs, visible_snapshots
from training.models import Run, SnapshotPair

MOST = 50  # of each, the newest
Told = tuple[str, str, str, int | None]


def uses_of(judgements: QuerySet[Judgement], user: User) -> list[Told]:
    """Kind, name, address, and of a snapshot how many pairs: see `annotate.dashboards`."""
    keys = judgements.order_by().values("pk")
    preferences = PreferenceJudgement.objects.filter(judgement__in=keys).values("preference")
    pairs = SnapshotPair.objects.filter(Q(preference__in=preferences) | Q(edit__in=keys))
    counted = pairs.values("snapshot").annotate(n=Count("pk")).order_by("-snapshot")
    n_pairs = {row["snapshot"]: row["n"] for row in counted}
    return [*_snapshots(n_pairs, user), *_runs(list(n_pairs), user)] if n_pairs else []


def _snapshots(n_pairs: Mapping[int, int], user: User) -> list[Told]:
    seen = visible_snapshots(user).filter(pk__in=list(n_pairs)).order_by("-pk")
    told: list[Told] = [
        ("snapshot", name, reverse("training:snapshot", args=[public_id]), n_pairs[key])
        for key, name, public_id in seen.values_list("pk", "name", "public_id")
    ]
    return [*told[:MOST], *_others("snapshots", len(n_pairs) - len(told))]


def _runs(snapshots: list[int], user: User) -> list[Told]:
    runs = Run.objects.filter(snapshot__in=snapshots)
    seen = visible_runs(user).filter(snapshot__in=snapshots).order_by("-pk")
    told: list[Told] = [
        ("run", name or str(public_id), reverse("training:run", args=[public_id]), None)
        for name, public_id in seen.values_list("name", "public_id")
    ]
    return [*told[:MOST], *_others("runs", runs.count() - len(told))]


def _others(kind: str, n: int) -> list[Told]:
    return [(kind, "", "", n)] if n else []
