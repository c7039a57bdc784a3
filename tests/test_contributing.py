"""CONTRIBUTING.md is true: its files are there, and each list is what an example consists of."""

import ast
import re
from pathlib import Path

import pytest

from alignment_core.formats.known import FORMATS
from script.rooms import PACKAGES, ROOT, file_graph, room_of

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ANSWER = re.compile(r"^\| .+ \| (?P<walk>.+) \| `(?P<file>[^`]+)`: `(?P<name>\w+)` \|$", re.M)
LIST = re.compile(
    r"^With `(?P<example>\w+)` .*?<!-- (?P<kind>.+?) -->(?P<items>.*?)<!-- end -->", re.M | re.S
)
LISTS = {
    found["kind"]: (found["example"], re.findall(r"^- `([^`]+)`", found["items"], re.M))
    for found in LIST.finditer(TEXT)
}


def test_ten_questions_are_answered_by_folder_names():
    answers = list(ANSWER.finditer(TEXT))
    assert len(answers) == 10
    for answer in answers:
        *folders, _file = Path(answer["file"]).parts
        assert re.findall(r"`(\w+)/`", answer["walk"]) == folders
        defined = {
            getattr(node, "name", None) or ast.unparse(getattr(node, "targets", [node])[0])
            for node in ast.parse((ROOT / answer["file"]).read_text(encoding="utf-8")).body
        }
        assert answer["name"] in defined, answer["file"]


@pytest.mark.parametrize(
    "kind", ["method", "import format", "judging protocol", "condition", "step of a recipe"]
)
def test_every_file_of_a_list_is_about_its_example(kind):
    example, files = LISTS[kind]
    assert len(files) > 3
    for name in files:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert example in name or example in text.lower(), name


def test_every_import_format_is_in_every_file_that_lists_them():
    for name in ("annotate/imports/test_formats.py", "docs/formats.md"):
        root = ROOT / "tests" if name.startswith("annotate") else ROOT
        text = (root / name).read_text(encoding="utf-8")
        missing = [one.name for one in FORMATS if not re.search(rf"[`\"]{one.name}[`\"]", text)]
        assert not missing, name


def test_every_room_says_in_one_sentence_what_it_is_for():
    rooms = {name for name in file_graph(ROOT) if name.count(".") == 1 and room_of(name) == name}
    silent = []
    for room in rooms:
        path = ROOT / room.replace(".", "/")
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))):
            silent.append(room)
    assert not silent
    assert {room.partition(".")[0] for room in rooms} == set(PACKAGES)
