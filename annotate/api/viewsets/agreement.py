"""How far people agree: in one project, as last stored, and in several measured as one."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from annotate.access.permissions import project_for, require_role
from annotate.agreement.included import (
    RAO_KUPPER,
    WIDTH,
    HasReport,
    included,
    report_alone,
    role_for,
)
from annotate.agreement.merged_reports import ask_for_merged, has_figures, projects_of
from annotate.api.serializers.agreement import (
    AgreementQuery,
    AgreementSerializer,
    MergedBody,
    MergedFiguresSerializer,
    MergedSerializer,
)
from annotate.api.throttles import MergedReportThrottle
from annotate.api.views import ApiViewSet
from annotate.models import UNFINISHED, AgreementReport, MergedReport, Role


class _Sections(ApiViewSet):
    @property
    def names(self) -> tuple[str, ...]:
        """Of the sections asked for."""
        names: tuple[str, ...] = self.filters.get("include", ())
        return names

    def sections(self, stored: HasReport) -> dict[str, Any]:
        """Those asked for, by whose judgements count; nothing where none are."""
        if not self.names:
            return {}
        widths = [self.filters.get("width", WIDTH)]
        ties = self.filters.get("ties", RAO_KUPPER)
        return {
            "sections": {
                cohort: included(stored, self.names, cohort=cohort, widths=widths, ties=ties)
                for cohort in stored.report["sections"]
            }
        }


class AgreementViewSet(_Sections):
    queries = {"retrieve": AgreementQuery}

    @extend_schema(
        parameters=[AgreementQuery], responses={200: AgreementSerializer, 202: AgreementSerializer}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """The figures as last stored; 202 while a worker computes the first ones."""
        project = self.project(role_for(self.names))
        stored = AgreementReport.stored_for(project)
        if stored is None:
            computing = {"state": "computing"} | dict.fromkeys(
                ["n_judgements", "computed_at", "report"]
            )
            return Response(computing, status=status.HTTP_202_ACCEPTED)
        answer = {
            "state": "ready",
            "n_judgements": stored.n_judgements,
            "computed_at": stored.computed_at,
            "report": report_alone(stored),
        }
        return Response(answer | self.sections(stored))


class MergedAgreementViewSet(_Sections):
    """Several projects as one: whoever asks must be a reviewer in each of them."""

    throttle_classes = [MergedReportThrottle]
    queries = {"retrieve": AgreementQuery}

    @extend_schema(request=MergedBody, responses={202: MergedSerializer})
    def create(self, request: Request) -> Response:
        """Have several projects measured as one; a worker computes it. The same projects again
        are the same report, computed again where judgements have changed.
        """
        slugs = self.body(MergedBody)["projects"]
        projects = [project_for(self.caller, slug, Role.REVIEWER) for slug in slugs]
        row = ask_for_merged(projects=projects, requested_by=self.annotator)
        address = reverse("api:merged-agreement", [row.public_id])
        return Response(
            MergedSerializer(row).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": address},
        )

    @extend_schema(
        parameters=[AgreementQuery], responses={200: MergedFiguresSerializer, 202: MergedSerializer}
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        """The figures, or why there are none; with 202, how far it has got."""
        row = MergedReport.objects.filter(public_id=public_id).first()
        projects = [] if row is None else projects_of(row)
        if row is None or not projects:
            raise Http404
        for project in projects:
            require_role(self.caller, project, role_for(self.names))
        answer = MergedSerializer(row).data
        is_ready = row.state not in UNFINISHED
        if has_figures(row):
            answer |= {"report": report_alone(row)} | self.sections(row)
        return Response(answer, status=status.HTTP_200_OK if is_ready else status.HTTP_202_ACCEPTED)
