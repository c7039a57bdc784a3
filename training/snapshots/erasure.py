"""When somebody asked to be forgotten with their verdicts: mark what was made from them."""

from django.db import transaction
from django.db.models import Q

from annotate.models import AnnotatorKind, PreferenceJudgement
from training.lineage.family import Family
from training.models import Checkpoint, Run, SnapshotPair


def mark_erased_pairs() -> int:
    """Mark the pairs that erased people's withdrawn judgements went into, and what learnt of them.

    What they made of an answer is their own text, so pairs of their edits are marked though their
    verdicts stay. A snapshot keeps its rows and its digest; later runs on it leave the marked rows
    out.
    """
    forgotten = PreferenceJudgement.objects.filter(
        judgement__withdrawn_at__isnull=False,
        judgement__annotator__kind=AnnotatorKind.PERSON,
        judgement__annotator__user=None,
    )
    pairs = SnapshotPair.objects.filter(
        Q(preference__in=forgotten.values("preference"))
        | Q(edit__annotator__kind=AnnotatorKind.PERSON, edit__annotator__user=None),
        state=SnapshotPair.State.KEPT,
    )
    snapshots = set(pairs.values_list("snapshot", flat=True).distinct())
    if not snapshots:
        return 0
    with transaction.atomic():
        n_marked = pairs.update(state=SnapshotPair.State.ERASED)
        _mark_checkpoints(snapshots)
    return n_marked


def _mark_checkpoints(snapshots: set[int]) -> None:
    """The checkpoints of runs on these snapshots, and all that came of those: trained from them,
    rewarded by them, or laid over them.
    """
    learnt = Checkpoint.objects.filter(run__snapshot__in=snapshots).values_list("pk", flat=True)
    came_of = Family.of_all(with_brought_back=True).after(learnt)
    runs = Run.objects.filter(
        Q(checkpoints__in=came_of) | Q(base__in=came_of) | Q(reward_models__in=came_of)
    )
    marked = Checkpoint.objects.filter(Q(pk__in=came_of) | Q(run__in=runs.values("pk")))
    marked.update(uses_erased_data=True)
