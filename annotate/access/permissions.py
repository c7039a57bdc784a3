"""Who may see and do what: the one place that pages, API, admin and commands ask.

Roles in a project are cumulative (annotator, reviewer, lead); a site admin may do everything.
What somebody may not even see answers 404, as if it were not there; what they see but may not
do answers 403.
"""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotate.database.prepared_query import PreparedQuery
from annotate.models import Annotator, Membership, Project, Role, User


def annotator_for(user: User) -> Annotator:
    """The annotator that this user judges as; made at their first need of one."""
    try:
        return user.annotator  # costs nothing where it was read together with the user
    except Annotator.DoesNotExist:
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


@PreparedQuery
def _members(user_id: int, slug: str) -> QuerySet[Membership]:
    return Membership.objects.select_related("project").filter(
        annotator__user=user_id, is_active=True, project__slug=slug
    )


def project_for(user: User, slug: str, role: Role = Role.ANNOTATOR) -> Project:
    """The project by its slug, if the user holds at least this role in it.

    Raises: Http404 for a stranger; PermissionDenied for a member whose role is too low.
    """
    project: Project | None
    held: Role | None
    if user.is_site_admin:
        project, held = Project.objects.filter(slug=slug).first(), Role.LEAD
    else:  # one query, as every judgement passes here
        member = _members.first(user_id=user.pk, slug=slug)
        project, held = (member.project, Role(member.role)) if member else (None, None)
    if project is None or held is None:
        raise Http404("No such project.")
    _require_rank(held, role)
    return project


def require_role(user: User, project: Project, role: Role) -> None:
    """Raises: Http404 for a stranger; PermissionDenied for a member whose role is too low."""
    held = role_in(user, project)
    if held is None:
        raise Http404("No such project.")
    _require_rank(held, role)


def _require_rank(held: Role, role: Role) -> None:
    if held.rank < role.rank:
        raise PermissionDenied(
            _("This needs the role of %(role)s in the project.") % {"role": role.label}
        )


def projects_led_by(user: User) -> QuerySet[Project]:
    if user.is_site_admin:
        return Project.objects.all()
    return visible_projects(user).filter(
        memberships__annotator__user=user, memberships__role=Role.LEAD
    )


def leads_any(user: User) -> bool:
    """Site admins, and whoever leads a project: the training desk and notices are for them."""
    return user.is_site_admin or projects_led_by(user).exists()


def require_project_creator(user: User) -> None:
    """Raises: PermissionDenied for somebody who leads no project: annotators only join."""
    if not leads_any(user):
        raise PermissionDenied(_("Only leads and site admins make projects."))


def require_site_admin(user: User) -> None:
    """Raises: PermissionDenied for anybody but a site admin."""
    if not user.is_site_admin:
        raise PermissionDenied(_("This needs a site admin."))


def keeps_endpoints_of(user: User, project: Project | None) -> bool:
    """Site admins keep all; leads those of their project alone, where the operator lets them."""
    if user.is_site_admin:
        return True
    is_allowed: bool = settings.ACCORD_LEADS_KEEP_ENDPOINTS
    return project is not None and is_allowed and has_role(user, project, Role.LEAD)


def require_keeper_of_endpoints(user: User, project: Project | None) -> None:
    """Raises: PermissionDenied."""
    if not keeps_endpoints_of(user, project):
        raise PermissionDenied(_("Site admins keep endpoints; leads only where that is allowed."))
