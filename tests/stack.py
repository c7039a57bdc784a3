"""All of Accord as real processes, on the database of the test that asked for it."""

import os
import signal
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from config import broker
from config.processes import Service, kill_group, stop_all
from config.programs import programs
from config.start_checks import address_of, listen
from config.supervisor import answers

ROOT = Path(__file__).resolve().parent.parent


class Stack:
    """Web server, three workers and scheduler: they see the rows that the test makes."""

    def __init__(self) -> None:
        self.data_dir: Path = settings.ACCORD_DATA_DIR
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": url_of_test_database(),
        }
        self._listener = listen("127.0.0.1", 0)
        self.url = address_of(self._listener)
        self.services: dict[str, Service] = {
            service.name: service
            for service in programs(
                listener_fd=self._listener.fileno(),
                data_dir=self.data_dir,
                web_processes=1,
                web_threads=8,
            )
        }
        for service in self.services.values():
            service.environment = {**service.environment, **self.env}
            service.niceness = 0  # nobody waits for what other tests leave of the processor

    def start(self, name: str) -> None:
        """Start one program; for the web server, wait until it answers."""
        self.services[name].start()
        if name == "web":
            self.wait_for_web()

    def kill(self, name: str) -> None:
        """Kill one program with -9, with all of its process group; it stays dead until started."""
        process = self.services[name].process
        assert process is not None, f"{name} was never started"
        kill_group(process)

    def start_all(self) -> None:
        empty_broker(self.data_dir)
        for service in self.services.values():
            service.start()
        self.wait_for_web()

    def stop(self) -> None:
        stop_all(list(self.services.values()), [], grace_seconds=10)
        self._listener.close()

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + 60
        while not answers(self.url):
            assert time.monotonic() < deadline, self.log("web")
            time.sleep(0.05)

    def log(self, name: str) -> str:
        return self.services[name].log.read_text(errors="replace")

    def manage(self, *arguments: str) -> str:
        """Run a `manage.py` command beside the stack, and return what it prints."""
        finished = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def cookies(self, user) -> dict[str, str]:
        """The cookies of a signed-in browser, without the way through the sign-in page."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        jar: SimpleCookie = client.cookies
        return {name: morsel.value for name, morsel in jar.items()}


def url_of_test_database() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def empty_broker(data_dir: Path) -> None:
    """Forget the messages of earlier tests."""
    if settings.CELERY_BROKER_URL.startswith(broker.SCHEME):
        for message in (data_dir / "broker").glob("messages/*"):
            message.unlink(missing_ok=True)
        return
    import redis

    client = redis.Redis(unix_socket_path=urlsplit(settings.CELERY_BROKER_URL).path)
    client.flushdb()
    client.close()


def end_the_database() -> None:
    """Kill a process of PostgreSQL's, and wait until it answers again.

    The server then ends all others, and recovers from its log, which takes a busy machine a while.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while True:
        connection.close()
        connection.close_pool()  # whose connections are dead
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
