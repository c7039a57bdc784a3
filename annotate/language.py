"""Sentences that a worker writes down are in the language of whoever asked for the work."""

from django.conf import settings
from django.utils import translation

from annotate.models import User


def in_language_of(user: User | None) -> translation.override:
    """A context in which sentences are theirs; nobody's are in the installation's language."""
    return translation.override((user.language if user else "") or settings.LANGUAGE_CODE)
