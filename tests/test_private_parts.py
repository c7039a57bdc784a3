"""Private parts of others are known by name, and speak up when they change.

Whoever moves a pin and meets a failure here reads what changed at the place named, and then adds
the version to the table in `private_parts`.
"""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.private_parts import PRIVATE_PARTS, PrivatePart

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("alignment_core", "annotate", "training", "config", "script")
# They begin with an underscore only to stay clear of the names of fields; they are documented.
DOCUMENTED = {"_meta", "_default_manager", "_asdict", "_fields", "_replace", "_exit"}
# Without an underscore, yet promised by nobody. Found wherever they stand in the code.
UNPROMISED = (
    "django.db.models.sql",
    "get_related_populators",
    "sqlite_sequence",
    "TRANSPORT_ALIASES",
    "exchange_queue_t",
    "transformers.integrations",
    "transformers.masking_utils",
    "transformers.modeling_layers",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY",
    "LRU_CACHE_CAPACITY",
    "mallopt",
)


@pytest.mark.django_db
@pytest.mark.parametrize("part", PRIVATE_PARTS, ids=lambda part: f"{part.file} {part.things[0]}")
def test_a_private_part_does_what_is_relied_on(part: PrivatePart) -> None:
    try:
        part.check()
    except Exception as error:
        pytest.fail(
            f"{part.file} leans on {', '.join(part.things)} of {named(part)}, which no longer do "
            f"what they did in {', '.join(part.tried_with)}: {error!r}"
        )


@pytest.mark.parametrize("part", PRIVATE_PARTS, ids=lambda part: f"{part.file} {part.things[0]}")
def test_a_private_part_was_tried_with_the_version_installed(part: PrivatePart) -> None:
    assert part.tried_with
    if part.library is not None:
        assert installed(part.library) in part.tried_with, (
            f"{part.file} leans on {', '.join(part.things)}, tried with {part.library} "
            f"{', '.join(part.tried_with)} alone, but {named(part)} is installed. See whether they "
            f"are still what they were, then name this version in tests/private_parts/."
        )


def test_every_private_part_in_the_code_is_in_the_table_and_the_other_way_round() -> None:
    listed = {(part.file, thing) for part in PRIVATE_PARTS for thing in part.things}
    found = {
        (str(file.relative_to(ROOT)), thing)
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for thing in private_things(file)
    }
    assert found - listed == set(), "give each a check in tests/private_parts/"
    assert listed - found == set(), "nothing leans on these any more"


@pytest.mark.parametrize(
    ("code", "thing"),
    [
        ("import torch\ntorch._dynamo.reset()", "_dynamo"),
        ("from torch._inductor import config", "_inductor"),
        ("import torch._inductor", "_inductor"),
        ("def f(x):\n    return x._hidden", "_hidden"),
        ('getattr(x, "_hidden")', "_hidden"),
        ('setattr(x, "_hidden", 1)', "_hidden"),
        ("from django.db.models.sql import Query", "django.db.models.sql"),
    ],
)
def test_new_use_of_a_private_part_is_noticed(code: str, thing: str, tmp_path: Path) -> None:
    file = tmp_path / "new.py"
    file.write_text(code)
    assert private_things(file) == {thing}


def test_a_class_may_use_its_own_private_parts(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("class A:\n    def __init__(self, o):\n        self._sum = o._sum\n")
    assert private_things(file) == set()


def private_things(file: Path) -> set[str]:
    text = file.read_text()
    tree = ast.parse(text)
    own = {name for node in ast.walk(tree) for name in _defined(node)}
    used = {name for node in ast.walk(tree) for name in _used(node)} - own
    return {
        *(name for name in used if _is_private(name) and name not in DOCUMENTED),
        *(thing for thing in UNPROMISED if thing in text),
        *(_taken_from_foreign_classes(file, tree) if file.is_relative_to(ROOT) else ()),
    }


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _defined(node: ast.AST) -> Iterator[str]:
    """Names that a file gives to its own functions, classes, fields and attributes of `self`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Attribute) and _is_self(node.value):
        yield node.attr
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _used(node: ast.AST) -> Iterator[str]:
    """Names that a file reaches for on other objects, or imports from packages of others."""
    if isinstance(node, ast.Attribute) and not _is_self(node.value):
        yield node.attr
    elif isinstance(node, ast.ImportFrom) and _is_foreign(node.module or "", level=node.level):
        yield from (node.module or "").split(".")
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield from alias.name.split(".") if _is_foreign(alias.name) else ()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        is_by_name = node.func.id in ("getattr", "setattr", "hasattr", "delattr")
        if is_by_name and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            yield str(node.args[1].value)


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _is_foreign(module: str, *, level: int = 0) -> bool:
    return level == 0 and module.partition(".")[0] not in {*ROOMS, *beside_the_benchmarks()}


@cache
def beside_the_benchmarks() -> set[str]:
    """What a benchmark, run as a file, finds in its own folder by its bare name."""
    return {file.stem for file in (ROOT / "script" / "benchmarks").glob("_*.py")}


def _taken_from_foreign_classes(file: Path, tree: ast.Module) -> set[str]:
    """Private names of a parent class of others that a class overrides, or calls on itself."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.bases:
            names = {name for part in ast.walk(node) for name in _defined(part)}
            cls = getattr(_module(file), node.name)
            for parent in cls.__mro__:
                if _is_foreign(parent.__module__) and parent is not object:
                    found |= {name for name in names & vars(parent).keys() if _is_private(name)}
    return found


@cache
def _module(file: Path) -> object:
    return importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def installed(library: str) -> str:
    return version(library).partition("+")[0]  # torch adds the kind of its build


def named(part: PrivatePart) -> str:
    return "the system" if part.library is None else f"{part.library} {installed(part.library)}"
