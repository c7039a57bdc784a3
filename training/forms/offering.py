"""What a form lets people choose from, looked up when it is shown."""

from typing import Any

from django import forms
from django.db.models import QuerySet


def offer(form: forms.Form, **rows: QuerySet[Any]) -> None:
    """Let each named field offer these rows. Raises: TypeError for one that offers no rows."""
    for name, found in rows.items():
        field = form.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(f"{name} does not offer rows")
        field.queryset = found
