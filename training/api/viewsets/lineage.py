"""From the votes of a comparison to what learnt of them."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access.permissions import require_role
from annotate.api.views import ApiViewSet
from annotate.judging.exposures import record_exposure
from annotate.models import Comparison, ComparisonState, Role
from training.access.permissions import visible_snapshots
from training.api.serializers.lineage import VoteLineageSerializer
from training.lineage.graph import Graph
from training.lineage.used_votes import graph_onwards, snapshots_with, used_votes


class VoteLineageViewSet(ApiViewSet):
    @extend_schema(responses=VoteLineageSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """The snapshots, runs and checkpoints that its votes went into; it is spoilt for you."""
        comparison = (
            Comparison.objects.select_related("project")
            .exclude(state=ComparisonState.STAGED)
            .filter(public_id=public_id)
            .first()
        )
        if comparison is None:
            raise Http404
        require_role(self.caller, comparison.project, Role.LEAD)
        record_exposure(annotator=self.annotator, comparison=comparison)
        votes = used_votes(comparison)
        graph = graph_onwards(comparison, votes, self.caller)
        found = {
            "votes": votes,
            **{f"{kind}s": _ids_of(graph, kind) for kind in ("snapshot", "run", "checkpoint")},
            "n_hidden": graph.n_hidden,
        }
        used = [snapshot.pk for snapshot in snapshots_with(votes)]
        seen = visible_snapshots(self.caller).filter(pk__in=used).values_list("pk", flat=True)
        return Response(VoteLineageSerializer(found, context={"seen": set(seen)}).data)


def _ids_of(graph: Graph, kind: str) -> list[str]:
    nodes = [node for node in graph.nodes.values() if node.kind == kind]
    return [str(node.row.public_id) for node in nodes if node.row is not None]
