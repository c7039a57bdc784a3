"""What projects have used of the machines, as pages show it."""

from dataclasses import dataclass

from annotate.access.permissions import projects_led_by
from annotate.models import Project, User
from training.runs.budgets import BudgetUse, budget_uses


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    project: Project
    use: BudgetUse


def budget_rows(user: User) -> list[BudgetRow]:
    """Of every project that the user leads."""
    led = Project.objects.all() if user.is_site_admin else projects_led_by(user)
    projects = list(led.order_by("name"))
    uses = budget_uses([project.pk for project in projects])
    return [BudgetRow(project=project, use=uses[project.pk]) for project in projects]
