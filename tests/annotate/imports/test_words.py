"""Everything that the library can say of a row is known to the translators."""

import ast
from pathlib import Path

from alignment_core import formats
from annotate.imports.words import OF_FORMATS, OF_ROWS

HERE = Path(formats.__file__).parent
SAYING = {"RowError": 2, "FileError": 0, "EmptyFile": 0, "add": 0}


def sentences_of(source: str) -> set[str]:
    """Texts that are whole sentences and stand where a refusal is made."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = SAYING.get(name, len(node.args))
            if place < len(node.args) and isinstance(node.args[place], ast.Constant):
                found.add(node.args[place].value)
    return found


def test_all_that_is_said_of_rows_and_files_can_be_translated():
    said = set().union(*(sentences_of(file.read_text()) for file in HERE.glob("*.py")))
    assert len(said) > 40
    assert said <= {*OF_ROWS, *OF_FORMATS}
