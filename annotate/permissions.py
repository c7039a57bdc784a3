"""Who may see and do what: the one place that pages, API, admin and commands ask.

Roles in a project are cumulative (annotator, reviewer, lead); a site admin may do everything.
What somebody may not even see answers 404, as if it were not there; what they see but may not
do answers 403.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from annotate.models import Annotator, Membership, Project, Role, User


def annotator_for(user: User) -> Annotator:
    """The annotator that this user judges as; made at their first need of one."""
    annotator, _created = Annotator.objects.get_or_create(user=user)
    return annotator


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(annotator__user=user, is_active=True)


def visible_projects(user: User) -> QuerySet[Project]:
    if user.is_site_admin:
        return Project.objects.all()
    return Project.objects.filter(
        memberships__annotator__user=user, memberships__is_active=True
    ).distinct()


def role_in(user: User, project: Project) -> Role | None:
    """The user's role, lead for a site admin, None for a stranger."""
    if user.is_site_admin:
        return Role.LEAD
    role = memberships_of(user).filter(project=project).values_list("role", flat=True).first()
    return None if role is None else Role(role)


def has_role(user: User, project: Project, role: Role) -> bool:
    held = role_in(user, project)
    return held is not None and held.rank >= role.rank


def project_for(user: User, slug: str, role: Role = Role.ANNOTATOR) -> Project:
    """The project by its slug, if the user holds at least this role in it.

    Raises: Http404 for a stranger; PermissionDenied for a member whose role is too low.
    """
    project = visible_projects(user).filter(slug=slug).first()
    if project is None:
        raise Http404("No such project.")
    require_role(user, project, role)
    return project


def require_role(user: User, project: Project, role: Role) -> None:
    """Raises: Http404 for a stranger; PermissionDenied for a member whose role is too low."""
    held = role_in(user, project)
    if held is None:
        raise Http404("No such project.")
    if held.rank < role.rank:
        raise PermissionDenied(f"This needs the role of {role.label} in the project.")


def projects_led_by(user: User) -> QuerySet[Project]:
    if user.is_site_admin:
        return Project.objects.all()
    return visible_projects(user).filter(
        memberships__annotator__user=user, memberships__role=Role.LEAD
    )


def require_site_admin(user: User) -> None:
    """Raises: PermissionDenied for anybody but a site admin."""
    if not user.is_site_admin:
        raise PermissionDenied("This needs a site admin.")
