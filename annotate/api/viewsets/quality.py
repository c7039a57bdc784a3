"""Gold, silent repeats and how people stand by them; by leads alone."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.serializers.quality import (
    ConsequencesBody,
    ConsequencesSerializer,
    ControlShareSerializer,
    GoldBody,
    GoldSerializer,
    JudgeAgainBody,
    QualityBody,
    QualitySerializer,
    StandingSerializer,
    WithdrawnSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.judging.exposures import record_exposure
from annotate.judging.withdrawals import withdraw_since
from annotate.models import Comparison, ComparisonState, Membership, Project, Role
from annotate.people.members import members_of
from annotate.projects.change_effects import preview_change
from annotate.projects.projects import change_project
from annotate.quality.by_person import people_of, person_of
from annotate.quality.control_share import control_share
from annotate.quality.look_after import let_go_on
from annotate.quality.marking import mark_gold, unmark_gold


class QualityViewSet(ApiViewSet):
    @extend_schema(responses=QualitySerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """What the project does for quality."""
        return Response(QualitySerializer(self.project(Role.LEAD)).data)

    @extend_schema(request=QualityBody, responses=QualitySerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change what is done; it holds from the next comparison that somebody is given."""
        project = self.project(Role.LEAD)
        changes = self.body(QualityBody, partial=True)
        changed = change_project(project=project, changed_by=self.caller, **changes)
        return Response(QualitySerializer(changed).data)

    @extend_schema(request=ConsequencesBody, responses=ConsequencesSerializer)
    def preview(self, request: Request, slug: str) -> Response:
        """What a changed rule, overlap or threshold would do to what is judged already."""
        project = self.project(Role.LEAD)
        found = preview_change(project, self.body(ConsequencesBody, partial=True))
        return Response(ConsequencesSerializer(found).data)

    @extend_schema(responses=ControlShareSerializer)
    def overlap(self, request: Request, slug: str) -> Response:
        """What adaptive overlap saves and costs here, by the control comparisons."""
        return Response(ControlShareSerializer(control_share(self.project(Role.LEAD))).data)

    @extend_schema(responses=StandingSerializer(many=True))
    def people(self, request: Request, slug: str) -> Response:
        """How every member stands, the worst first."""
        people = people_of(self.project(Role.LEAD))
        return Response(StandingSerializer(people, many=True).data)

    @extend_schema(request=None, responses=StandingSerializer)
    def go_on(self, request: Request, slug: str, public_id: str) -> Response:
        """Let a member go on who was warned or paused; gold is counted afresh."""
        project = self.project(Role.LEAD)
        let_go_on(membership=self._member(project, public_id), by=self.annotator)
        return Response(StandingSerializer(person_of(self._member(project, public_id))).data)

    @extend_schema(request=JudgeAgainBody, responses=WithdrawnSerializer)
    def judge_again(self, request: Request, slug: str, public_id: str) -> Response:
        """Take back what a member judged from then on, so that others judge it."""
        member = self._member(self.project(Role.LEAD), public_id)
        n_withdrawn = withdraw_since(
            membership=member, withdrawn_by=self.annotator, **self.body(JudgeAgainBody)
        )
        return Response(WithdrawnSerializer({"n_judgements": n_withdrawn}).data)

    def _member(self, project: Project, public_id: str) -> Membership:
        members = members_of(project).select_related("annotator")
        member = members.filter(public_id=public_id).first()
        if member is None:
            raise Http404
        return member


class GoldViewSet(ApiViewSet):
    @extend_schema(request=GoldBody, responses=GoldSerializer)
    def mark(self, request: Request, public_id: str) -> Response:
        """Make a comparison gold, or change what is right of it; you may not judge it then."""
        comparison = self._comparison(public_id)
        record_exposure(annotator=self.annotator, comparison=comparison)
        marked = mark_gold(comparison=comparison, by=self.annotator, **self.body(GoldBody))
        return Response(GoldSerializer(marked).data)

    @extend_schema(responses={204: None})
    def unmark(self, request: Request, public_id: str) -> Response:
        """It is like any other comparison again."""
        unmark_gold(comparison=self._comparison(public_id), by=self.annotator)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _comparison(self, public_id: str) -> Comparison:
        found = Comparison.objects.select_related("project").filter(public_id=public_id)
        comparison = found.exclude(state=ComparisonState.STAGED).first()
        if comparison is None:
            raise Http404
        require_role(self.caller, comparison.project, Role.LEAD)
        return comparison
