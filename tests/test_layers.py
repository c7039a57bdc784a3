"""Imports obey the arrows: between packages, between rooms, and never in a circle."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from script.rooms import (
    PACKAGES,
    ROOT,
    circles_of,
    dotted,
    file_graph,
    imported_names,
    known_module,
    names_imported_in,
    room_graph,
    room_of,
    within,
)
from tests.room_table import ROOMS, SHARED_NAMES

HEAVY = {"torch", "transformers", "safetensors", "trl", "peft", "accelerate", "datasets"}
DJANGO = {"django", "rest_framework", "celery", "kombu", "drf_spectacular"}
# What each room may not import, even inside a function.
FORBIDDEN = {
    "annotate": {"training", "config", *HEAVY},
    "training": {"config", *HEAVY},
    "config": HEAVY,
    "alignment_core": {"annotate", "training", "config", *DJANGO},
}
# The light part of the library, which Django processes may load.
LIGHT = [
    "alignment_core",
    "alignment_core.advice",
    "alignment_core.agreement",
    "alignment_core.configs",
    "alignment_core.data",
    "alignment_core.data.given_file",
    "alignment_core.data.records",
    "alignment_core.formats",
    "alignment_core.models",
    "alignment_core.models.adapter_files",
    "alignment_core.reporting",
]
# Rooms whose modules Django and Celery look for by name, or that are named after what they show.
DOOR_NAMES = ("admin", "api", "apps", "demo", "forms", "management", "tasks", "templatetags")
DOORS = {
    f"{package}.{room}"
    for package in ("annotate", "training")
    for room in (*DOOR_NAMES, "urls", "views")
}
LIGHT_MAY_IMPORT = {"alignment_core", "numpy", "scipy", *sys.stdlib_module_names}


@cache
def files() -> dict[str, set[str]]:
    return file_graph(ROOT)


def table() -> dict[str, set[str]]:
    """Room by room, with its package before it, what it may import."""
    return {
        f"{package}.{room}": {
            name if "." in name else f"{package}.{name}" for name in allowed.split()
        }
        for package, rooms in ROOMS.items()
        for room, allowed in rooms.items()
    }


def test_a_room_imports_only_what_the_table_lets_it():
    allowed = table()
    offences = [
        f"{name} may not import {target}: {room_of(name)} → {room_of(target)} is not in the table"
        for name, targets in sorted(files().items())
        for target in sorted(targets)
        if "." in name
        and "." in target
        and room_of(target) not in {room_of(name), *allowed.get(room_of(name), set())}
    ]
    assert not offences, "\n".join(offences)


def test_the_table_names_every_room_and_no_arrow_that_is_gone():
    drawn = {room: targets for room, targets in room_graph(files()).items() if "." in room}
    assert sorted(drawn) == sorted(table())
    gone = {
        room: sorted(allowed - drawn[room])
        for room, allowed in table().items()
        if allowed - drawn[room]
    }
    assert not gone


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_runs_in_a_circle(package):
    inside = within(files(), package)
    assert inside
    assert list(circles_of(inside)) == []
    assert list(circles_of(within(room_graph(files()), package))) == []


def test_the_table_itself_runs_in_no_circle():
    assert list(circles_of(table())) == []


def test_a_circle_is_found():
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set(), "e": {"a"}}
    assert list(circles_of(graph)) == [{"a", "b", "c"}]


def test_modules_share_a_name_only_where_it_means_the_same():
    places: dict[str, set[str]] = {}
    for name in files():
        if "." in name and room_of(name) not in DOORS:
            places.setdefault(name.rpartition(".")[2], set()).add(name)
    shared = {leaf: names for leaf, names in places.items() if len(names) > 1}
    assert shared == {leaf: set(names) for leaf, names in SHARED_NAMES.items()}


def source_of(module: str) -> Path:
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def top_level(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_no_module_imports_against_the_arrows(room):
    offences = {
        str(file.relative_to(ROOT)): sorted(top_level(imported_names(file)) & FORBIDDEN[room])
        for file in modules(room)
        if top_level(imported_names(file)) & FORBIDDEN[room]
    }
    assert modules(room)
    assert not offences


@pytest.mark.parametrize("room", ["annotate", "training", "config"])
def test_django_code_uses_only_the_light_part_of_the_library(room):
    offences = {
        f"{file.relative_to(ROOT)} imports {module}": heavy_imports(module)
        for file in modules(room)
        for module in library_modules(imported_names(file))
        if heavy_imports(module)
    }
    assert not offences


@pytest.mark.parametrize("light", LIGHT)
def test_a_light_module_imports_only_numpy_and_scipy(light):
    assert library_modules({light})
    assert heavy_imports(light) == set()


def test_a_name_offered_lazily_counts_as_what_it_loads():
    assert library_modules({"alignment_core.train"}) == {"alignment_core.calls"}
    assert library_modules({"alignment_core.records"}) == {"alignment_core.data.records"}
    (module,) = library_modules({"alignment_core.models.load_policy"})
    assert "torch" in heavy_imports(module)


def library_modules(names: set[str]) -> set[str]:
    """The modules of the library behind dotted names that may end in a class or function.

    A name that a light package offers lazily stands for the module that it comes from.
    """
    names = {offered_lazily().get(name, name) for name in names}
    found = {known_module(name, files()) for name in names if name.startswith("alignment_core")}
    return {name for name in found if name is not None}


def is_for_type_checkers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


@cache
def offered_lazily() -> dict[str, str]:
    """Names under which packages of the library offer what they do not load, with their homes."""
    return {
        f"{dotted(path.relative_to(ROOT))}.{home.rpartition('.')[2]}": home
        for path in (ROOT / "alignment_core").rglob("__init__.py")
        for block in ast.parse(path.read_text(encoding="utf-8")).body
        if is_for_type_checkers(block)
        for home in names_imported_in(block)
    }


def names_loaded_by(module: str) -> set[str]:
    """What a module imports when it runs, inside functions too; not for type checkers alone."""
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not is_for_type_checkers(node)]
    return names_imported_in(tree)


@cache
def heavy_imports(module: str) -> set[str]:
    """What a module of the library loads besides numpy and scipy, itself or through others."""
    heavy, seen, waiting = set(), set(), {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        imported = names_loaded_by(name)
        heavy |= top_level(imported) - LIGHT_MAY_IMPORT
        waiting |= library_modules(imported) - seen
    return heavy


@pytest.mark.parametrize(
    "code",
    [
        "import " + ", ".join(LIGHT),
        "import django; django.setup(); import config.urls, config.wsgi, config.scheduler",
        # All that a worker loads: every task, and what the tasks import in their bodies.
        "import django; django.setup(); import pkgutil, importlib, annotate, training\n"
        "for app in (annotate, training):\n"
        "    for module in pkgutil.walk_packages(app.__path__, app.__name__ + '.'):\n"
        "        importlib.import_module(module.name)",
    ],
    ids=["light modules", "web", "every module of the apps"],
)
def test_no_django_process_ever_loads_torch(code, tmp_path):
    check = f"{code}\nimport sys; sys.exit(', '.join({HEAVY!r} & set(sys.modules)) or 0)"
    finished = subprocess.run(
        [sys.executable, "-c", check],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "ACCORD_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
