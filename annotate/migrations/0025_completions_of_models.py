from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0024_quality"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="completion",
            index=models.Index(
                condition=models.Q(("origin__gt", "")),
                fields=["origin"],
                name="completions_of_models",
            ),
        ),
    ]
