"""Runs a command with a PostgreSQL and a Redis of its own, which end with it.

    python script/private_services.py [--durable] COMMAND [ARGUMENT …]

The command finds ACCORD_POSTGRES_URL and ACCORD_REDIS_URL in its environment, each only if the
server is installed. Both listen on a socket in a temporary directory, on no port. `--durable` makes
PostgreSQL wait for the disk, as a benchmark must.
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

ENVIRONMENT = dict(os.environ)  # before the next import names the settings in it
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config.processes import before_exec  # noqa: E402

HURRIED = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
START_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--durable", action="store_true", help="let PostgreSQL wait for the disk")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    with ExitStack() as services:
        environment = dict(ENVIRONMENT)
        if postgres := find_postgres():
            url = services.enter_context(postgres_server(postgres, is_durable=options.durable))
            environment["ACCORD_POSTGRES_URL"] = url
        if redis := shutil.which("redis-server") or shutil.which("valkey-server"):
            environment["ACCORD_REDIS_URL"] = services.enter_context(redis_server(redis))
        return subprocess.run(options.command, env=environment, check=False).returncode


def find_postgres() -> Path | None:
    """The directory of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=version_of)
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def version_of(program: Path) -> float:
    return float(program.parent.parent.name)


@contextmanager
def postgres_server(programs: Path, *, is_durable: bool) -> Iterator[str]:
    with temporary_directory("accord-postgres-") as directory:
        user = unprivileged_user(directory)
        data = directory / "data"
        create = [programs / "initdb", "--no-sync", "--auth=trust", "--username=accord"]
        create += ["--encoding=UTF8", "--locale=C.UTF-8", "-D", data]
        subprocess.run(create, user=user, check=True, stdout=subprocess.DEVNULL, cwd=directory)
        command = [programs / "postgres", "-D", data, "-k", directory, "-c", "listen_addresses="]
        command += ["-c", "max_connections=200", "-c", "shared_buffers=128MB"]
        command += [] if is_durable else HURRIED
        with running(command, log=directory / "log", stop=signal.SIGINT, user=user):
            wait_for(directory / ".s.PGSQL.5432", log=directory / "log")
            retry([programs / "createdb", "-h", directory, "-U", "accord", "accord"])
            yield f"postgres://accord@{quote(str(directory), safe='')}/accord"


@contextmanager
def redis_server(program: str) -> Iterator[str]:
    with temporary_directory("accord-redis-") as directory:
        socket = directory / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory]
        with running(command, log=directory / "log", stop=signal.SIGTERM, user=None):
            wait_for(socket, log=directory / "log")
            yield f"redis+socket://{socket}"


@contextmanager
def running(command: list, *, log: Path, stop: signal.Signals, user: str | None) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            user=user,
            start_new_session=True,
            preexec_fn=before_exec(niceness=0),
        )
    try:
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def temporary_directory(prefix: str) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def unprivileged_user(directory: Path) -> str | None:
    """PostgreSQL refuses to run as root; give the directory to someone else then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(directory, user.pw_uid, user.pw_gid)
        return name
    sys.exit("PostgreSQL cannot run as root, and there is no other user to run it as.")


def wait_for(socket: Path, *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        if time.monotonic() > deadline:
            sys.exit(f"A server did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


def retry(command: list) -> None:
    """The socket appears a moment before the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(command, check=False, capture_output=True).returncode != 0:
        if time.monotonic() > deadline:
            subprocess.run(command, check=True)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
