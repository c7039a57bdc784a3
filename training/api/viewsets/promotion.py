"""What projects use, how that changes, and who decided."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import projects_led_by, require_site_admin
from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Role
from training.access.permissions import visible_checkpoints, visible_proposals
from training.api.serializers.promotion import (
    AcceptBody,
    AliasBody,
    AliasQuery,
    AliasSerializer,
    BackBody,
    GateBody,
    GateSerializer,
    ProposalBody,
    ProposalQuery,
    ProposalSerializer,
    RejectBody,
)
from training.models import Alias, Proposal
from training.promotion.aliases import roll_back, set_alias
from training.promotion.gates import gate_of, set_gate
from training.promotion.proposals import accept, propose, refreshed, reject
from training.promotion.told_judges import told_judges


class AliasViewSet(ApiViewSet):
    queries = {"list": AliasQuery}

    @extend_schema(parameters=[AliasQuery], responses=AliasSerializer(many=True))
    def list(self, request: Request, slug: str) -> Response:
        """The history of the project's names: the newest line of a name is what it means."""
        lines = self._visible()
        for name in ("name", "role"):
            if name in self.filters:
                lines = lines.filter(**{name: self.filters[name].lower()})
        if self.filters["is_current"] is not None:
            current = Alias.objects.current().values("pk")
            is_wanted = self.filters["is_current"]
            lines = lines.filter(pk__in=current) if is_wanted else lines.exclude(pk__in=current)
        return self.page_of(lines, AliasSerializer)

    @extend_schema(request=AliasBody, responses={201: AliasSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Give a free name to a checkpoint, or take it back with null; never the champion's."""
        project = self.project(Role.LEAD)
        require_site_admin(self.caller)
        body = self.body(AliasBody)
        named = body.pop("checkpoint")
        checkpoint = None
        if named is not None:
            checkpoint = visible_checkpoints(self.caller).filter(public_id=named).first()
            if checkpoint is None:
                raise InvalidInput(field="checkpoint", value=str(named))
        line = set_alias(project=project, checkpoint=checkpoint, user=self.caller, **body)
        return Response(AliasSerializer(line).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=BackBody, responses={201: AliasSerializer})
    def restore(self, request: Request, slug: str, public_id: str) -> Response:
        """Go back: the name means again what it meant in this line."""
        to = self._visible().filter(public_id=public_id).first()
        if to is None:
            raise Http404
        line = roll_back(to=to, user=self.caller, **self.body(BackBody))
        return Response(AliasSerializer(line).data, status=status.HTTP_201_CREATED)

    def _visible(self) -> QuerySet[Alias]:
        seen = visible_checkpoints(self.caller).values("pk")
        lines = Alias.objects.filter(project=self.project(Role.LEAD))
        lines = lines.filter(checkpoint__in=seen) | lines.filter(checkpoint=None)
        return lines.select_related("project", "checkpoint", "proposal", "restores", "set_by")


class GateViewSet(ApiViewSet):
    @extend_schema(responses=GateSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """What has to be shown before the project's champion changes."""
        return Response(GateSerializer(gate_of(self.project(Role.LEAD))).data)

    @extend_schema(request=GateBody, responses=GateSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change some of it; proposals that wait are judged by it as well."""
        project = self.project(Role.LEAD)
        require_site_admin(self.caller)
        values = self.body(GateBody, partial=True)
        gate = set_gate(project=project, values=values, user=self.caller)
        return Response(GateSerializer(gate).data)


class ProposalViewSet(ApiViewSet):
    queries = {"list": ProposalQuery}

    @extend_schema(parameters=[ProposalQuery], responses=ProposalSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The proposals that you may read, each with the evidence that was last looked at."""
        proposals = self._visible()
        if "project" in self.filters:
            proposals = proposals.filter(project__slug=self.filters["project"])
        if "state" in self.filters:
            proposals = proposals.filter(state=self.filters["state"])
        rows = told_judges(self.paginate_queryset(proposals) or [], self.caller)
        return self.get_paginated_response(ProposalSerializer(rows, many=True).data)

    @extend_schema(request=ProposalBody, responses={201: ProposalSerializer})
    def create(self, request: Request) -> Response:
        """Propose a checkpoint as a project's champion; asked again, the one that waits."""
        require_site_admin(self.caller)
        body = self.body(ProposalBody)
        project = projects_led_by(self.caller).filter(slug=body["project"]).first()
        if project is None:
            raise InvalidInput(field="project", value=body["project"])
        seen = visible_checkpoints(self.caller)
        checkpoint = seen.filter(public_id=body["checkpoint"]).first()
        if checkpoint is None:
            raise InvalidInput(field="checkpoint", value=str(body["checkpoint"]))
        made = propose(project=project, checkpoint=checkpoint, user=self.caller)
        return self._answer(made, status.HTTP_201_CREATED)

    @extend_schema(responses=ProposalSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One proposal; while it is open, with the evidence as it stands now."""
        refreshed(self._proposal(public_id))
        return self._answer(self._proposal(public_id))

    @extend_schema(request=AcceptBody, responses=ProposalSerializer)
    def accept(self, request: Request, public_id: str) -> Response:
        """Say yes to the evidence that you saw; with enough who do, the champion changes."""
        found = self._proposal(public_id)
        body = self.body(AcceptBody)
        return self._answer(accept(proposal_id=found.public_id, user=self.caller, **body))

    @extend_schema(request=RejectBody, responses=ProposalSerializer)
    def reject(self, request: Request, public_id: str) -> Response:
        """Say no, and why."""
        found = self._proposal(public_id)
        body = self.body(RejectBody)
        return self._answer(reject(proposal_id=found.public_id, user=self.caller, **body))

    def _visible(self) -> QuerySet[Proposal]:
        found = visible_proposals(self.caller).select_related(
            "project", "checkpoint", "rival", "round"
        )
        return found.prefetch_related("decisions__user")

    def _proposal(self, public_id: str) -> Proposal:
        found = self._visible().filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def _answer(self, proposal: Proposal, code: int = status.HTTP_200_OK) -> Response:
        (found,) = told_judges([self._visible().get(pk=proposal.pk)], self.caller)
        return Response(ProposalSerializer(found).data, status=code)
