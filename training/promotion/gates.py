"""What a project asks for before its champion changes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.models import Project, User
from training.errors import AliasRefused
from training.models import GATE_SETTINGS, Gate


def gate_of(project: Project) -> Gate:
    """The project's own, or the one that stands where nobody has set any."""
    return Gate.objects.filter(project=project).first() or Gate(project=project)


def gate_as_json(gate: Gate) -> dict[str, Any]:
    return {name: getattr(gate, name) for name in GATE_SETTINGS}


@transaction.atomic
def set_gate(*, project: Project, values: dict[str, Any], user: User) -> Gate:
    """What has to be shown from now on; open proposals are judged by it. Raises: AliasRefused."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # one at a time
    gate = gate_of(project)
    before = gate_as_json(gate)
    for name, value in values.items():
        setattr(gate, name, value)
    try:
        gate.full_clean(exclude=["project"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise AliasRefused(messages[0], field=field, value=values.get(field)) from error
    gate.save()
    record_event(
        actor=annotator_for(user),
        action="gate.set",
        target=f"project {project.public_id}",
        project=project,
        before=before,
        after=gate_as_json(gate),
    )
    return gate
