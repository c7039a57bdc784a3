"""Runs all of Accord on one machine: `script/server` and `accord server` end here.

One process holds the lock on the data directory and the listening socket, and keeps four
programs alive: the web server, a worker for each queue, and the scheduler.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import broker
from config.processes import (
    Service,
    adopt_orphans,
    before_exec,
    end_orphans,
    reap_orphans,
    shorten,
    stop_all,
)
from config.programs import programs
from config.start_checks import (
    CannotStartError,
    address_of,
    check_data_directory,
    listen,
    lock_data_directory,
    write_owner,
)

GRACE_SECONDS = 8
WEB_START_SECONDS = 60
SHORTEN_LOGS_SECONDS = 60
SIGN_INS = "demo-sign-ins.txt"  # written by `load_demo`: username, tab, password
MANAGE = [sys.executable, "-m", "config", "manage"]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.umask(0o077)  # the database is nobody else's to read, whoever made the directory
    try:
        Supervisor().run()
    except (CannotStartError, ImproperlyConfigured) as error:
        sys.exit(str(error))


class Supervisor:
    """Check, prepare, start, watch, stop."""

    def __init__(self) -> None:
        self.data_dir: Path = settings.ACCORD_DATA_DIR
        self.services: list[Service] = []
        self.steps: list[subprocess.Popen[bytes]] = []  # children that end by themselves
        self.is_stopping = False

    def run(self) -> None:
        check_data_directory(self.data_dir)
        lock = lock_data_directory(self.data_dir)
        listener = listen(settings.ACCORD_HOST, settings.ACCORD_PORT)
        address = address_of(listener)
        write_owner(lock, address)
        os.environ["PORT"] = str(listener.getsockname()[1])  # for children, if it was 0
        adopt_orphans()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        try:
            broker.forget_dead_workers(self.data_dir / "broker")
            if self.finish([sys.executable, "-m", "config.preparation"]):
                raise CannotStartError("Accord did not start; the reason stands above.")
            self.start_services(listener.fileno())
            self.wait_until(lambda: answers(address), seconds=WEB_START_SECONDS)
            if not self.is_stopping:
                say(f"Accord is running at {address} (Ctrl-C stops it)")
                if settings.ACCORD_DEMO:
                    self.demonstrate()
            self.watch()
        finally:
            stop_all(self.services, self.steps, grace_seconds=GRACE_SECONDS)
            end_orphans(grace_seconds=GRACE_SECONDS)
        say("Stopped.")

    def ask_to_stop(self, *_: object) -> None:
        self.is_stopping = True

    def start_services(self, listener_fd: int) -> None:
        if self.is_stopping:
            return
        self.services = programs(
            listener_fd=listener_fd,
            data_dir=self.data_dir,
            web_processes=settings.ACCORD_WEB_PROCESSES,
            web_threads=settings.ACCORD_WEB_THREADS,
        )
        for service in self.services:
            service.start()

    def demonstrate(self) -> None:
        """Load the demonstration at the first start, and show how its runs go on."""
        loaded = self.data_dir / "demonstration"
        sign_ins = self.data_dir / SIGN_INS
        if loaded.exists():
            say(f"The sign-ins of the demonstration: {sign_ins}")
        else:
            say("Loading the demonstration …")
            if self.finish([*MANAGE, "load_demo"]) != 0:
                if not self.is_stopping:
                    say("The demonstration could not be loaded; the next start tries again.")
                return
            loaded.touch()
            say(f"Sign in as one of these, with this password (kept in {sign_ins}):")
            for line in sign_ins.read_text().splitlines():
                username, password = line.split("\t")
                say(f"    {username:<12}{password}")
        self.begin([*MANAGE, "demo_progress"])

    def begin(self, command: list[str]) -> subprocess.Popen[bytes]:
        step = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=before_exec(niceness=0),
        )
        self.steps.append(step)
        return step

    def finish(self, command: list[str]) -> int | None:
        """Run a step to its end and return its exit code, or None if told to stop before that."""
        step = self.begin(command)
        self.wait_until(lambda: step.poll() is not None)
        return step.returncode

    def wait_until(self, is_done: Callable[[], bool], *, seconds: float = float("inf")) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_stopping and not is_done():
            self.keep_alive()
            if time.monotonic() > deadline:
                raise CannotStartError(
                    f"The web server does not answer; its log: {self.data_dir / 'logs/web.log'}"
                )
            time.sleep(0.05)

    def watch(self) -> None:
        shorten_at = time.monotonic()
        while not self.is_stopping:
            self.keep_alive()
            if time.monotonic() >= shorten_at:
                for service in self.services:
                    shorten(service.log)
                shorten_at = time.monotonic() + SHORTEN_LOGS_SECONDS
            time.sleep(0.1)

    def keep_alive(self) -> None:
        for service in self.services:
            service.keep_alive(say)
        own = [service.process for service in self.services if service.process] + self.steps
        reap_orphans(known=frozenset(process.pid for process in own))


def answers(address: str) -> bool:
    """Whether the web server gives any answer at all."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


if __name__ == "__main__":
    main()
