"""`script/server` on machines that lack something: one clear sentence, and no start."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OLD = 'if [ "$1" = "--version" ]; then echo "Python 3.9.2"; else exit 1; fi'
WITHOUT_VENV = '[[ "$*" != *ensurepip* ]]'
BROKEN_INSTALL = """
case "$*" in
  *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  *"pip install"*) echo "No space left on device" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def clone(tmp_path):
    """The scripts in a directory of their own, and a PATH with next to nothing on it."""
    shutil.copytree(ROOT / "script", tmp_path / "script")
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "env", "cat", "mkdir", "cp"):
        (programs / name).symlink_to(shutil.which(name))
    return tmp_path


@pytest.mark.parametrize(
    ("python", "complaint"),
    [
        (None, "Accord needs Python 3.11 or newer, and no Python was found on this machine."),
        (OLD, "Accord needs Python 3.11 or newer; this machine has Python 3.9.2."),
        (WITHOUT_VENV, "Python's venv module is missing: install it "),
        (BROKEN_INSTALL, "The packages could not be installed; the reason stands above."),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(clone, python, complaint):
    if python is not None:
        (clone / "bin" / "python3").write_text(f"#!/usr/bin/env bash\n{python}\n")
        (clone / "bin" / "python3").chmod(0o755)
    finished = subprocess.run(
        [clone / "script" / "server"],
        env={"PATH": str(clone / "bin")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1
    assert complaint in finished.stderr.splitlines()[-1]
    assert not (clone / ".venv" / "installed-requirements").exists()


def test_a_benchmark_that_does_not_exist_gets_a_list_of_those_that_do():
    finished = subprocess.run(
        [ROOT / "script" / "bench", "nothing"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 2
    assert "Usage: script/bench NAME" in finished.stderr
