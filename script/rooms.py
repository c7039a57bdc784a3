#!/usr/bin/env python3
"""The floor plan, from the imports: rooms, floors, arrows, and what runs back or in a circle.

    python script/rooms.py [PACKAGE …] [--files] [--arrows] [--root ANOTHER_CHECKOUT]

A room is a folder directly below a package, or a file there. An arrow goes from a room to one that
it imports, inside a function or for type checkers alone too. A room stands one floor above the
highest that it imports, so every arrow leads down, unless it is part of a circle. `--files` counts
between files instead of rooms, `--arrows` lists every arrow. Exit code 1: something runs in a
circle.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("alignment_core", "annotate", "training", "config")

Graph = dict[str, set[str]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(PACKAGES))
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    parser.add_argument("--files", action="store_true", help="arrows between files")
    parser.add_argument("--arrows", action="store_true", help="list every arrow")
    options = parser.parse_args()
    files = file_graph(options.root)
    n_circles = 0
    for package in options.packages or PACKAGES:
        inside = within(files if options.files else room_graph(files), package)
        circles = list(circles_of(inside))
        n_circles += len(circles)
        print(
            f"{package}: {len(inside)} {'files' if options.files else 'rooms'} "
            f"on {len(floors(inside))} floors, {sum(map(len, inside.values()))} arrows, "
            f"{n_back(inside)} of them back up, circles: {len(circles)}"
        )
        for circle in circles:
            print(f"  circle: {' · '.join(sorted(circle))}")
        if options.arrows:
            for floor, names in enumerate(floors(inside)):
                for name in sorted(names):
                    print(f"  {floor:2} {name} → {', '.join(sorted(inside[name])) or 'nothing'}")
    return int(n_circles > 0)


def file_graph(root: Path) -> Graph:
    """Which file imports which, by dotted names, over all packages; migrations are left out."""
    paths = {
        dotted(path.relative_to(root)): path
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
        if "migrations" not in path.parts
    }
    return {
        name: {found for one in imported_names(path) if (found := known_module(one, paths))}
        - {name}
        for name, path in paths.items()
    }


def room_graph(files: Mapping[str, set[str]]) -> Graph:
    """The same between rooms: folders directly below a package, and files there."""
    graph: Graph = {room_of(name): set() for name in files}
    for name, targets in files.items():
        graph[room_of(name)] |= {room_of(target) for target in targets} - {room_of(name)}
    return graph


def within(graph: Mapping[str, set[str]], package: str) -> Graph:
    """What lies inside one package; its own `__init__` is the sign on the door, no room."""
    inside = {name for name in graph if name.startswith(f"{package}.")}
    return {name: graph[name] & inside for name in inside}


def room_of(module: str) -> str:
    """`alignment_core.forward.packing` is in the room `alignment_core.forward`."""
    return ".".join(module.split(".")[:2])


def imported_names(path: Path) -> set[str]:
    """The dotted names of all that a file imports, wherever in the file."""
    return names_imported_in(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))


def names_imported_in(tree: ast.AST) -> set[str]:
    """The same in a part of a file."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def known_module(name: str, modules: Mapping[str, object]) -> str | None:
    """The module behind a dotted name that may end in a class or a function."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles_of(graph: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """Sets of places that can all be reached from each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(place: str) -> Iterator[set[str]]:
        index[place] = low[place] = len(index)
        stack.append(place)
        for target in sorted(graph[place]):
            if target not in index:
                yield from visit(target)
                low[place] = min(low[place], low[target])
            elif target in stack:
                low[place] = min(low[place], index[target])
        if low[place] == index[place]:
            circle = set(stack[stack.index(place) :])
            del stack[stack.index(place) :]
            if len(circle) > 1:
                yield circle

    for place in sorted(graph):
        if place not in index:
            yield from visit(place)


def floors(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Rooms by height: the ground floor imports nothing. A circle shares one floor."""
    height = heights(graph)
    levels: list[set[str]] = [set() for _ in range(max(height.values(), default=-1) + 1)]
    for name, floor in height.items():
        levels[floor].add(name)
    return levels


def heights(graph: Mapping[str, set[str]]) -> dict[str, int]:
    stands_for = {name: name for name in graph}
    for circle in circles_of(graph):
        stands_for |= dict.fromkeys(circle, min(circle))
    merged: Graph = {name: set() for name in stands_for.values()}
    for name, targets in graph.items():
        here = stands_for[name]
        merged[here] |= {stands_for[target] for target in targets} - {here}
    height: dict[str, int] = {}
    for name in TopologicalSorter(merged).static_order():
        height[name] = 1 + max((height[target] for target in merged[name]), default=-1)
    return {name: height[here] for name, here in stands_for.items()}


def n_back(graph: Mapping[str, set[str]]) -> int:
    """Arrows that do not lead down: those inside circles."""
    height = heights(graph)
    return sum(
        height[target] >= height[name] for name, targets in graph.items() for target in targets
    )


if __name__ == "__main__":
    sys.exit(main())
