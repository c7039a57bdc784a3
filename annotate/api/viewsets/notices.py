"""What is told to the caller, and what a project tells of."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.notices import (
    NoticeRuleBody,
    NoticeRuleSerializer,
    NoticeRulesSerializer,
    NoticeSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.models import Role
from annotate.notices.acknowledging import mark_read
from annotate.notices.audience import notices_for
from annotate.notices.changed_rules import change_rules
from annotate.notices.notice_rules.known_rules import rules_in_force


class NoticeViewSet(ApiViewSet):
    @extend_schema(responses=NoticeSerializer(many=True))
    def list(self, request: Request) -> Response:
        """What is so, or was, in the projects that the caller leads: newest first."""
        return self.page_of(notices_for(self.caller).select_related("project"), NoticeSerializer)

    @extend_schema(request=None, responses={204: None})
    def read(self, request: Request, public_id: str) -> Response:
        """Count it no more under the caller's bell."""
        notice = get_object_or_404(notices_for(self.caller), public_id=public_id)
        mark_read(user=self.caller, notice=notice)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=NoticeRulesSerializer)
    def rules(self, request: Request, slug: str) -> Response:
        """What the project tells of, and beyond which bounds."""
        in_force = rules_in_force(self.project(Role.LEAD))
        return Response(NoticeRulesSerializer({"rules": list(in_force.values())}).data)

    @extend_schema(request=NoticeRuleBody, responses=NoticeRuleSerializer)
    def change_rule(self, request: Request, slug: str) -> Response:
        """Change what holds for one kind; without `bound`, the usual one."""
        project = self.project(Role.LEAD)
        body = self.body(NoticeRuleBody)
        rule = {body["kind"]: (body["is_on"], body["bound"])}
        change_rules(project=project, changed_by=self.annotator, rules=rule)
        return Response(NoticeRuleSerializer(rules_in_force(project)[body["kind"]]).data)
