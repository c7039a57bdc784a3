"""The rows that are shown are what they are shown for."""

import pytest

from alignment_core.formats.examples import EXAMPLES
from alignment_core.formats.known import FORMATS, OF_ONE, detect, format_named

EVERY = (*FORMATS, *OF_ONE)


def test_each_format_has_an_example_in_its_place():
    assert list(EXAMPLES) == [entry.name for entry in EVERY]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_found_out_and_read(name):
    assert detect(EXAMPLES[name], EVERY) is format_named(name)
    assert format_named(name).read(EXAMPLES[name])
