"""Where things lie, single settings from the environment, and the secret key."""

import os
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 32
LARGEST_PORT = 65535
# Keys that stand in public code or documents; whoever knows the key can forge any session.
KNOWN_SECRET_PREFIXES = ("django-insecure", "changeme", "change-me", "secret", "$(fgtyuk0")
HERE = Path(__file__).resolve().parent
IN_WHEEL = HERE / "_installed"  # pyproject.toml lays templates, static and locale there
IS_INSTALLED = IN_WHEEL.is_dir()


def project_files() -> Path:
    """The folder of `templates`, `static` and `locale`: of the wheel, or else of the checkout."""
    return IN_WHEEL if IS_INSTALLED else HERE.parent


def data_directory(environ: Mapping[str, str]) -> Path:
    """ACCORD_DATA_DIR, or `var`: in the checkout or, if installed, in the current folder."""
    default = (Path.cwd() if IS_INSTALLED else HERE.parent) / "var"
    return Path(environ.get("ACCORD_DATA_DIR") or default).expanduser().resolve()


def flag(environ: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Whether a switch is on: "1", "true", "yes" or "on"."""
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither on (1) nor off (0).")


def words(environ: Mapping[str, str], name: str) -> list[str]:
    """The parts of a list separated by commas."""
    return [word.strip() for word in environ.get(name, "").split(",") if word.strip()]


def one_of(environ: Mapping[str, str], name: str, *choices: str) -> str:
    """One of a few words; the first where nothing is said."""
    value = environ.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(choices)}.")
    return value


def positive_number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) == 0:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number above 0.")
    return int(value)


def port_number(environ: Mapping[str, str], name: str, default: int) -> int:
    """A port; 0 lets the system choose a free one."""
    value = environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) > LARGEST_PORT:
        raise ImproperlyConfigured(f"{name}={value!r} is not a port between 0 and {LARGEST_PORT}.")
    return int(value)


def allowed_addresses(environ: Mapping[str, str], name: str) -> list[tuple[str, int | None]]:
    """Names and networks with their port, None for all: `gpu.lan:8000,10.1.0.0/16:*,[::1]:80`."""
    return [_host_and_port(name, word) for word in words(environ, name)]


def _host_and_port(name: str, word: str) -> tuple[str, int | None]:
    host, colon, port = word.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if colon else ""
    is_port = port == "*" or (port.isdecimal() and 0 < int(port) <= LARGEST_PORT)
    if not is_port or not host or (("/" in host or ":" in host) and not _is_network(host)):
        raise ImproperlyConfigured(
            f"{name}: {word!r} is no name or network with a port, as gpu.lan:8000, "
            "10.1.0.0/16:443, [fd00::/8]:443 or gpu.lan:* are."
        )
    return host, None if port == "*" else int(port)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def encryption_keys(environ: Mapping[str, str], name: str) -> list[str]:
    """Keys of 32 bytes in URL-safe base64, the newest first."""
    keys = words(environ, name)
    for number, key in enumerate(keys, start=1):
        try:
            is_key = len(urlsafe_b64decode(key)) == 32
        except ValueError:
            is_key = False
        if not is_key:  # without showing it
            raise ImproperlyConfigured(
                f"{name}: key {number} is not 32 bytes in URL-safe base64. Make one with: "
                "openssl rand -base64 32 | tr '+/' '-_'"
            )
    return keys


def make_private_directory(directory: Path) -> Path:
    """Create a directory that only this user can enter, or say in a sentence why it cannot be."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data directory {directory} cannot be made: {error.strerror}."
        ) from error
    return directory


def secret_key(environ: Mapping[str, str], directory: Path) -> str:
    """ACCORD_SECRET_KEY, or the key of this installation, drawn at its first start."""
    key = environ.get("ACCORD_SECRET_KEY", "") or _stored_secret(directory / "secret_key")
    if len(key) < SHORTEST_SECRET or key.lower().startswith(KNOWN_SECRET_PREFIXES):
        raise ImproperlyConfigured(
            "The secret key is short or publicly known, so anyone could forge a session. "
            "Unset ACCORD_SECRET_KEY to have one drawn, or set one of at least "
            f"{SHORTEST_SECRET} random characters."
        )
    return key


def _stored_secret(file: Path) -> str:
    try:
        if not file.exists():
            _draw_secret(file)
        return file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key {file} cannot be read or written: {error.strerror}."
        ) from error


def _draw_secret(file: Path) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)  # unlike a rename, it fails if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
