"""The wheel and the sdist: what they hold, and that what is installed works in an empty folder."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import urllib.request
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import alignment_core
from tests.installation import Installation, everything, only

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow
PACKAGES = ("alignment_core", "annotate", "training", "config")
AGREEMENT = """
import alignment_core
from alignment_core.agreement import JudgementTable, agreement_report
table = JudgementTable.from_arrays([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1])
print(agreement_report(table)["counts"]["n_judgements"], alignment_core.__file__)
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> dict[str, Path]:
    """The wheel, the sdist, and the wheel built from the sdist.

    Without build isolation: the build backend is one of the tests' own pins, and no index is asked.
    """
    folder = tmp_path_factory.mktemp("built")
    make_sdist = [sys.executable, "-m", "hatchling", "build", "--target", "sdist"]
    subprocess.run([*make_sdist, "--directory", str(folder)], cwd=ROOT, check=True, timeout=300)
    (sdist,) = folder.glob("*.tar.gz")
    return {
        "sdist": sdist,
        "wheel": pip_wheel(ROOT, folder / "wheel"),
        "wheel of sdist": pip_wheel(sdist, folder / "again"),
    }


def pip_wheel(source: Path, folder: Path) -> Path:
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    command = [*build, "--no-index", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, cwd=folder.parent, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def whole(built, tmp_path_factory) -> Installation:
    """The wheel, with all of its dependencies."""
    folder = tmp_path_factory.mktemp("whole") / "environment"
    return Installation(folder, wheel=built["wheel"], lent=everything())


@pytest.fixture(scope="session")
def light(built, tmp_path_factory) -> Installation:
    """The wheel, with what `pip install` brings without an extra."""
    folder = tmp_path_factory.mktemp("light")
    lent = only(folder / "lent", "numpy", "scipy")
    return Installation(folder / "environment", wheel=built["wheel"], lent=lent)


@pytest.fixture(scope="session")
def described(light) -> metadata.PathDistribution:
    (directory,) = light.packages.glob("accord_align-*.dist-info")
    return metadata.PathDistribution(directory)


def names_in(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def files_below(folder: str) -> set[str]:
    """The files of one of the checkout's folders, but for what Python leaves behind."""
    found = (ROOT / folder).rglob("*")
    return {
        str(path.relative_to(ROOT))
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


# What is in them


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(built):
    expected = set().union(*map(files_below, PACKAGES))
    for folder in ("templates", "static", "locale"):
        expected |= {f"config/_installed/{name}" for name in files_below(folder)}
    names = {name for name in names_in(built["wheel"]) if ".dist-info/" not in name}
    assert names == expected
    assert {name.partition("/")[0] for name in names} == set(PACKAGES)


@pytest.mark.parametrize(
    "name",
    [
        "alignment_core/evaluation/safety/prompts_zh.jsonl",
        "alignment_core/rewards/words/zh.txt",
        "annotate/demo/data/hh_helpful.jsonl.gz",
        "annotate/demo/LICENSES/anthropic-hh-rlhf.MIT.txt",
        "annotate/migrations/0001_initial.py",
        "config/_installed/locale/zh_Hans/LC_MESSAGES/django.mo",
        "config/_installed/static/css/accord.css",
        "config/_installed/templates/base.html",
    ],
)
def test_what_is_no_module_is_in_the_wheel_too(built, name):
    assert name in names_in(built["wheel"])


def test_the_sdist_builds_the_same_wheel_and_holds_no_tests(built):
    assert names_in(built["wheel of sdist"]) == names_in(built["wheel"])
    with tarfile.open(built["sdist"]) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames()}
    assert {"tests", "var", "script"} & tops == set()


# What they say of themselves


def test_the_light_installation_asks_for_numpy_and_scipy_alone(described):
    wanted = map(Requirement, described.requires or [])
    assert {each.name for each in wanted if each.marker is None} == {"numpy", "scipy"}


def test_the_extras_are_train_web_and_all(described):
    extras = described.metadata.get_all("Provides-Extra")
    assert set(extras) == {"train", "web", "all"}
    wanted = [Requirement(text) for text in described.requires]
    for package, extra in {"torch": "train", "django": "web"}.items():
        markers = [each.marker for each in wanted if each.name.lower() == package]
        bringing = {
            name for name in extras for marker in markers if marker.evaluate({"extra": name})
        }
        assert bringing == {extra, "all"}


def test_the_version_is_that_of_the_library(described):
    assert described.version == alignment_core.__version__
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


# The light installation


def test_agreement_is_measured_where_only_numpy_and_scipy_are_installed(light):
    n_judgements, file = light.print(AGREEMENT).split()
    assert n_judgements == "6"
    assert Path(file).is_relative_to(light.packages)
    found = "from importlib.util import find_spec; print(find_spec('torch'), find_spec('django'))"
    assert light.print(found) == "None None"


@pytest.mark.parametrize("command", [("server",), ("manage", "check")])
def test_accord_without_its_packages_says_what_to_install(light, tmp_path, command):
    finished = light.run("accord", *command, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (2, "")
    (sentence,) = finished.stderr.splitlines()
    assert "is not installed" in sentence
    assert 'pip install "accord-align[web]"' in sentence
    assert 'pip install "accord-align[all]"' in sentence
    assert list(tmp_path.iterdir()) == []


def test_accord_align_without_torch_says_what_to_install(light, tmp_path):
    data = tmp_path / "records.jsonl"
    data.write_text("".join(f"{json.dumps(record(number))}\n" for number in range(8)))
    options = ("--data", data, "--output", tmp_path / "tiny")
    finished = light.run("accord-align", "make_tiny_checkpoint", *options, cwd=tmp_path)
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.splitlines()
    assert 'pip install "accord-align[train]"' in json.loads(line)["error"]
    assert light.run("accord-align", "dpo", "--help").returncode == 0


# The whole of it


def record(number: int) -> dict:
    return {
        "id": str(number),
        "prompt": [{"role": "user", "content": f"Which colour is thing {number}?"}],
        "outcome": "preference",
        "chosen": "It is red, I am sure.",
        "rejected": "I do not know.",
        "p_chosen": 0.75,
        "verdicts": {"chosen": 3, "rejected": 1, "tie": 0, "both_bad": 0},
    }


def test_an_installed_library_trains_a_tiny_model_by_dpo(whole, tmp_path):
    data = tmp_path / "records.jsonl"
    data.write_text("".join(f"{json.dumps(record(number))}\n" for number in range(8)))
    size = ("--vocab-size=320", "--hidden-size=16", "--n-layers=1", "--n-heads=2", "--context=128")
    tiny = ("make_tiny_checkpoint", *size, "--data", data, "--output", "tiny")
    dpo = ("dpo", "--model", "tiny", "--data", data, "--output", "run", "--batch-size", "4")
    settings = ("--device", "cpu", "--n-sample-prompts", "0", "--max-length", "96")
    for arguments in (tiny, (*dpo, *settings)):
        finished = whole.run("accord-align", *arguments, cwd=tmp_path)
        assert finished.returncode == 0, finished.stderr
    assert list((tmp_path / "run" / "final").glob("*.safetensors"))


def test_acts_of_administration_work_in_an_empty_folder(whole, tmp_path):
    for command in (("check",), ("migrate", "-v0"), ("makemigrations", "--check", "--dry-run")):
        finished = whole.run("accord", "manage", *command, cwd=tmp_path)
        assert finished.returncode == 0, finished.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["var"]
    assert (tmp_path / "var" / "accord.sqlite3").exists()


def test_an_installed_server_answers_from_an_empty_folder(whole, tmp_path):
    with subprocess.Popen(
        [whole.programs / "accord", "server"],
        cwd=tmp_path,
        env=whole.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline()
            address = re.match(r"Accord is running at (http://\S+)", line)
            assert address, line + server.stderr.read()
            page = body_of(f"{address[1]}/sign-in/", language="zh-hans")
            (style,) = re.findall(r'href="(/static/css/accord\.[^"]+\.css)"', page)
            assert "{" in body_of(address[1] + style)
        finally:
            server.terminate()
            server.communicate(timeout=60)
    assert "登录" in page
    assert server.returncode == 0
    shutil.rmtree(tmp_path / "var")  # all that it left


def body_of(address: str, *, language: str = "en") -> str:
    request = urllib.request.Request(address, headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()
