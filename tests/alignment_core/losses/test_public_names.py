"""What `alignment_core.losses` shows to its users."""

import doctest

from alignment_core import losses


def test_the_example_in_the_docstring_gives_what_it_shows():
    outcome = doctest.testmod(losses)
    assert outcome.attempted == 4
    assert outcome.failed == 0


def test_every_public_name_is_there_and_has_a_docstring():
    assert [name for name in losses.__all__ if not getattr(losses, name).__doc__] == []
