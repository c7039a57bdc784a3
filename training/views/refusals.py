"""A service's refusal, shown at the form field that it names."""

from django import forms

from annotate.errors import AccordError


def show_refusal(form: forms.Form, error: AccordError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))
