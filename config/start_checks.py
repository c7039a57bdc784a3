"""What can stand in the way of a start, each told in one sentence."""

import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO

SMALLEST_FREE_BYTES = 64 * 1024 * 1024
BACKLOG = 1024


class CannotStartError(Exception):
    """One sentence for the person at the terminal."""


def check_data_directory(directory: Path) -> None:
    """Refuse a directory in which nothing can be stored."""
    probe = directory / f".probe-{os.getpid()}"
    try:
        try:
            probe.write_bytes(b"\0" * 65536)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise CannotStartError(
            f"The data directory {directory} cannot be written to: {error.strerror}."
        ) from error
    free = shutil.disk_usage(directory).free
    if free < SMALLEST_FREE_BYTES:
        raise CannotStartError(
            f"The disk with the data directory {directory} is full: "
            f"{free // 2**20} MiB are free, {SMALLEST_FREE_BYTES // 2**20} MiB are needed."
        )


def lock_data_directory(directory: Path) -> IO[str]:
    """Hold the directory until this process ends; a crash frees it too."""
    lock = (directory / "server.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise CannotStartError(
            f"Accord already runs on the data directory {directory}"
            f"{f' ({owner})' if owner else ''}: stop it, or set ACCORD_DATA_DIR to another one."
        ) from error
    return lock


def write_owner(lock: IO[str], address: str) -> None:
    """Tell a second start where the first one is."""
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {address}")
    lock.flush()


def listen(host: str, port: int) -> socket.socket:
    """Take the port now and for good, so that no other program can while the web restarts."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise CannotStartError(
            f"Port {port} of {host} cannot be used: {error.strerror}. "
            "Choose another one, such as PORT=8001."
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
