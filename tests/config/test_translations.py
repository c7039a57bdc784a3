"""简体中文 is complete, and what is shipped is what was translated."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SPEAKING = ["annotate", "training", "config", "templates", "locale"]
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")

pytestmark = pytest.mark.skipif(
    shutil.which("msgfmt") is None, reason="TRANSLATION TESTS SKIPPED: gettext is not installed"
)


def run(*command, cwd=ROOT):
    environ = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    finished = subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr[-500:]
    return finished


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """The Chinese catalogue, with every string that the code shows today."""
    copy = tmp_path_factory.mktemp("strings")
    for name in SPEAKING:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    django_admin = [sys.executable, "-m", "django", "makemessages"]
    run(*django_admin, "--locale", "zh_Hans", "--no-obsolete", "--no-location", cwd=copy)
    return copy / CATALOGUE


def test_every_string_has_a_finished_translation(catalogue):
    counts = run("msgfmt", "--check", "--statistics", "-o", os.devnull, catalogue).stderr
    unfinished = run("msgattrib", "--untranslated", "--no-obsolete", catalogue).stdout
    unfinished += run("msgattrib", "--only-fuzzy", "--no-obsolete", catalogue).stdout
    assert "untranslated" not in counts and "fuzzy" not in counts, unfinished


def test_the_compiled_messages_are_those_of_the_catalogue(tmp_path):
    compiled = tmp_path / "django.mo"
    run("msgfmt", "--check", "-o", compiled, ROOT / CATALOGUE)
    assert compiled.read_bytes() == (ROOT / CATALOGUE).with_suffix(".mo").read_bytes()
