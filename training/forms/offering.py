"""What a form lets people choose from, looked up when it is shown; and times of the day."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from training.forms.told_apart import labels_for
from training.models import Checkpoint, Run, Snapshot
from training.runs.time_zones import zone_names


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


def offer_zone(form: forms.BaseForm, name: str) -> None:
    """One that nobody is offered may have been chosen by another way in: it stays."""
    field = form.fields["time_zone"]
    if isinstance(field, forms.ChoiceField) and name not in zone_names():
        field.choices = [(name, name), *((one, one) for one in zone_names())]


def time_field(**options: Any) -> forms.TimeField:
    """A time of the day, as a browser's own field sends it."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(required=False, widget=widget, **options)
