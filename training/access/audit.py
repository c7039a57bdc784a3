"""Administrative acts on training, written into the one audit log."""

from typing import Any

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.models import PublicModel, User


def record_act(
    *, user: User | None, action: str, target: PublicModel, after: dict[str, Any] | None = None
) -> None:
    """Write down who did what, inside the transaction of the act itself."""
    record_event(
        actor=annotator_for(user) if user else None,
        action=action,
        target=f"{target._meta.model_name} {target.public_id}",
        after=after,
    )
