"""Warnings of the library before a run, as the pages show them."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

import alignment_core
from training.words.preflight import REASONS, WARNINGS, warning_in_words

PREFLIGHT = (
    Path(alignment_core.__file__).parent / "evaluation" / "preflight.py"
)  # it brings in transformers


def test_every_warning_of_the_library_can_be_translated() -> None:
    (of_library,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(PREFLIGHT.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WARNINGS"
    )
    assert of_library == WARNINGS


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_told_with_its_figures_in_the_language_of_the_reader(name: str) -> None:
    figures = {"n": 17, "n_records": 17, "names": "source, language"}
    kept = {"name": name, "message": "kept", "figures": figures}
    with override("en"):
        assert warning_in_words(kept) == WARNINGS[name].format(**figures)
    with override("zh-hans"):
        assert warning_in_words(kept) != WARNINGS[name].format(**figures)
        assert "17" in warning_in_words(kept)


def test_what_cannot_be_told_anew_is_shown_as_it_was_kept() -> None:
    assert warning_in_words("1 records are odd") == "1 records are odd"
    assert warning_in_words({"name": "later", "message": "It is odd.", "figures": {}}) == (
        "It is odd."
    )


def test_every_reason_to_leave_a_record_out_has_words() -> None:
    """Those that are written where they are counted: `dropped["reason"] += …`."""
    given = {
        reason.value
        for file in Path(alignment_core.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value).rpartition(".")[2] == "dropped"
        for reason in ast.walk(node.slice)
        if isinstance(reason, ast.Constant) and isinstance(reason.value, str)
    }
    assert given >= {"over_length", "no_completion", "one_completion", "no_answer"}
    assert given <= set(REASONS)
