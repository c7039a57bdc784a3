"""What a project uses now, and how it came to that: reads for pages."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotate.access.permissions import projects_led_by
from annotate.models import Project, User
from training.access.permissions import visible_checkpoints, visible_proposals
from training.models import CHAMPION, Alias, Checkpoint, ModelRole, Proposal, ProposalState


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a name's history; the checkpoint is None where it was taken back or is not yours.

    `is_hidden`: there is one, and the reader may not see it.
    """

    alias: Alias
    checkpoint: Checkpoint | None
    is_hidden: bool
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name with its history, the newest line first."""

    name: str
    role: ModelRole
    lines: list[Line]

    @property
    def current(self) -> Line:
        return self.lines[0]

    @property
    def can_be_taken_back(self) -> bool:
        return self.name != CHAMPION and self.lines[0].alias.checkpoint_id is not None

    @property
    def back(self) -> Line | None:
        """What going back once leads to: the last line before that meant something else."""
        present = self.lines[0].alias
        came_from = present.restores or present
        for line in self.lines:
            is_before = line.alias.number < came_from.number
            if is_before and line.alias.checkpoint_id != present.checkpoint_id:
                return line
        return None


def names_of(project: Project, user: User) -> list[Name]:
    """The project's names, by role; the champion first."""
    lines = Alias.objects.filter(project=project).select_related(
        "checkpoint__run", "set_by", "proposal", "restores"
    )
    seen = set(visible_checkpoints(user).values_list("pk", flat=True))
    grouped: dict[tuple[str, str], list[Line]] = {}
    for alias in lines.order_by("role", "-number"):
        is_hidden = alias.checkpoint_id is not None and alias.checkpoint_id not in seen
        of_name = grouped.setdefault((alias.role, alias.name), [])
        of_name.append(
            Line(
                alias=alias,
                checkpoint=None if is_hidden else alias.checkpoint,
                is_hidden=is_hidden,
                is_current=not of_name,
            )
        )
    by_place = sorted(grouped.items(), key=lambda item: (item[0][1] != "champion", item[0]))
    return [Name(name=name, role=ModelRole(role), lines=found) for (role, name), found in by_place]


def names_for(checkpoint: Checkpoint, user: User) -> QuerySet[Alias]:
    """What it is called now in the projects that the user leads."""
    led = projects_led_by(user).values("pk")
    current = checkpoint.aliases.current().filter(project__in=led)
    return current.select_related("project").order_by("project__name", "name")


def open_proposals(user: User, project: Project | None = None) -> QuerySet[Proposal]:
    found = visible_proposals(user).filter(state=ProposalState.OPEN)
    if project is not None:
        found = found.filter(project=project)
    return found.select_related("project", "checkpoint", "rival").order_by("-proposed_at", "-pk")


def projects_with_champions(user: User) -> list[tuple[Project, list[Alias]]]:
    """Every project that the user leads, with its champions as far as they may see them."""
    champions: dict[int, list[Alias]] = {}
    seen = visible_checkpoints(user).values("pk")
    current = Alias.objects.champions().filter(checkpoint__in=seen).select_related("checkpoint")
    for alias in current.order_by("role"):
        champions.setdefault(alias.project_id, []).append(alias)
    return [
        (project, champions.get(project.pk, []))
        for project in projects_led_by(user).order_by("name")
    ]
