"""Whose budget the runs of before use: that of the project whose prompts or preferences they are of."""

from django.db import migrations
from django.db.models import Count, F


def charge(apps, _schema):
    run_model = apps.get_model("training", "Run")
    run_model.objects.filter(project__isnull=False).update(charged_to=F("project"))
    snapshots = apps.get_model("training", "Snapshot").objects.annotate(n=Count("projects"))
    for snapshot in snapshots.filter(n=1).iterator(chunk_size=500):
        run_model.objects.filter(snapshot=snapshot, charged_to=None).update(
            charged_to=snapshot.projects.get()
        )


class Migration(migrations.Migration):
    dependencies = [("training", "0005_recipes_and_rounds")]

    operations = [migrations.RunPython(charge, migrations.RunPython.noop, elidable=True)]
