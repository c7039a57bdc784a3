"""What a form lets people choose from, looked up when it is shown."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from training.forms.told_apart import labels_for
from training.models import Checkpoint, Run, Snapshot


def offer(form: forms.Form, **rows: QuerySet[Any]) -> None:
    """Let each named field offer these rows, told apart where two have one name.

    Raises: TypeError for one that offers no rows.
    """
    for name, found in rows.items():
        field = form.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(f"{name} does not offer rows")
        field.queryset = found
        if issubclass(found.model, Snapshot | Checkpoint | Run):
            field.label_from_instance = labels_for(found)  # type: ignore[method-assign, assignment]
