"""A service's refusal, shown where the person looks: at the field, or above the form."""

from django import forms

from annotate.errors import AccordError


def show_refusal(form: forms.Form, error: AccordError, *, at: str | None = None) -> None:
    """At the field that it is about, or that of the name `at`."""
    field = at or error.field
    form.add_error(field if field in form.fields else None, str(error.message))
