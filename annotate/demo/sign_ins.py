"""Whom to sign in as: random passwords, kept in one file that only this user can read."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

FILE_NAME = "demo-sign-ins.txt"
USERNAMES = ("admin", "lead", "annotator")
PASSWORD_BYTES = 12


@dataclass(frozen=True)
class SignIn:
    username: str
    password: str


def read_sign_ins() -> list[SignIn]:
    """Those that were drawn; none where the demonstration was never loaded."""
    try:
        lines = _file().read_text().splitlines()
    except FileNotFoundError:
        return []
    return [SignIn(*line.split("\t")) for line in lines if line]


def draw_sign_ins() -> list[SignIn]:
    """Those that were drawn, or new ones: they are in the file before anybody is made from them."""
    drawn = read_sign_ins()
    if not drawn:
        drawn = [SignIn(name, secrets.token_urlsafe(PASSWORD_BYTES)) for name in USERNAMES]
        draft = _file().with_suffix(".draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{drawn_in.username}\t{drawn_in.password}\n" for drawn_in in drawn)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(_file())
    return drawn


def _file() -> Path:
    return settings.ACCORD_DATA_DIR / FILE_NAME
