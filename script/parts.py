"""What `script/test` checks, in parts that run beside one another, the longest first.

    python script/parts.py [--quick] [ARGUMENT OF PYTEST …]

All tests run on SQLite and the embedded broker. Those that depend on the database run on PostgreSQL
and Redis too, where script/private_services.py has started them: in a single part, because one of
them kills the server. With arguments, only the tests that they name run.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO

NO_TESTS = 5  # pytest's exit code where none was found: the tests named are not about this database
PYTEST = ("pytest", "-p", "no:cacheprovider")
N_CORES = os.cpu_count() or 2


@dataclass(frozen=True)
class Part:
    name: str
    module: tuple[str, ...]  # of Python, with its arguments
    environment: dict[str, str] = field(default_factory=dict)

    def begin(self) -> "Begun":
        output = tempfile.TemporaryFile()  # noqa: SIM115 it is closed when it was shown
        process = subprocess.Popen(
            [sys.executable, "-m", *self.module],
            env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},  # models are tiny
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        return Begun(self, process, output, time.monotonic())


@dataclass
class Begun:
    part: Part
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    began: float

    def end(self) -> bool:
        """Show what it printed and what it took; whether it passed."""
        seconds = time.monotonic() - self.began
        print(f"== {self.part.name} ({seconds:.0f} s)", flush=True)
        self.output.seek(0)
        sys.stdout.buffer.write(self.output.read())
        sys.stdout.flush()
        self.output.close()
        return self.process.returncode in (0, NO_TESTS)


def main() -> int:
    arguments = sys.argv[1:]
    is_quick = "--quick" in arguments
    arguments = [argument for argument in arguments if argument != "--quick"]
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if is_quick:
        parts, at_once = quick_parts(arguments), N_CORES
    else:
        parts = parts_of(arguments) if arguments else whole()
        at_once = N_CORES + 1  # tests of processes and pages mostly wait
    failed = run(parts, at_once)
    for name in failed:
        print(f"FAILED: {name}", file=sys.stderr)
    return 1 if failed else 0


def run(waiting: list[Part], at_once: int) -> list[str]:
    """The names of those that failed."""
    running: list[Begun] = []
    failed = []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(waiting.pop(0).begin())
            time.sleep(0.1)
            for begun in [begun for begun in running if begun.process.poll() is not None]:
                running.remove(begun)
                if not begun.end():
                    failed.append(begun.part.name)
    finally:
        for begun in running:
            begun.process.terminate()
    return failed


def whole() -> list[Part]:
    """By how long they take: whoever adds a part puts it in its place."""
    rooms = ("tests/alignment_core", "tests/training", "tests/annotate", "tests/browser")
    migrations = ("makemigrations", "--check", "--dry-run", "--settings", "tests.settings")
    documentation = ("mkdocs", "build", "--strict", "-f", "script/docs/mkdocs.yml")
    return [
        *on_postgresql("--ignore=tests/alignment_core", "--ignore=tests/browser"),
        tests("the library", "tests/alignment_core"),
        tests("training", "tests/training"),
        tests("annotate", "tests/annotate"),
        tests("all else", *(f"--ignore={room}" for room in rooms)),
        Part("types", ("mypy",)),
        tests("the browser", "tests/browser"),
        Part("documentation", documentation, {"NO_MKDOCS_2_WARNING": "1"}),
        Part("migrations", ("django", *migrations)),
    ]


def parts_of(arguments: list[str]) -> list[Part]:
    return [
        tests("tests on SQLite", *arguments),
        *on_postgresql(*arguments, "--ignore=tests/alignment_core", "--ignore=tests/browser"),
    ]


def quick_parts(arguments: list[str]) -> list[Part]:
    if arguments:
        return [tests("quick tests", "-m", "not slow", *arguments)]
    rooms = ("tests/alignment_core", "tests/annotate")
    return [
        tests("quick tests of annotate", "-m", "not slow", "tests/annotate"),
        tests("quick tests of the library", "-m", "not slow", "tests/alignment_core"),
        tests("other quick tests", "-m", "not slow", *(f"--ignore={room}" for room in rooms)),
        Part("types", ("mypy",)),
    ]


def tests(name: str, *arguments: str, **environment: str) -> Part:
    slowest = ("--durations=12", "--durations-min=2")
    return Part(name, (*PYTEST, *slowest, *arguments), environment)


def on_postgresql(*arguments: str) -> list[Part]:
    """One part or, where there is no server, none."""
    if (url := os.environ.get("ACCORD_POSTGRES_URL")) is None:
        return []
    broker = os.environ.get("ACCORD_REDIS_URL", "")
    environment = {"DATABASE_URL": url, "CELERY_BROKER_URL": broker}
    return [tests("tests on PostgreSQL", "--with-database", *arguments, **environment)]


if __name__ == "__main__":
    sys.exit(main())
