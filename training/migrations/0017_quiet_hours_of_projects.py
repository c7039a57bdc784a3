from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0016_kept_for_a_while")]

    operations = [
        migrations.AddField(
            "budget",
            "quiet_from",
            models.TimeField(blank=True, null=True, verbose_name="quiet from"),
        ),
        migrations.AddField(
            "budget",
            "quiet_until",
            models.TimeField(blank=True, null=True, verbose_name="quiet until"),
        ),
        migrations.AddField(
            "budget",
            "time_zone",
            models.CharField(default="UTC", max_length=64, verbose_name="time zone"),
        ),
        migrations.AddConstraint(
            "budget",
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_of_a_project_begin_and_end",
            ),
        ),
    ]
