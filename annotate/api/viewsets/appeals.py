"""Appeals about gold: made by who judged it, answered by a lead."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.serializers.quality import (
    AppealAnswerBody,
    AppealBody,
    AppealDetailSerializer,
    AppealSerializer,
)
from annotate.api.views import ApiViewSet
from annotate.judging.exposures import record_exposures
from annotate.models import Appeal, Judgement, Role
from annotate.quality.appeals import answer_appeal, appeals_of, make_appeal

MOST_LISTED = 100


class AppealViewSet(ApiViewSet):
    @extend_schema(request=AppealBody, responses={201: AppealSerializer})
    def make(self, request: Request, public_id: str) -> Response:
        """Hold that you were right about gold, where you were told what was expected."""
        own = Judgement.objects.filter(
            annotator=self.annotator, withdrawn_at=None, public_id=public_id
        )
        judgement = own.select_related("comparison").first()
        if judgement is None:
            raise Http404
        appeal = make_appeal(judgement=judgement, **self.body(AppealBody))
        return Response(AppealSerializer(appeal).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=AppealDetailSerializer(many=True))
    def waiting(self, request: Request, slug: str) -> Response:
        """Up to 100 appeals that wait for an answer, the oldest first; you may judge none of
        their comparisons afterwards.
        """
        appeals = list(appeals_of(self.project(Role.LEAD))[:MOST_LISTED])
        comparisons = [appeal.judgement.comparison for appeal in appeals]
        record_exposures(annotator=self.annotator, comparisons=comparisons)
        return Response(AppealDetailSerializer(appeals, many=True).data)

    @extend_schema(request=AppealAnswerBody, responses=AppealDetailSerializer)
    def answer(self, request: Request, public_id: str) -> Response:
        """Grant it, or let the gold stand; once."""
        found = Appeal.objects.select_related("judgement__comparison", "judgement__project")
        appeal = found.filter(public_id=public_id).first()
        if appeal is None:
            raise Http404
        require_role(self.caller, appeal.judgement.project, Role.LEAD)
        record_exposures(annotator=self.annotator, comparisons=[appeal.judgement.comparison])
        answered = answer_appeal(appeal=appeal, by=self.annotator, **self.body(AppealAnswerBody))
        return Response(AppealDetailSerializer(answered).data)
