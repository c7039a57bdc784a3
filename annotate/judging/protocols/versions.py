"""A project's protocols one after the other: only ever the next one is added."""

from typing import Any

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.judging.protocols.declaration import checked_declaration
from annotate.judging.protocols.ranking import Ranking
from annotate.models import Annotator, Lease, Project, Protocol


def add_version(
    project: Project, declaration: Any, *, made_by: Annotator | None = None
) -> Protocol:
    """Make the next version of a locked project's protocol, in the caller's transaction.

    What is held already is still answered under the version that it was shown under.
    Raises: InvalidInput, with the field at fault.
    """
    last = project.protocol
    checked = checked_declaration(declaration)
    if Ranking.name not in checked and project.completion_sets.exists():
        raise InvalidInput(
            _("This project has sets of answers to rank: its protocol must ask for a ranking."),
            field="ranking",
            value="",
        )
    protocol = Protocol.objects.create(
        project=project,
        version=1 if last is None else last.version + 1,
        declaration=checked,
        made_by=made_by,
    )
    Project.objects.filter(pk=project.pk).update(protocol=protocol)
    project.protocol = protocol
    return protocol


def shown_under(lease: Lease) -> Protocol:
    """What was asked when a lease was handed out; before there were versions, the first."""
    return lease.protocol or lease.project.protocols.get(version=1)
