"""A service's refusal, shown where the person looks: at the field, or above the page."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from annotate.errors import AccordError


def show_refusal(form: forms.Form, error: AccordError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def carry_out(request: HttpRequest, act: Callable[[], object], *, said: str) -> None:
    """Do it, and tell the person that it was done, or why not."""
    try:
        act()
    except AccordError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
