"""A graph as places on a sheet: a column for each step from the votes, a row for each of a column.

Numbers are text: a locale would group their digits.
"""

from dataclasses import dataclass

from django.urls import reverse

from alignment_core.reporting.drawing import shortened
from training.lineage.graph import Graph, Node
from training.models import Alias, Checkpoint, Run, Snapshot

BOX_WIDTH, BOX_HEIGHT = 168, 48
COLUMN, ROW = 216, 66
MARGIN = 8
LABEL_LETTERS, DETAIL_LETTERS = 21, 25


@dataclass(frozen=True, kw_only=True)
class Box:
    node: Node
    x: str
    y: str
    text_x: str
    label_y: str
    detail_y: str
    label: str
    detail: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table behind the picture."""

    node: Node
    url: str
    comes_from: list[Node]


@dataclass(frozen=True, kw_only=True)
class Picture:
    width: str
    height: str
    box_width: str
    box_height: str
    boxes: list[Box]
    arrows: list[str]  # each the path of a line
    rows: list[Row]
    n_hidden: int


def drawn(graph: Graph) -> Picture:
    """Boxes from left to right, each to the right of all that it comes from."""
    columns = _columns(graph)
    places = {
        key: (MARGIN + COLUMN * place, MARGIN + ROW * number)
        for place, keys in enumerate(columns)
        for number, key in enumerate(keys)
    }
    in_order = [graph.nodes[key] for keys in columns for key in keys]
    urls = {node.key: _url_of(node) for node in in_order}
    return Picture(
        width=str(2 * MARGIN + COLUMN * (len(columns) - 1) + BOX_WIDTH),
        height=str(2 * MARGIN + ROW * (max(map(len, columns), default=1) - 1) + BOX_HEIGHT),
        box_width=str(BOX_WIDTH),
        box_height=str(BOX_HEIGHT),
        boxes=[_box(node, *places[node.key], url=urls[node.key]) for node in in_order],
        arrows=[_arrow(places[one], places[other]) for one, other in sorted(graph.edges)],
        rows=[
            Row(node=node, url=urls[node.key], comes_from=graph.before(node.key))
            for node in in_order
        ],
        n_hidden=graph.n_hidden,
    )


def _columns(graph: Graph) -> list[list[str]]:
    """Keys by the longest way from a node that comes from nothing, close to what they come from."""
    before: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for one, other in sorted(graph.edges):
        before[other].append(one)
    depth: dict[str, int] = {}

    def depth_of(key: str) -> int:
        if key not in depth:
            depth[key] = 1 + max((depth_of(one) for one in before[key]), default=-1)
        return depth[key]

    columns: list[list[str]] = [[] for _column in range(1 + max(map(depth_of, before), default=-1))]
    for key in graph.nodes:
        columns[depth[key]].append(key)
    height: dict[str, float] = {}
    for keys in columns:
        keys.sort(key=lambda key: _mean([height[one] for one in before[key]]))
        height |= {key: float(number) for number, key in enumerate(keys)}
    return columns


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _box(node: Node, x: int, y: int, *, url: str) -> Box:
    return Box(
        node=node,
        x=str(x),
        y=str(y),
        text_x=str(x + 12),
        label_y=str(y + 21),
        detail_y=str(y + 38),
        label=shortened(node.label, LABEL_LETTERS),
        detail=shortened(node.detail, DETAIL_LETTERS),
        url=url,
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From the right side of one box to the left side of another, as a soft curve."""
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"


def _url_of(node: Node) -> str:
    row = node.row
    if isinstance(row, Alias):
        return reverse("training:in_use_of", args=[row.project.slug])
    names = {Snapshot: "training:snapshot", Run: "training:run", Checkpoint: "training:checkpoint"}
    return "" if row is None else reverse(names[type(row)], args=[row.public_id])
