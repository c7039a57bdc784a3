"""What Django calls this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Machines learn")

    def ready(self) -> None:
        """Lend exports the split that snapshots use: annotate knows nothing of training."""
        from annotate.exports.split import register_split  # models are there only now
        from training.snapshots.split_of_exports import split_for_exports

        register_split(split_for_exports)
