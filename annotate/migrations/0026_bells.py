from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0025_completions_of_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("task", models.CharField(max_length=100, verbose_name="task")),
                ("argument", models.CharField(max_length=64, verbose_name="argument")),
                ("rung_at", models.DateTimeField(verbose_name="rung at")),
            ],
            options={
                "verbose_name": "bell",
                "verbose_name_plural": "bells",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "argument"), name="one_bell_for_a_piece_of_work"
                    )
                ],
            },
        ),
    ]
