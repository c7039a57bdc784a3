"""What a project asks for: changed by its leads, one version after the other."""

from typing import Any

from django.db import transaction

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import ProtocolChanged
from annotate.judging.protocols.declaration import checked_declaration
from annotate.judging.protocols.versions import add_version
from annotate.models import Project, Protocol, ResolutionRule, User
from annotate.projects.rule_changes import queue_rule_change


@transaction.atomic
def change_protocol(
    *,
    project: Project,
    changed_by: User | None,
    declaration: Any,
    based_on: int | None = None,
) -> Protocol:
    """The next version, from the next comparison on that anybody is given.

    Where nothing changes, the version stays. The posterior rule looks at the verdicts offered:
    with others, what was judged is resolved afresh.

    Args:
        based_on: the version that was changed; None where the caller has seen none.
    Raises: InvalidInput; ProtocolChanged, where another version asks something else by now.
    """
    declaration = checked_declaration(declaration)
    project = Project.objects.select_for_update().get(pk=project.pk)
    before = project.current_protocol
    if before.declaration == declaration:
        return before
    if based_on not in (None, before.version):
        raise ProtocolChanged(field="based_on", value=based_on)
    actor = None if changed_by is None else annotator_for(changed_by)
    protocol = add_version(project, declaration, made_by=actor)
    record_event(
        actor=actor,
        action="protocol.changed",
        target=f"project:{project.slug}",
        project=project,
        before=_changed_parts(before, protocol),
        after=_changed_parts(protocol, before),
    )
    is_posterior = project.resolution_rule == ResolutionRule.POSTERIOR
    if is_posterior and before.verdicts != protocol.verdicts:
        queue_rule_change(project=project, requested_by=actor)
    return protocol


def _changed_parts(protocol: Protocol, other: Protocol) -> dict[str, Any]:
    """Its version, and its parts that the other has not, or not so."""
    parts = {
        name: settings
        for name, settings in protocol.declaration.items()
        if other.declaration.get(name) != settings
    }
    return {"version": protocol.version, **parts}
