"""What a checkpoint learnt from: the snapshots of all training behind it and its judges."""

from collections.abc import Sequence

from annotate.models import Project
from training.lineage.family import Family
from training.models import Checkpoint, Snapshot


def snapshots_behind(*checkpoints: Checkpoint) -> list[Snapshot]:
    """What they learnt from, the last first; each once."""
    return _snapshots(Family.of_all(*_keys(checkpoints)), checkpoints)


def learnt_from(*checkpoints: Checkpoint) -> list[Snapshot]:
    """The same, and what a base had learnt that was made here, taken away and brought back.

    It is for rules alone: whoever sees such a base need not see what it was.
    """
    family = Family.of_all(*_keys(checkpoints), with_brought_back=True)
    return _snapshots(family, checkpoints)


def projects_behind(*checkpoints: Checkpoint) -> list[Project]:
    """Whose votes they learnt from, by name; none for a base that was brought along."""
    snapshots = snapshots_behind(*checkpoints)
    return list(Project.objects.filter(snapshots__in=snapshots).distinct().order_by("name"))


def _snapshots(family: Family, checkpoints: Sequence[Checkpoint]) -> list[Snapshot]:
    behind = family.behind(_keys(checkpoints))
    made_on = dict(
        Checkpoint.objects.filter(pk__in=behind, run__snapshot__isnull=False).values_list(
            "pk", "run__snapshot"
        )
    )
    in_order = list(dict.fromkeys(made_on[pk] for pk in behind if pk in made_on))
    found = Snapshot.objects.in_bulk(in_order)
    return [found[pk] for pk in in_order]


def _keys(checkpoints: Sequence[Checkpoint]) -> list[int]:
    return [checkpoint.pk for checkpoint in checkpoints]
