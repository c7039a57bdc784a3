"""What a change would do is shown before it is made, and it is made once that was seen."""

from collections.abc import Mapping
from typing import Any

from annotate.access.signed_in import SignedInRequest
from annotate.models import Project
from annotate.projects.change_effects import preview_change, seen


def unseen_effects(
    request: SignedInRequest, project: Project, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """What the page needs to show them; nothing where there are none, or they have been seen.

    Args: project, as it is stored; changes, that a valid form asks for.
    """
    token = seen(project, changes)
    if request.POST.get("seen") == token:
        return {}
    found = preview_change(project, changes)
    return {} if found.is_nothing else {"preview": found, "seen": token}
