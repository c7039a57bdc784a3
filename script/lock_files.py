"""Pins for the ranges in pyproject.toml: what `script/lock` and `script/test` run.

uv resolves; this says what for, and checks the outcome without it. Pins are those of Linux and the
oldest Python served. What torch asks for besides on a GPU machine is left out: pip brings it there,
in the versions that torch itself pins, and a machine without a GPU is spared gigabytes.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11.9"  # early releases of 3.11 need async-timeout besides, which pip brings
GPU_PACKAGES = [
    "cuda-bindings", "cuda-pathfinder", "cuda-toolkit", "nvidia-cublas", "nvidia-cuda-cupti",
    "nvidia-cuda-nvrtc", "nvidia-cuda-runtime", "nvidia-cudnn-cu13", "nvidia-cufft",
    "nvidia-cufile", "nvidia-curand", "nvidia-cusolver", "nvidia-cusparse",
    "nvidia-cusparselt-cu13", "nvidia-nccl-cu13", "nvidia-nvjitlink", "nvidia-nvshmem-cu13",
    "nvidia-nvtx", "triton",
]  # fmt: skip
# Each file holds what the ones before it hold; the first line of each, and what it is made for.
LOCKS = {
    "requirements-web.txt": ("All that a server without training needs.", ["web"], []),
    "requirements.txt": (
        "Everything for one machine. On a machine without a GPU, an index of CPU builds saves "
        "gigabytes.",
        ["all"],
        [],
    ),
    "requirements-dev.txt": ("Everything, and what the tests and checks need.", ["all"], ["dev"]),
}
MARKERS = default_environment() | {
    "python_version": OLDEST_PYTHON.rpartition(".")[0],
    "python_full_version": OLDEST_PYTHON,
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
}

Pins = dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/lock", description="Pins for pyproject's ranges.")
    parser.add_argument("--check", action="store_true", help="change nothing, say what disagrees")
    parser.add_argument(
        "--upgrade", nargs="?", const="", metavar="PACKAGE", help="raise all pins, or one"
    )
    options = parser.parse_args()
    if not options.check:
        write_locks(upgrade=options.upgrade)
    complaints = list(disagreements(ROOT))
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
    return int(bool(complaints))


def write_locks(*, upgrade: str | None) -> None:
    """Resolve the largest file first; the smaller ones then repeat its pins."""
    with tempfile.TemporaryDirectory() as scratch:
        constraints: list[str] = []
        for name in reversed(LOCKS):
            draft = Path(scratch) / name
            if upgrade != "":
                draft.write_text((ROOT / name).read_text())  # uv keeps the pins that it finds
            raised = ["--upgrade-package", upgrade] if upgrade else []
            resolve(name, draft, [*constraints, *raised], Path(scratch))
            constraints = ["--constraint", str(draft)]
        for name, (heading, *_) in LOCKS.items():
            pins = (Path(scratch) / name).read_text()
            (ROOT / name).write_text(f"# {heading}\n# Written by script/lock.\n{pins}")


def resolve(name: str, draft: Path, options: list[str], scratch: Path) -> None:
    _, extras, groups = LOCKS[name]
    left_out = scratch / "left-out.txt"
    left_out.write_text("\n".join(GPU_PACKAGES))
    wanted = [f"--extra={extra}" for extra in extras] + [f"--group={group}" for group in groups]
    command = ["uv", "pip", "compile", "pyproject.toml", *wanted, *options, "--no-config"]
    command += ["--quiet", "--no-header", "--no-annotate", "--excludes", str(left_out)]
    command += ["--python-version", OLDEST_PYTHON, "--python-platform", "linux"]
    subprocess.run([*command, "--output-file", str(draft)], cwd=ROOT, check=True)


def disagreements(root: Path) -> Iterator[str]:
    """A sentence for each way in which the files of a checkout disagree."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    smaller: Pins = {}
    for name, (_, extras, groups) in LOCKS.items():
        pins = read_pins(root / name)
        for package in smaller:
            if pins.get(package) != smaller[package]:
                yield f"{name}: lacks {package}=={smaller[package]}, which a smaller file pins."
        wanted = list(direct(pyproject, extras=extras, groups=groups))
        reached: set[str] = set()
        for complaint in unmet(wanted, pins, reached):
            yield f"{name}: {complaint}"
        for package in sorted(pins.keys() - reached):
            yield f"{name}: nothing in pyproject.toml leads to {package}."
        smaller = pins


def read_pins(file: Path) -> Pins:
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    pins = (line.split("==") for line in lines if line)
    return {canonicalize_name(name.partition("[")[0]): version for name, version in pins}


def direct(
    pyproject: dict[str, Any], *, extras: Iterable[str], groups: Iterable[str]
) -> Iterator[Requirement]:
    """What the metadata asks for, with extras that consist of other extras taken apart."""
    project = pyproject["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    for group in groups:
        texts += pyproject["dependency-groups"][group]
    for requirement in map(Requirement, texts):
        if requirement.name == project["name"]:
            yield from direct(pyproject, extras=sorted(requirement.extras), groups=[])
        else:
            yield requirement


def unmet(wanted: list[Requirement], pins: Pins, reached: set[str]) -> Iterator[str]:
    """Walk from the direct dependencies to all that is needed, by what the installed ones say."""
    waiting = list(wanted)
    walked = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        visit = (name, frozenset(requirement.extras), str(requirement.specifier))
        if name in GPU_PACKAGES or visit in walked:
            continue
        walked.add(visit)
        reached.add(name)
        if name not in pins:
            yield f"{requirement} is not pinned."
        elif not requirement.specifier.contains(pins[name], prereleases=True):
            yield f"{name}=={pins[name]} is not in the range {requirement.specifier}."
        else:
            try:
                waiting += needs(requirement)
            except metadata.PackageNotFoundError:
                yield f"{name} is not installed, so what it needs is unknown."


def needs(requirement: Requirement) -> Iterator[Requirement]:
    for text in metadata.requires(requirement.name) or []:
        needed = Requirement(text)
        for extra in requirement.extras or {""}:
            if needed.marker is None or needed.marker.evaluate({**MARKERS, "extra": extra}):
                yield needed
                break


if __name__ == "__main__":
    sys.exit(main())
