"""A project's protocols one after the other: only ever the next one is added."""

from typing import Any

from annotate.judging.protocols.declaration import checked_declaration
from annotate.models import Annotator, Lease, Project, Protocol


def add_version(
    project: Project, declaration: Any, *, made_by: Annotator | None = None
) -> Protocol:
    """Make the next version of a locked project's protocol, in the caller's transaction.

    What is held already is still answered under the version that it was shown under.
    Raises: InvalidInput, with the field at fault.
    """
    last = project.protocol
    protocol = Protocol.objects.create(
        project=project,
        version=1 if last is None else last.version + 1,
        declaration=checked_declaration(declaration),
        made_by=made_by,
    )
    Project.objects.filter(pk=project.pk).update(protocol=protocol)
    project.protocol = protocol
    return protocol


def shown_under(lease: Lease) -> Protocol:
    """What was asked when a lease was handed out; before there were versions, the first."""
    return lease.protocol or lease.project.protocols.get(version=1)
