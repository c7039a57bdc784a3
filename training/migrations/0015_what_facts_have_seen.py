from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0014_counts_of_snapshots"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectfacts",
            name="newest_evaluation",
            field=models.BigIntegerField(default=0, verbose_name="newest evaluation"),
        ),
        migrations.AddField(
            model_name="projectfacts",
            name="newest_alias",
            field=models.BigIntegerField(default=0, verbose_name="newest line of a name"),
        ),
    ]
