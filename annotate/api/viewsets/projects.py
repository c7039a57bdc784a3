"""Projects and their members."""

from collections.abc import Callable

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import (
    memberships_of,
    require_project_creator,
    role_in,
    visible_projects,
)
from annotate.api.serializers.dashboards import OverviewSerializer
from annotate.api.serializers.projects import (
    MemberBody,
    MemberQuery,
    MemberSerializer,
    NewMemberBody,
    NewProjectBody,
    ProgressSerializer,
    ProjectBody,
    ProjectSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.dashboards.overview import overview_of
from annotate.errors import InvalidInput
from annotate.models import Membership, Project, Role, User
from annotate.people.member_groups import groups_of
from annotate.people.members import add_member, change_member, members_of, remove_member
from annotate.projects.progress import progress
from annotate.projects.projects import change_project, create_project


class ProjectViewSet(ApiViewSet):
    @extend_schema(responses=ProjectSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The projects that you have a part in."""
        roles = _roles_of(self.caller)
        projects = visible_projects(self.caller).select_related("protocol")
        return self.page_of(projects, ProjectSerializer, roles=roles)

    @extend_schema(request=NewProjectBody, responses={201: ProjectSerializer})
    def create(self, request: Request) -> Response:
        """Make a project, which you then lead."""
        require_project_creator(self.caller)
        project = create_project(created_by=self.caller, **self.body(NewProjectBody))
        return self._answer(project, status.HTTP_201_CREATED)

    @extend_schema(responses=ProjectSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """A project with its rule and your role in it."""
        return self._answer(self.project(Role.ANNOTATOR))

    @extend_schema(request=ProjectBody, responses=ProjectSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change settings; other guidelines make a new version of them."""
        project = self.project(Role.LEAD)
        changes = self.body(ProjectBody, partial=True)
        return self._answer(change_project(project=project, changed_by=self.caller, **changes))

    @extend_schema(responses=ProgressSerializer)
    def progress(self, request: Request, slug: str) -> Response:
        """How far the project is."""
        return Response(ProgressSerializer(progress(self.project(Role.LEAD))).data)

    @extend_schema(responses=OverviewSerializer)
    def overview(self, request: Request, slug: str) -> Response:
        """Pace, forecast, who is at work, what it has cost and what waits for a lead."""
        return Response(OverviewSerializer(overview_of(self.project(Role.LEAD))).data)

    def _answer(self, project: Project, code: int = status.HTTP_200_OK) -> Response:
        context = {"roles": lambda of: role_in(self.caller, of)}
        return Response(ProjectSerializer(project, context=context).data, status=code)


class MemberViewSet(ApiViewSet):
    queries = {"list": MemberQuery}

    @extend_schema(parameters=[MemberQuery], responses=MemberSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """Who has a part in the project, paused ones too."""
        project = self.project(Role.LEAD)
        members = members_of(project).prefetch_related("groups")
        if group := self.filters.get("group"):
            if not groups_of(project).filter(public_id=group).exists():
                says = _("The project has no such group.")
                raise InvalidInput(says, field="group", value=str(group))
            members = members.filter(groups__public_id=group)
        return self.page_of(members.select_related("annotator__user"), MemberSerializer)

    @extend_schema(request=NewMemberBody, responses={201: MemberSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Give somebody who has an account a part in the project."""
        project = self.project(Role.LEAD)
        body = self.body(NewMemberBody)
        username = body.pop("username")
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            message = _("Nobody with an account here has this name.")
            raise InvalidInput(message, field="username", value=username)
        member = add_member(project=project, user=user, added_by=self.caller, **body)
        return Response(MemberSerializer(member).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=MemberSerializer)
    def retrieve(self, request: Request, slug: str, public_id: str) -> Response:
        """One member."""
        return Response(MemberSerializer(self._member(public_id)).data)

    @extend_schema(request=MemberBody, responses=MemberSerializer)
    def partial_update(self, request: Request, slug: str, public_id: str) -> Response:
        """Change a role or a cohort, or pause somebody."""
        member = self._member(public_id)
        changes = self.body(MemberBody, partial=True)
        member = change_member(membership=member, changed_by=self.caller, **changes)
        return Response(MemberSerializer(member).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, public_id: str) -> Response:
        """End somebody's part in the project; their judgements stay."""
        remove_member(membership=self._member(public_id), removed_by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _member(self, public_id: str) -> Membership:
        members = members_of(self.project(Role.LEAD))
        member = members.select_related("annotator__user").filter(public_id=public_id).first()
        if member is None:
            raise Http404
        return member


def _roles_of(user: User) -> Callable[[Project], str]:
    """Each project's role from one query, not from one for each line of a list."""
    if user.is_site_admin:
        return lambda _project: Role.LEAD
    held = dict(memberships_of(user).values_list("project_id", "role"))
    return lambda project: held[project.pk]
