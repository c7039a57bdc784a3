"""What a snapshot's page says of it, counted once when it is frozen."""

from django.db import migrations, models
from django.db.models import Count, Q


def count(apps, _schema_editor):
    """Those frozen before."""
    Snapshot, Pair = (apps.get_model("training", name) for name in ("Snapshot", "SnapshotPair"))
    Used = apps.get_model("annotate", "PreferenceJudgement")
    for pk in Snapshot.objects.values_list("pk", flat=True):
        pairs = Pair.objects.filter(snapshot=pk)
        decided = pairs.filter(Q(preference__outcome="preference") | Q(edit__isnull=False))
        sides = dict(decided.values_list("split").annotate(Count("pk")).order_by())
        projects = pairs.values_list("preference__comparison__project").annotate(Count("pk"))
        used = Used.objects.filter(
            preference__snapshot_pairs__snapshot=pk, preference__snapshot_pairs__edit=None
        )
        kinds = used.values_list("judgement__annotator__kind").annotate(Count("pk"))
        Snapshot.objects.filter(pk=pk).update(
            n_train_preferences=sides.get("train", 0),
            n_eval_preferences=sides.get("eval", 0),
            pairs_by_project={str(project): n for project, n in projects.order_by()},
            judgements_by_kind=dict(kinds.order_by()),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0013_arenas_of_rounds"),
    ]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="n_train_preferences",
            field=models.PositiveIntegerField(default=0, verbose_name="preferences for training"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="n_eval_preferences",
            field=models.PositiveIntegerField(default=0, verbose_name="preferences held out"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="pairs_by_project",
            field=models.JSONField(blank=True, default=dict, verbose_name="pairs by project"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="judgements_by_kind",
            field=models.JSONField(blank=True, default=dict, verbose_name="judgements by kind"),
        ),
        migrations.AddIndex(
            model_name="snapshotpair",
            index=models.Index(
                condition=models.Q(("state", "erased")), fields=["snapshot"], name="erased_pairs"
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
