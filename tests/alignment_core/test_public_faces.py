"""What the library shows to its users: names, docstrings and examples."""

import ast
import doctest
import importlib
import inspect
import re
import textwrap

import pytest

ROOMS = [
    "alignment_core",
    "alignment_core.agreement",
    "alignment_core.configs",
    "alignment_core.data",
    "alignment_core.evaluation",
    "alignment_core.losses",
    "alignment_core.models",
    "alignment_core.rewards",
    "alignment_core.sampling",
]
INTERNAL = [
    *("forward", "machine", "methods", "processes", "reporting", "runs", "tasks", "trainers"),
]


def offered(room):
    """Every public name of a room with what it stands for."""
    module = importlib.import_module(room)
    return {name: getattr(module, name) for name in module.__all__}


def functions():
    """(room, name, function) of every public function."""
    return [
        (room, name, value)
        for room in ROOMS
        for name, value in offered(room).items()
        if inspect.isfunction(value)
    ]


def words_of(function):
    return set(re.findall(r"\w+", function.__doc__))


def raised_in(function):
    """Names of the exceptions that a function raises in its own body."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
    called = [node.func if isinstance(node, ast.Call) else node for node in raised]
    names = {node.id for node in called if isinstance(node, ast.Name)}
    return {name for name in names if name[0].isupper()}  # no variable, no function that makes one


@pytest.mark.parametrize("room", ROOMS)
def test_the_example_of_a_room_gives_what_it_shows(room):
    outcome = doctest.testmod(importlib.import_module(room))
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_is_there_and_has_a_docstring(room):
    assert [name for name, value in offered(room).items() if not inspect.getdoc(value)] == []


@pytest.mark.parametrize("room", INTERNAL)
def test_an_internal_room_says_whom_it_serves(room):
    assert "Internal: " in importlib.import_module(f"alignment_core.{room}").__doc__


def test_a_name_that_no_room_offers_is_refused_by_name():
    data = importlib.import_module("alignment_core.data")
    with pytest.raises(AttributeError, match=r"'alignment_core\.data' has no attribute 'nothing'"):
        _ = data.nothing


def test_a_public_function_begins_with_one_sentence():
    unsaid = [
        f"{room}.{name}"
        for room, name, function in functions()
        if not inspect.getdoc(function).splitlines()[0].rstrip().endswith((".", ":"))
    ]
    assert unsaid == []


def test_a_public_function_says_what_each_parameter_is():
    unsaid = [
        f"{room}.{name}: {', '.join(missing)}"
        for room, name, function in functions()
        if (missing := sorted(set(inspect.signature(function).parameters) - words_of(function)))
    ]
    assert unsaid == []


def test_a_public_function_says_what_it_raises():
    unsaid = [
        f"{room}.{name}: {', '.join(missing)}"
        for room, name, function in functions()
        if (raised := raised_in(function))
        and (
            missing := sorted(raised - words_of(function))
            or ["Raises"] * ("Raises:" not in function.__doc__)
        )
    ]
    assert unsaid == []
