from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0021_narrower_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="contestant",
            name="has_seen_prompts",
            field=models.BooleanField(
                blank=True, editable=False, null=True, verbose_name="has learnt from the prompts"
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="is_put_away",
            field=models.BooleanField(default=False, editable=False, verbose_name="put away"),
        ),
        migrations.AddConstraint(
            model_name="contestant",
            constraint=models.CheckConstraint(
                condition=Q(has_seen_prompts=None) | Q(has_seen_prompts=False),
                name="nobody_enters_who_has_seen_the_prompts",
            ),
        ),
    ]
