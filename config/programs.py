"""The five programs that make up a running Accord, as commands."""

import os
import sys
from pathlib import Path

from config.processes import Service

# Many small matrices, many threads: one BLAS thread each keeps the web quick.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
TRAINING_NICENESS = 10  # training takes what the web leaves


def programs(
    *, listener_fd: int, data_dir: Path, web_processes: int, web_threads: int
) -> list[Service]:
    """Web, a worker for each queue, and the scheduler; all inherit this process's environment."""

    def service(
        name: str,
        command: list[str],
        *,
        environment: dict[str, str] = ONE_THREAD,
        inherited_fds: tuple[int, ...] = (),
        niceness: int = 0,
    ) -> Service:
        return Service(
            name=name,
            command=[sys.executable, "-m", *command],
            log=data_dir / "logs" / f"{name}.log",
            environment={**os.environ, **environment},
            inherited_fds=inherited_fds,
            niceness=niceness,
        )

    return [
        service(
            "web",
            gunicorn(listener_fd=listener_fd, processes=web_processes, threads=web_threads),
            inherited_fds=(listener_fd,),
        ),
        service("default", [*worker("default", threads=4), "--without-heartbeat"]),
        service("long", [*worker("long", threads=3), "--without-heartbeat"]),
        service(
            "training",
            [*worker("training", threads=1), "--heartbeat-interval", "10"],
            environment={},  # it takes the threads that it finds
            niceness=TRAINING_NICENESS,
        ),
        service("scheduler", ["config.scheduler"]),
    ]


def gunicorn(*, listener_fd: int, processes: int, threads: int) -> list[str]:
    # The supervisor keeps the socket open: while the web server starts again, browsers wait
    # in the queue instead of being refused.
    return [
        *("gunicorn", "config.wsgi", "--bind", f"fd://{listener_fd}"),
        *("--worker-class", "config.web_worker.FairWorker"),
        *("--workers", str(processes), "--threads", str(threads), "--no-control-socket"),
        *("--timeout", "60", "--graceful-timeout", "5", "--keep-alive", "15"),
        *("--log-level", "warning"),
    ]


def worker(queue: str, *, threads: int) -> list[str]:
    # Threads, not forked processes: a task here waits for a child or for the database, and a
    # thread hears at once that the worker has been asked to stop.
    return [
        *("celery", "--app", "config", "worker", "--queues", queue, "--hostname", f"{queue}@%h"),
        *("--pool", "threads", "--concurrency", str(threads), "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
    ]
