"""What Django calls this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Machines learn")

    def ready(self) -> None:
        """Lend annotate what it asks, as it knows nothing of training.

        That is the split that snapshots use, what is known of contestants of an arena, and what was
        made of judgements.
        """
        from annotate.arena.known_to_training import register_training  # models are there only now
        from annotate.dashboards.used_in_training import register_uses
        from annotate.exports.split import register_split
        from training.lineage.prompts_held_out import share_held_out
        from training.runs.arena_runs import awaited_answers
        from training.snapshots.split_of_exports import split_for_exports
        from training.snapshots.used_judgements import uses_of

        register_split(split_for_exports)
        register_training(share_held_out, awaited_answers)
        register_uses(uses_of)
