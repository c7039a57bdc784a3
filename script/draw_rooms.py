#!/usr/bin/env python3
"""Draws the floor plan of `rooms.py` as docs/images/rooms.svg, for the architecture page.

    python script/draw_rooms.py [--check]

Every room stands above all that it imports. A line is drawn only where no longer way says the same
already. `--check` draws nothing: exit code 1 says that the picture is older than the imports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from script.rooms import ROOT, file_graph, floors, room_graph, within

PICTURE = ROOT / "docs" / "images" / "rooms.svg"
PANELS = (("training", "annotate"), ("alignment_core",))
WIDTH, MARGIN, GAP = 1180, 24, 10
ROW, BOX, HEAD = 58, 26, 40
LETTER = 7.2  # width of a letter at the size used
STYLE = """
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
  .package { font-weight: 600; font-size: 15px; text-anchor: start }
  rect { fill: #f6f8fa; stroke: #8c959f }
  .panel { fill: none; stroke: #d0d7de }
  path { fill: none; stroke: #8c959f; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } rect { fill: #21262d; stroke: #6e7681 }
    .panel { stroke: #30363d } path { stroke: #6e7681 }
  }
"""

Place = tuple[float, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether it is up to date")
    options = parser.parse_args()
    drawn = picture(room_graph(file_graph(ROOT)))
    if options.check:
        return int(not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != drawn)
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


def picture(graph: Mapping[str, set[str]]) -> str:
    """The whole picture: the two apps side by side, the library that carries both below them."""
    parts: list[str] = []
    top = float(MARGIN)
    for packages in PANELS:
        width = (WIDTH - MARGIN * 2 - MARGIN * (len(packages) - 1)) / len(packages)
        tallest = 0.0
        for column, package in enumerate(packages):
            left = MARGIN + column * (width + MARGIN)
            drawn, height = panel(package, within(graph, package), left, top, width)
            parts += drawn
            tallest = max(tallest, height)
        top += tallest + MARGIN
    title = "Rooms of Accord: each stands above all that it imports"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:.0f}" role="img">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def panel(
    package: str, graph: Mapping[str, set[str]], left: float, top: float, width: float
) -> tuple[list[str], float]:
    """One package, highest floor first; returns its elements and its height."""
    rows = [row for floor in reversed(floors(graph)) for row in rows_of(floor, graph, width)]
    height = HEAD + len(rows) * ROW
    places: dict[str, Place] = {}
    for number, row in enumerate(rows):
        spare = width - sum(map(box_width, row))
        x, step = left, spare / (len(row) + 1)
        for room in row:
            places[room] = (x + step + box_width(room) / 2, top + HEAD + number * ROW)
            x += step + box_width(room)
    lines = [line(places[a], places[b]) for a in sorted(graph) for b in sorted(reduced(graph)[a])]
    boxes = [box(room, place) for room, place in places.items()]
    frame = (
        f'<rect class="panel" x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" rx="8"/>'
        f'<text class="package" x="{left + 14:.0f}" y="{top + 25:.0f}">{package}/</text>'
    )
    return [frame, *lines, *boxes], height


def rows_of(floor: set[str], graph: Mapping[str, set[str]], width: float) -> list[list[str]]:
    """A floor in as many rows as its boxes need; what imports most stands in the middle."""
    rows: list[list[str]] = [[]]
    for room in sorted(floor, key=lambda name: (-len(graph[name]), name)):
        if sum(map(box_width, rows[-1])) + box_width(room) + GAP * (len(rows[-1]) + 2) > width:
            rows.append([])
        row = rows[-1]
        row.insert(len(row) if len(row) % 2 else 0, room)
    return rows


def reduced(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no longer way implies."""
    return {
        room: {
            target
            for target in targets
            if not any(target in reach(graph, other) for other in targets - {target})
        }
        for room, targets in graph.items()
    }


def reach(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        room = waiting.pop()
        seen.add(room)
        waiting |= graph[room] - seen
    return seen


def box_width(room: str) -> float:
    return len(name_of(room)) * LETTER + 20


def name_of(room: str) -> str:
    return room.partition(".")[2]


def box(room: str, place: Place) -> str:
    x, y = place
    width = box_width(room)
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOX}" rx="5"/>'
        f'<text x="{x:.1f}" y="{y + 17.5:.1f}">{name_of(room)}</text>'
    )


def line(above: Place, below: Place) -> str:
    (x, y), (to_x, to_y) = (above[0], above[1] + BOX), below
    middle = (y + to_y) / 2
    bend = f"{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
    return f'<path d="M{x:.1f} {y:.1f}C{bend}"/>'


if __name__ == "__main__":
    sys.exit(main())
