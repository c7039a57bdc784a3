"""Commands beside training: `inspect`, `convert`, `merge`, `push` and `chat`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from alignment_core.command_line import add_options, given_path, parse, write_method_config
from alignment_core.configs import METHODS, SampleConfig
from alignment_core.configs.options import build_config
from alignment_core.errors import Refused


def add_commands(commands: Any) -> None:
    """Add them to a command line."""
    command = _added(commands, "inspect", "Show what a run would learn from, and train nothing.")
    command.add_argument("method", choices=METHODS, metavar="METHOD")
    command.add_argument(
        "flags", nargs=argparse.REMAINDER, help="those of the method; --output is not needed"
    )
    command = _added(commands, "convert", "Write a file of any known format as records.")
    command.add_argument("data", type=given_path, metavar="FILE")
    command.add_argument("output", type=given_path, metavar="OUTPUT")
    command.add_argument(
        "--dataset-info",
        type=given_path,
        help="LLaMA-Factory's dataset_info.json that describes FILE, if it does not lie beside it",
    )
    command.add_argument("--dataset", help="the entry of it, if FILE's name does not tell")
    command = _added(commands, "merge", "Write an adapter and its base as one whole model.")
    command.add_argument("model", metavar="ADAPTER")
    command.add_argument("output", type=given_path, metavar="OUTPUT")
    command = _added(commands, "push", "Copy a model to a directory, or to the Hugging Face hub.")
    command.add_argument("model", type=given_path, metavar="DIRECTORY")
    command.add_argument("to", metavar="TO", help="a path that begins with / or ./, or org/name")
    command.add_argument("--public", action="store_true", help="everybody may read it on the hub")
    command = _added(commands, "chat", "Talk to a model, a line at a time.")
    command.add_argument("model", metavar="MODEL", help="directory of a checkpoint, or a hub id")
    command.add_argument("--system", default="", help="what the model is told beforehand")
    add_options(command, SampleConfig, but=("n_samples",))


def _added(commands: Any, name: str, description: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=description, description=description
    )
    return command


def _inspect(arguments: argparse.Namespace) -> Iterator[str]:
    from alignment_core.tasks.inspecting import in_words, inspect

    with tempfile.TemporaryDirectory(prefix="alignment_core-") as scratch:
        flags = [*arguments.flags, f"--output={scratch}/run"]
        yield from in_words(inspect(write_method_config(parse([arguments.method, *flags]))))


def _convert(arguments: argparse.Namespace) -> Iterator[str]:
    from alignment_core.tasks.converting import convert

    given, n_records = convert(
        arguments.data, arguments.output, info=arguments.dataset_info, dataset=arguments.dataset
    )
    yield f"{arguments.output}: {n_records} records from {given.n_rows} rows ({given.format})"
    for reason, n in given.dropped.items():
        yield f"left out, {reason}: {n}"
    for name, n in given.unused.items():
        yield f"field not used, {name}: in {n} rows"


def _merge(arguments: argparse.Namespace) -> Iterator[str]:
    from alignment_core.tasks.merge_and_push import merge

    yield f"done: {merge(arguments.model, arguments.output)}"


def _push(arguments: argparse.Namespace) -> Iterator[str]:
    from alignment_core.tasks.merge_and_push import push

    yield f"done: {push(arguments.model, arguments.to, is_public=arguments.public)}"


def _chat(arguments: argparse.Namespace) -> Iterator[str]:
    from alignment_core.tasks.chatting import chat

    names = ("max_new_tokens", "temperature", "top_p", "seed")
    config = build_config(SampleConfig, {name: getattr(arguments, name) for name in names})
    check_text(arguments.system, field="system")
    yield from chat(arguments.model, _typed(), system=arguments.system, config=config)


def _typed() -> Iterator[str]:
    """What is typed, a line at a time. Raises: Refused for what is no text."""
    try:
        for line in sys.stdin:
            check_text(line, field="messages")
            yield line
    except UnicodeDecodeError as error:
        raise Refused(f"what was typed is not UTF-8: {error.reason}", field="messages") from error


def check_text(text: str, *, field: str) -> None:
    """Refuse bytes that were taken for text, as a shell in another encoding gives them."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused("this is not text in UTF-8", field=field, value=repr(text))


COMMANDS: Mapping[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "inspect": _inspect,
    "convert": _convert,
    "merge": _merge,
    "push": _push,
    "chat": _chat,
}
