"""The annotator's circle: next, judge, skip, flag, give back, undo."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.agreement.own_gold import share_as_expected
from annotate.api.serializers.judging import (
    FlagBody,
    GoldShareSerializer,
    HistoryQuery,
    HistorySerializer,
    JudgedSerializer,
    JudgementBody,
    JudgementQuery,
    JudgementSerializer,
    LeasedSerializer,
    LeaseSerializer,
    NextBody,
    NextSerializer,
    SkipBody,
    TakenSerializer,
    blind,
    blind_set,
    leased,
    own_judgement,
)
from annotate.api.views import ApiViewSet
from annotate.errors import GoldNotShown, LeaseLost
from annotate.judging.answers import Answer
from annotate.judging.flags import flag_comparison
from annotate.judging.gold_feedback import told_after, told_judgements
from annotate.judging.leases import MOST_LIVE_LEASES, lease_next, release_lease, renew_leases
from annotate.judging.offline import give_back, take_along, taken_along
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.skips import skip_comparison, skip_of, take_back_skip
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Annotator, Judgement, Lease, LeaseState, Project, Role


class NextViewSet(ApiViewSet):
    @extend_schema(request=NextBody, responses={200: NextSerializer, 204: None})
    def create(self, request: Request, slug: str) -> Response:
        """The comparison you hold, or a new one; 204 when nothing is waiting for you."""
        project = self.project(Role.ANNOTATOR)
        body = self.body(NextBody)
        held = lease_next(annotator=self.annotator, project=project, ahead=body["ahead"])
        if held.current is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response((leased(held.current) or {}) | {"ahead": leased(held.ahead)})


class OfflineViewSet(ApiViewSet):
    @extend_schema(responses={200: TakenSerializer})
    def retrieve(self, request: Request, slug: str) -> Response:
        """What you have taken along, to be judged without a network."""
        return _taken(taken_along(self.annotator, self.project(Role.ANNOTATOR)))

    @extend_schema(request=None, responses={200: TakenSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Take comparisons along, up to the project's batch; taken twice, it is the same batch.

        They are held until `expires_at`, and not renewed. Judge, skip and flag them by their
        leases, later and in any order; send `next: false`, so that nothing else is held.
        """
        project = self.project(Role.ANNOTATOR)
        return _taken(take_along(annotator=self.annotator, project=project))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str) -> Response:
        """Give back all that you took along and did not judge."""
        give_back(annotator=self.annotator, project=self.project(Role.ANNOTATOR))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _taken(leases: Iterable[Lease]) -> Response:
    return Response({"results": [leased(lease) for lease in leases]})


class JudgementViewSet(ApiViewSet):
    queries = {"list": JudgementQuery}

    @extend_schema(request=JudgementBody, responses={201: JudgedSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Judge the comparison you hold, or rank the set, and get the next, in one round trip."""
        project = self.project(Role.ANNOTATOR)
        body = self.body(JudgementBody)
        try:
            judged = judge_and_hold_next(
                annotator=self.annotator,
                project=project,
                lease_id=body["lease"],
                answer=Answer(
                    side=body["verdict"],
                    ranks=body["ranks"],
                    strength=body["strength"],
                    criteria=body["criteria"] or {},
                    reasons=body["reasons"] or [],
                    note=body["note"],
                    acceptable=body["acceptable"],
                    edited_text=body["edited"],
                    seconds=body["seconds"],
                ),
                key=body["key"],
                n_next=(MOST_LIVE_LEASES if body["ahead"] else 1) if body["next"] else 0,
            )
        except LeaseLost:
            _own_lease(self.annotator, body["lease"], project=project)  # 404 if never theirs
            raise
        judgement = judged.recorded.judgement
        is_told = told_after(judgement, project=project) is not None
        answer = {
            "judgement": own_judgement(judgement, is_told=is_told),
            "next": leased(judged.held.current),
            "ahead": leased(judged.held.ahead),
        }
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[JudgementQuery], responses=JudgementSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """All judgements of the project; you may not judge what you have read of here."""
        project = self.project(Role.LEAD)
        wanted = self.filters
        judgements = Judgement.objects.filter(project=project).select_related(
            "ranking", "comparison__project", "annotator"
        )
        if "annotator" in wanted:
            judgements = judgements.filter(annotator__pseudonym=wanted["annotator"])
        if "comparison" in wanted:
            judgements = judgements.filter(comparison__public_id=wanted["comparison"])
        if "verdict" in wanted:
            judgements = judgements.filter(verdict=wanted["verdict"])
        if wanted["is_counted"] is not None:
            judgements = judgements.filter(is_counted=wanted["is_counted"])
        if "since" in wanted:
            judgements = judgements.filter(judged_at__gte=wanted["since"])
        return self.spoiling_page_of(judgements, JudgementSerializer)

    @extend_schema(responses={200: LeasedSerializer})
    def destroy(self, request: Request, public_id: str) -> Response:
        """Undo a judgement of your own: you hold its comparison again, sides unchanged."""
        judgement = (
            Judgement.objects.select_related("project")
            .filter(public_id=public_id, annotator=self.annotator)
            .first()
        )
        if judgement is None:
            raise Http404
        require_role(self.caller, judgement.project, Role.ANNOTATOR)
        lease = withdraw_judgement(annotator=self.annotator, judgement_id=judgement.public_id)
        return Response(leased(lease))


class HistoryViewSet(ApiViewSet):
    queries = {"list": HistoryQuery}

    @extend_schema(parameters=[HistoryQuery], responses=HistorySerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """Your own judgements in the project, as you saw them.

        Where the project tells what was expected of gold, you cannot take those back afterwards.
        """
        project = self.project(Role.ANNOTATOR)
        told = told_judgements(self.annotator, project)
        own = Judgement.objects.filter(
            project=project, annotator=self.annotator, withdrawn_at=None, lease__isnull=False
        ).select_related(
            *("lease__comparison__prompt", "ranking"),
            *("comparison__prompt", "comparison__first", "comparison__second"),
        )
        if self.filters["gold"]:
            _require_gold_shown(project)
            own = own.filter(pk__in=told.values("pk"))
        shown = self.paginate_queryset(own) or []
        told_of = set(told.filter(pk__in=[one.pk for one in shown]).values_list("pk", flat=True))
        rows = [
            own_judgement(judgement, is_told=judgement.pk in told_of)
            | {
                "comparison": (judgement.lease and blind_set(judgement.lease))
                or blind(judgement.comparison, first_is_left=bool(judgement.first_was_left))
            }
            for judgement in shown
        ]
        return self.get_paginated_response(rows)

    @extend_schema(responses=GoldShareSerializer)
    def gold(self, request: Request, slug: str) -> Response:
        """How often you said what was expected of gold, where the project tells it."""
        project = self.project(Role.ANNOTATOR)
        _require_gold_shown(project)
        return Response(asdict(share_as_expected(told_judgements(self.annotator, project))))


def _require_gold_shown(project: Project) -> None:
    if not project.shows_gold:
        raise GoldNotShown


class LeaseViewSet(ApiViewSet):
    @extend_schema(request=SkipBody, responses={204: None})
    def skip(self, request: Request, public_id: str) -> Response:
        """Pass a comparison by, with a reason; you are not shown it again."""
        body = self.body(SkipBody)
        lease = self._lease(public_id)
        skip_comparison(annotator=self.annotator, lease_id=lease.public_id, **body)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: LeasedSerializer})
    def take_back_skip(self, request: Request, public_id: str) -> Response:
        """Undo a skip: you hold its comparison again, sides unchanged."""
        lease = self._lease(public_id)
        skip = skip_of(lease)
        return Response(leased(take_back_skip(annotator=self.annotator, skip_id=skip.public_id)))

    @extend_schema(request=FlagBody, responses={204: None})
    def flag(self, request: Request, public_id: str) -> Response:
        """Report harm in a comparison that you hold; you may still judge it."""
        body = self.body(FlagBody)
        lease = self._lease(public_id)
        flag_comparison(annotator=self.annotator, lease_id=lease.public_id, **body)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: LeaseSerializer})
    def renew(self, request: Request, public_id: str) -> Response:
        """Hold what you hold in this project for longer."""
        held = self._lease(public_id)
        renew_leases(annotator=self.annotator, project=held.project)
        lease = Lease.objects.filter(pk=held.pk, state=LeaseState.LIVE).first()
        if lease is None:
            raise LeaseLost(field="lease", value=public_id)
        return Response({"id": lease.public_id, "expires_at": lease.expires_at})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        """Give a comparison back for somebody else."""
        lease = self._lease(public_id)
        release_lease(annotator=self.annotator, lease_id=lease.public_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _lease(self, public_id: str) -> Lease:
        lease = _own_lease(self.annotator, public_id)
        require_role(self.caller, lease.project, Role.ANNOTATOR)
        return lease


def _own_lease(annotator: Annotator, public_id: str, **conditions: Any) -> Lease:
    lease = (
        Lease.objects.select_related("project")
        .filter(public_id=public_id, annotator=annotator, **conditions)
        .first()
    )
    if lease is None:
        raise Http404
    return lease
