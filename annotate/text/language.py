"""Sentences that a worker writes down are in the language of whoever asked for the work."""

from typing import Protocol

from django.conf import settings
from django.utils import translation


class Reader(Protocol):
    """Somebody who reads one language."""

    language: str


def in_language_of(reader: Reader | None) -> translation.override:
    """A context in which sentences are theirs; nobody's are in the installation's language."""
    return translation.override((reader.language if reader else "") or settings.LANGUAGE_CODE)
