"""A service's refusal, shown where the person looks: at the field, or above the page."""

from collections.abc import Callable

from django import forms
from django.contrib import messages

from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError


def show_refusal(form: forms.Form, error: AccordError, *, at: str | None = None) -> None:
    """At the field that it is about, or that of the name `at`."""
    field = at or error.field
    form.add_error(field if field in form.fields else None, str(error.message))


def carry_out(request: SignedInRequest, act: Callable[[], object], *, said: str) -> None:
    """Do it, and tell the person that it was done, or why not."""
    try:
        act()
    except AccordError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, said)
