"""Imports obey the arrows: config → annotate, training → alignment_core."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
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
    "alignment_core.models.adapter_files",
    "alignment_core.advice",
    "alignment_core.agreement",
    "alignment_core.configs",
    "alignment_core.data.records",
    "alignment_core.reporting",
]
LIGHT_MAY_IMPORT = {"alignment_core", "numpy", "scipy", *sys.stdlib_module_names}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported_by(file: Path) -> set[str]:
    """The dotted names of all that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(), filename=str(file))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def top_level(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_no_module_imports_against_the_arrows(room):
    offences = {
        str(file.relative_to(ROOT)): sorted(top_level(imported_by(file)) & FORBIDDEN[room])
        for file in modules(room)
        if top_level(imported_by(file)) & FORBIDDEN[room]
    }
    assert modules(room)
    assert not offences


@pytest.mark.parametrize("room", ["annotate", "training", "config"])
def test_django_code_uses_only_the_light_part_of_the_library(room):
    offences = {
        f"{file.relative_to(ROOT)} imports {module}": heavy_imports(module)
        for file in modules(room)
        for module in library_modules(imported_by(file))
        if heavy_imports(module)
    }
    assert not offences


@pytest.mark.parametrize("light", LIGHT)
def test_a_light_module_imports_only_numpy_and_scipy(light):
    assert library_modules({light})
    assert heavy_imports(light) == set()


def library_modules(names: set[str]) -> set[str]:
    """The modules of the library among dotted names that may end in a class or function."""
    return {name for name in names if name.startswith("alignment_core") and source_of(name)}


def source_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file
    return None


@cache
def heavy_imports(module: str) -> set[str]:
    """What a module of the library loads besides numpy and scipy, itself or through others."""
    heavy, seen, waiting = set(), set(), {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        file = source_of(name)
        assert file is not None, name
        imported = imported_by(file)
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
