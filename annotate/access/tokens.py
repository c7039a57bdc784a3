"""API tokens: the plain text is shown once, and only its digest is stored."""

import hashlib
import secrets

TOKEN_MARK = "accord_"  # noqa: S105  (lets secret scanners find a token committed by mistake)
PREFIX_LENGTH = 12


def new_plain_token() -> str:
    return TOKEN_MARK + secrets.token_urlsafe(32)


def token_digest(plain: str) -> str:
    """SHA-256 is enough: 256 random bits cannot be guessed, so no slow hash is needed."""
    return hashlib.sha256(plain.encode()).hexdigest()


def token_prefix(plain: str) -> str:
    return plain[:PREFIX_LENGTH]
