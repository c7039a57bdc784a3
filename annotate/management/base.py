"""What the commands share: `--json`, refusals in one sentence, and a line of progress."""

import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from annotate.errors import AccordError
from annotate.models import Project, User

PROGRESS_SECONDS = 0.5


EXIT_REFUSED = 2  # as argparse ends for wrong arguments


class Failed(CommandError):
    """The work was done and did not succeed: what became of it is still told."""

    def __init__(self, sentence: str, facts: dict[str, Any]) -> None:
        super().__init__(sentence)
        self.facts = facts


class AccordCommand(BaseCommand):
    """Arguments in, one service, one result out: a sentence, or one JSON object with `--json`.

    Subclasses write `run`, which returns the sentence and the facts.
    """

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """No flag is guessed from its beginning."""
        return super().create_parser(prog_name, subcommand, **{"allow_abbrev": False, **options})

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._act(options)
        except CommandError as error:
            error.returncode = EXIT_REFUSED
            raise

    def _act(self, options: dict[str, Any]) -> None:
        try:
            sentence, facts = self.run(**options)
        except AccordError as error:
            if options["json"]:
                self._print_json({"error": error.as_problem()})
            raise CommandError(self._words_of(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except Failed as failure:
            if options["json"]:
                self._print_json(failure.facts)
            raise
        if options["json"]:
            self._print_json(facts)
        else:
            self.stdout.write(sentence)

    def _print_json(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, default=str, ensure_ascii=False))

    run: Callable[..., tuple[str, dict[str, Any]]]  # each takes its own arguments

    @staticmethod
    def _words_of(error: AccordError) -> str:
        words = str(error)
        if error.field:
            words += f" ({error.field}: {error.value})" if error.value else f" ({error.field})"
        return words

    @contextmanager
    def progress(self, line: Callable[[], str]) -> Iterator[None]:
        """On a terminal, keep one line on stderr up to date while the work goes on here."""
        if not sys.stderr.isatty():
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._show, args=(line, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _show(self, line: Callable[[], str], stop: threading.Event) -> None:
        while not stop.wait(PROGRESS_SECONDS):
            self.stderr.write(f"\r\033[K{line()}", ending="")
            self.stderr.flush()
        self.stderr.write("\r\033[K", ending="")
        connection.close()  # this thread's own


@contextmanager
def written(output: Path) -> Iterator[IO[bytes]]:
    """A file to fill, which takes its place once it is whole; what lies there stays until then.

    It is opened before the work that fills it, so that a wrong path is refused first.

    Raises: CommandError.
    """
    scratch = output.with_name(f".{output.name}.partial")
    try:
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if output.exists() and not output.is_file():  # such as /dev/stdout
            with output.open("wb") as file:
                yield file
            return
        with scratch.open("wb") as file:
            yield file
        scratch.replace(output)
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()


def project_by_slug(slug: str) -> Project:
    try:
        return Project.objects.get(slug=slug)
    except Project.DoesNotExist as error:
        known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"No project has the address {slug!r}. There are: {known}.") from error


def user_by_name(username: str) -> User:
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist as error:
        raise CommandError(f"No user is called {username!r}.") from error
