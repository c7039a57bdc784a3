"""Secrets at rest: what the database holds of a key is unreadable without a key outside of it.

Fernet's authenticated encryption. The newest key encrypts and every known one decrypts, so that a
key is replaced while everything runs: `manage.py rotate_encryption_key`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotate.errors import AccordError

FILE_NAME = "encryption_keys"


class SecretUnreadable(AccordError):
    code = "secret_unreadable"
    status = 500
    default_message = _(
        "This key was kept under an encryption key that is no longer here. Enter it again."
    )


class Secret:
    """A text that no log, message or traceback shows by mistake."""

    def __init__(self, plain: str) -> None:
        self._plain = plain

    def reveal(self) -> str:
        return self._plain

    def hidden_in(self, text: str) -> str:
        """The text without the secret: servers like to repeat a key that they refuse."""
        return text.replace(self._plain, "…") if self._plain else text

    def __repr__(self) -> str:
        return "Secret(…)"


def encrypt(secret: Secret) -> str:
    return _keys().encrypt(secret.reveal().encode()).decode()


def decrypt(stored: str) -> Secret:
    """Raises: SecretUnreadable."""
    try:
        return Secret(_keys().decrypt(stored.encode()).decode())
    except InvalidToken as error:
        raise SecretUnreadable from error


def encrypt_again(stored: str) -> str:
    """The same secret under the newest key. Raises: SecretUnreadable."""
    try:
        return _keys().rotate(stored.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def are_keys_from_environment() -> bool:
    return bool(settings.ACCORD_ENCRYPTION_KEYS)


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time changes the keys: two would write over what the other added."""
    with _file().with_name(f"{FILE_NAME}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # freed when the file is closed
        yield


def add_key() -> None:
    """Draw a key into the file: it encrypts from now on, and the ones before still decrypt."""
    _write([Fernet.generate_key().decode(), *_keys_in_file()])


def drop_older_keys() -> int:
    """Keep the newest key of the file alone; how many went."""
    newest, *older = _keys_in_file()
    _write([newest])
    return len(older)


def _keys() -> MultiFernet:
    """Read afresh each time, so that a running process learns of a key that was added."""
    texts = settings.ACCORD_ENCRYPTION_KEYS or _keys_in_file()
    return MultiFernet([Fernet(text) for text in texts])


def _keys_in_file() -> list[str]:
    file = _file()
    if not file.exists():
        _draw_first(file)
    return file.read_text().split()


def _draw_first(file: Path) -> None:
    draft = _draft(file, [Fernet.generate_key().decode()])
    try:
        os.link(draft, file)  # unlike a rename, it fails if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(texts: list[str]) -> None:
    file = _file()
    _draft(file, texts).replace(file)


def _draft(file: Path, texts: list[str]) -> Path:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    with draft.open("w") as opened:
        opened.write("".join(f"{text}\n" for text in texts))
        opened.flush()
        os.fsync(opened.fileno())  # before anything is encrypted with it
    return draft


def _file() -> Path:
    directory: Path = settings.ACCORD_DATA_DIR
    return directory / FILE_NAME
