"""Groups of people in a project, by its leads."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.member_groups import (
    GroupFillingBody,
    MemberGroupBody,
    MemberGroupSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.models import MemberGroup, Role
from annotate.people.member_groups import (
    fill_group,
    give_up_group,
    groups_of,
    make_group,
    rename_group,
)


class MemberGroupViewSet(ApiViewSet):
    @extend_schema(responses=MemberGroupSerializer(many=True))
    def groups(self, request: Request, slug: str) -> Response:
        """The project's groups by name; `members/?group=` lists who is in one."""
        groups = groups_of(self.project(Role.LEAD))
        return Response(MemberGroupSerializer(groups, many=True).data)

    @extend_schema(request=MemberGroupBody, responses={201: MemberGroupSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Make an empty group."""
        project = self.project(Role.LEAD)
        name = self.body(MemberGroupBody)["name"]
        group = make_group(project=project, name=name, made_by=self.caller)
        return self._answer(group, status.HTTP_201_CREATED)

    @extend_schema(responses=MemberGroupSerializer)
    def retrieve(self, request: Request, slug: str, public_id: str) -> Response:
        """One group."""
        return self._answer(self._group(public_id))

    @extend_schema(request=MemberGroupBody, responses=MemberGroupSerializer)
    def partial_update(self, request: Request, slug: str, public_id: str) -> Response:
        """Give a group another name."""
        group = self._group(public_id)
        name = self.body(MemberGroupBody)["name"]
        return self._answer(rename_group(group=group, name=name, renamed_by=self.caller))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, public_id: str) -> Response:
        """Give a group up; its people stay members."""
        give_up_group(group=self._group(public_id), given_up_by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=GroupFillingBody, responses=MemberGroupSerializer)
    def fill(self, request: Request, slug: str, public_id: str) -> Response:
        """Put members in and take others out, all or nobody; said again, it changes nothing."""
        group = self._group(public_id)
        fill_group(group=group, filled_by=self.caller, **self.body(GroupFillingBody))
        return self._answer(group)

    def _group(self, public_id: str) -> MemberGroup:
        group = groups_of(self.project(Role.LEAD)).filter(public_id=public_id).first()
        if group is None:
            raise Http404
        return group

    def _answer(self, group: MemberGroup, code: int = status.HTTP_200_OK) -> Response:
        counted = groups_of(group.project).get(pk=group.pk)
        return Response(MemberGroupSerializer(counted).data, status=code)
