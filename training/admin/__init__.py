"""Site admins' view of training: what is stored is shown, and acted on by the services."""

from training.admin import (  # noqa: F401 - each registers what it shows
    budgets,
    checkpoints,
    promotion,
    recipes,
    runs,
    schedules,
    workers,
)
