"""What came from what: snapshots, runs and checkpoints as nodes, each drawn once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate.access.permissions import projects_led_by
from annotate.models import User
from training.access.permissions import visible_checkpoints, visible_runs, visible_snapshots
from training.lineage.family import Family
from training.models import Alias, Checkpoint, Run, RunKind, Snapshot

MOST_NODES = 80  # of which a picture can still be read
MAKING = (RunKind.TRAIN, RunKind.MERGE)
HEAVY = ("log", "preflight", "plan", "summary", "settings", "live_samples")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One box. `kind` is vote, snapshot, run, checkpoint or name; `row` is what it links to."""

    key: str
    kind: str
    kind_word: str | Promise
    label: str
    detail: str = ""
    row: Snapshot | Run | Checkpoint | Alias | None = None
    is_asked_for: bool = False


@dataclass(kw_only=True)
class Graph:
    """Nodes by their keys, and which come from which; `n_hidden` were left out of it."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[tuple[str, str]] = field(default_factory=set)
    n_hidden: int = 0

    def add(self, node: Node, *, after: Iterable[str] = ()) -> bool:
        """Whether there is room for it, or it is there already."""
        if node.key not in self.nodes and self.is_full:
            self.n_hidden += 1
            return False
        self.nodes.setdefault(node.key, node)
        for before in after:
            self.link(before, node.key)
        return True

    def link(self, before: str, key: str) -> None:
        """That one comes from the other, where both are there."""
        if before in self.nodes and key in self.nodes:
            self.edges.add((before, key))

    @property
    def is_full(self) -> bool:
        return len(self.nodes) >= MOST_NODES

    def before(self, key: str) -> list[Node]:
        return [self.nodes[one] for one, other in sorted(self.edges) if other == key]


def graph_of_checkpoint(checkpoint: Checkpoint, user: User) -> Graph:
    """All that it came from, back to the votes, and all that came from it."""
    graph = Graph()
    graph.add(checkpoint_node(checkpoint, is_asked_for=True))
    _add_ancestors(graph, checkpoint)
    _add_descendants(graph, {checkpoint.pk}, user)
    return graph


def graph_of_snapshot(snapshot: Snapshot, user: User) -> Graph:
    """The votes in it, and all that was trained on it."""
    graph = Graph()
    _add_snapshot(graph, snapshot, is_asked_for=True)
    _add_runs_on(graph, [snapshot], user)
    return graph


def graph_of_vote(node: Node, snapshots: Iterable[Snapshot], user: User) -> Graph:
    """From votes, already in words, to the snapshots that hold them and all that learnt of those.

    Args: snapshots: every one, also those that the user may not see, which are only counted.
    """
    graph = Graph()
    graph.add(node)
    every = list(snapshots)
    seen = set(
        visible_snapshots(user)
        .filter(pk__in=[snapshot.pk for snapshot in every])
        .values_list("pk", flat=True)
    )
    shown = [snapshot for snapshot in every if snapshot.pk in seen]
    graph.n_hidden += len(every) - len(shown)
    for snapshot in shown:
        graph.add(snapshot_node(snapshot), after=[node.key])
    _add_runs_on(graph, shown, user)
    return graph


def snapshot_node(snapshot: Snapshot, *, is_asked_for: bool = False) -> Node:
    n = snapshot.n_pairs
    return Node(
        key=f"snapshot {snapshot.pk}",
        kind="snapshot",
        kind_word=_("snapshot"),
        label=str(snapshot),
        detail=ngettext("%(n)d pair", "%(n)d pairs", n) % {"n": n},
        row=snapshot,
        is_asked_for=is_asked_for,
    )


def run_node(run: Run) -> Node:
    return Node(
        key=f"run {run.pk}",
        kind="run",
        kind_word=_("run"),
        label=str(run),
        detail=run.get_method_display() if run.method else run.get_kind_display(),
        row=run,
    )


def checkpoint_node(checkpoint: Checkpoint, *, is_asked_for: bool = False) -> Node:
    return Node(
        key=f"checkpoint {checkpoint.pk}",
        kind="checkpoint",
        kind_word=_("checkpoint"),
        label=str(checkpoint),
        detail=checkpoint.get_kind_display(),
        row=checkpoint,
        is_asked_for=is_asked_for,
    )


def _add_snapshot(graph: Graph, snapshot: Snapshot, *, is_asked_for: bool = False) -> None:
    n = snapshot.n_judgements
    votes = Node(
        key=f"votes {snapshot.pk}",
        kind="vote",
        kind_word=_("votes"),
        label=ngettext("%(n)d vote", "%(n)d votes", n) % {"n": n},
        detail=", ".join(sorted(project.name for project in snapshot.projects.all())),
    )
    graph.add(votes)
    graph.add(snapshot_node(snapshot, is_asked_for=is_asked_for), after=[votes.key])


def _add_ancestors(graph: Graph, checkpoint: Checkpoint) -> None:
    """The nearest first. Who may see a checkpoint may see all that it came from."""
    family = Family.of_all(checkpoint.pk)
    behind = family.behind([checkpoint.pk])
    near = Checkpoint.objects.filter(pk__in=behind[:MOST_NODES]).select_related("run__snapshot")
    rows = near.defer("manifest").prefetch_related("run__snapshot__projects").in_bulk()
    for number, pk in enumerate(behind):
        if graph.is_full:
            far = (f"checkpoint {one}" for one in behind[number:])
            graph.n_hidden += sum(key not in graph.nodes for key in far)
            break
        key, run = f"checkpoint {pk}", rows[pk].run
        if run is not None:
            graph.add(run_node(run))
            graph.link(f"run {run.pk}", key)
            key = f"run {run.pk}"
            if run.snapshot is not None:
                _add_snapshot(graph, run.snapshot)
                graph.link(f"snapshot {run.snapshot_id}", key)
        for parent in family.parents[pk]:
            if parent in rows:
                graph.add(checkpoint_node(rows[parent]))
                graph.link(f"checkpoint {parent}", key)


def _add_runs_on(graph: Graph, snapshots: list[Snapshot], user: User) -> None:
    runs = Run.objects.filter(kind=RunKind.TRAIN, snapshot__in=snapshots)
    made = _add_runs(graph, runs.values_list("pk", flat=True), visible_runs(user))
    _add_descendants(graph, made, user)


def _add_descendants(graph: Graph, checkpoints: set[int], user: User) -> None:
    """Generation by generation: what was trained from them, rewarded by them, or lies over them."""
    met: set[int] = set()
    seen = visible_runs(user)
    while new := checkpoints - met:
        met |= new
        runs = Run.objects.filter(
            Q(base__in=new) | Q(reward_models__in=new), kind__in=MAKING
        ).values_list("pk", flat=True)
        checkpoints = _add_runs(graph, runs.distinct(), seen) | _add_adapters(graph, new)
    _add_names(graph, met, user)


def _add_runs(graph: Graph, ids: Iterable[int], seen: QuerySet[Run]) -> set[int]:
    """Those of the runs that are seen, with what they made; the keys of that."""
    wanted = set(ids)
    runs = seen.filter(pk__in=wanted).defer(*HEAVY)
    made_by_it = Prefetch("checkpoints", Checkpoint.objects.filter(is_final=True).defer("manifest"))
    fetched = runs.prefetch_related("reward_models", made_by_it).order_by("pk")
    shown = list(fetched[:MOST_NODES])
    graph.n_hidden += len(wanted) - len(shown)
    made: set[int] = set()
    for run in shown:
        parents = [f"checkpoint {one.pk}" for one in run.reward_models.all()]
        parents += [f"checkpoint {run.base_id}", f"snapshot {run.snapshot_id}"]
        if not graph.add(run_node(run), after=parents):
            continue
        for checkpoint in run.checkpoints.all():
            graph.add(checkpoint_node(checkpoint), after=[f"run {run.pk}"])
            made.add(checkpoint.pk)
    return made


def _add_adapters(graph: Graph, beneath: set[int]) -> set[int]:
    """What lies over these; every lead sees what was brought along."""
    adapters = Checkpoint.objects.filter(lies_over__in=beneath).defer("manifest").order_by("pk")
    return {
        adapter.pk
        for adapter in adapters
        if graph.add(checkpoint_node(adapter), after=[f"checkpoint {adapter.lies_over_id}"])
    }


def _add_names(graph: Graph, checkpoints: set[int], user: User) -> None:
    """What they are called now in projects that the user leads: a base may serve others, too."""
    seen = visible_checkpoints(user).filter(pk__in=checkpoints).values("pk")
    led = projects_led_by(user).values("pk")
    names = Alias.objects.current().filter(checkpoint__in=seen, project__in=led)
    for alias in names.select_related("project").order_by("pk"):
        node = Node(
            key=f"name {alias.pk}",
            kind="name",
            kind_word=_("name"),
            label=alias.name,
            detail=alias.project.name,
            row=alias,
        )
        graph.add(node, after=[f"checkpoint {alias.checkpoint_id}"])
