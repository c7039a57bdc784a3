"""A project's own word on what is told, kept by its leads."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.errors import InvalidInput
from annotate.models import Annotator, NoticeRule, Project
from annotate.notices.notice_rules.known_rules import OF_PROJECTS, RULES, rules_in_force


@transaction.atomic
def change_rules(
    *,
    project: Project,
    changed_by: Annotator,
    rules: Mapping[str, tuple[bool, float | None]],
) -> None:
    """By kind: whether it is told, and its bound; None for the usual. Raises: InvalidInput."""
    Project.objects.select_for_update().get(pk=project.pk)
    before = _facts(project)
    for kind, (is_on, bound) in rules.items():
        _check(kind, bound)
        NoticeRule.objects.update_or_create(
            project=project, kind=kind, defaults={"is_on": is_on, "bound": bound}
        )
    after = _facts(project)
    changed = [kind for kind in after if before[kind] != after[kind]]
    if changed:
        record_event(
            actor=changed_by,
            action="notices.rules_changed",
            target=f"project:{project.public_id}",
            project=project,
            before={kind: before[kind] for kind in changed},
            after={kind: after[kind] for kind in changed},
        )


def _check(kind: str, bound: float | None) -> None:
    if kind not in OF_PROJECTS:
        raise InvalidInput(_("This kind is not known."), field="kind", value=kind)
    rule = RULES.get(kind)
    if bound is None:
        return
    if rule is None:
        raise InvalidInput(_("This kind has no bound."), field=kind, value=bound)
    if not rule.low <= bound <= rule.high:
        says = _("This should be a number from %(low)s to %(high)s.")
        says %= {"low": rule.low, "high": rule.high}
        raise InvalidInput(says, field=kind, value=bound)


def _facts(project: Project) -> dict[str, dict[str, object]]:
    fresh = Project.objects.get(pk=project.pk)  # what was read before may be another by now
    return {
        kind: {"is_on": one.is_on, "bound": one.bound}
        for kind, one in rules_in_force(fresh).items()
    }
