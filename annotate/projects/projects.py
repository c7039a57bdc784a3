"""Projects: made, and changed, by their leads and by site admins."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import InvalidInput
from annotate.judging.priorities import set_wanted
from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
from annotate.judging.protocols.versions import add_version
from annotate.models import QUALITY_SETTINGS, Project, Role, User
from annotate.people.members import add_member
from annotate.projects.outcome_settings import OVERLAP, RULE
from annotate.projects.rule_changes import queue_rule_change
from annotate.quality.quiz_turns import require_gold_for_quiz

SETTINGS = (
    "name",
    "description",
    "guidelines",
    "attribution",
    "is_paused",
    "overlap",
    "lease_seconds",
    "offline_pairs",
    "offline_hours",
    "shows_gold",
    "min_judgements",
    "resolution_rule",
    "min_agreement",
    "min_posterior",
    *QUALITY_SETTINGS,
)
RESERVED_SLUGS = ("new",)  # pages of their own
LONG_TEXTS = ("description", "guidelines", "attribution")  # an event notes that they changed


@transaction.atomic
def create_project(
    *,
    created_by: User,
    name: str,
    slug: str = "",
    is_demo: bool = False,
    preset: str = USUAL_PRESET,
    **fields: Any,
) -> Project:
    """A project with its maker as its first lead. Raises: InvalidInput.

    Args:
        preset: a key of `PRESETS`: the first version of its protocol.
    """
    _check_known(fields)
    if preset not in PRESETS:
        raise InvalidInput(_("There is no such preset."), field="preset", value=preset)
    if slug in RESERVED_SLUGS:
        raise InvalidInput(_("This address is taken by a page."), field="slug", value=slug)
    project = Project(name=name, slug=slug or _free_slug(name), is_demo=is_demo, **fields)
    _check(project)
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:  # taken since it was checked
        raise InvalidInput(
            _("Another project has this address."), field="slug", value=project.slug
        ) from error
    maker = annotator_for(created_by)
    protocol = add_version(project, PRESETS[preset].declaration, made_by=maker)
    record_event(
        actor=maker,
        action="project.created",
        target=f"project:{project.slug}",
        project=project,
        after={**_facts(project, SETTINGS), "protocol": protocol.declaration},
    )
    add_member(project=project, user=created_by, role=Role.LEAD, added_by=created_by)
    return project


def change_project(*, project: Project, changed_by: User | None, **fields: Any) -> Project:
    """Change settings; new guidelines get a new version, which every judgement notes.

    A new overlap and a new rule hold for the comparisons that are there already, too; the rule
    reaches them in the background. Raises: InvalidInput.
    """
    _check_known(fields)
    project, changed = _save_changes(project, changed_by, fields)
    if not set(OVERLAP).isdisjoint(changed):
        # in short transactions of its own, as a project may be large
        set_wanted(project=project, wanted=project.overlap)
    return project


@transaction.atomic
def _save_changes(
    project: Project, changed_by: User | None, fields: dict[str, Any]
) -> tuple[Project, list[str]]:
    project = Project.objects.select_for_update().get(pk=project.pk)
    changed = [name for name, value in fields.items() if getattr(project, name) != value]
    if not changed:
        return project, changed
    before = _facts(project, changed)
    for name in changed:
        setattr(project, name, fields[name])
    if "guidelines" in changed:
        project.guidelines_version += 1
    _check(project)
    if project.closes_at and project.fewest_judgements > project.overlap:
        raise InvalidInput(
            _("A comparison gets %(n)d judgements at the most: that is its overlap.")
            % {"n": project.overlap},
            field="overlap" if "overlap" in changed else "fewest_judgements",
            value=project.overlap if "overlap" in changed else project.fewest_judgements,
        )
    if "quiz_size" in changed:
        require_gold_for_quiz(project)
    project.save(update_fields=[*changed, "guidelines_version"])
    record_event(
        actor=None if changed_by is None else annotator_for(changed_by),
        action="project.changed",
        target=f"project:{project.slug}",
        project=project,
        before=before,
        after=_facts(project, changed),
    )
    if not set(RULE).isdisjoint(changed):
        queue_rule_change(
            project=project,
            requested_by=None if changed_by is None else annotator_for(changed_by),
        )
    return project, changed


def _check_known(fields: dict[str, Any]) -> None:
    for name in fields:
        if name not in SETTINGS:
            raise InvalidInput(_("This setting is not known."), field=name, value=fields[name])


def _check(project: Project) -> None:
    try:
        project.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(
            " ".join(messages), field=field, value=getattr(project, field, None)
        ) from error


def _facts(project: Project, names: Any) -> dict[str, Any]:
    facts = {name: getattr(project, name) for name in names if name not in LONG_TEXTS}
    if "guidelines" in names:
        facts["guidelines_version"] = project.guidelines_version
    return facts


def _free_slug(name: str) -> str:
    """An address from the name; a name without Latin letters gets a random one."""
    stem = slugify(name)[:50] or f"project-{secrets.token_hex(3)}"
    slug, number = stem, 1
    while slug in RESERVED_SLUGS or Project.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug
