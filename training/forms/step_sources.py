"""What a step may work on, as choices: earlier steps, names, and rows that are there already."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from training.automation.step import Place
from training.automation.step_sources import CHECKPOINTS, NAMES_IN_WORDS, Made, made_of_name
from training.forms.told_apart import labels_for
from training.models import Checkpoint, CheckpointKind, Snapshot

MOST_OFFERED = 100
Choices = list[tuple[Any, Any]]


def source_field(
    place: Place,
    wants: Iterable[Made],
    *,
    label: Any,  # lazily translated, as are the next
    stored: str = "",
    required: bool = True,
    empty: Any = "",
    help_text: Any = "",
) -> forms.ChoiceField:
    """Args: stored: what stands there now, which is offered though it were not found."""
    wanted = frozenset(wants)
    groups: Choices = [
        (_("Steps before"), list(_steps(place, wanted))),
        (_("Whatever bears a name when the round begins"), list(_names(wanted))),
        (_("Checkpoints"), list(_checkpoints(wanted))),
        (_("Snapshots"), list(_snapshots(place, wanted))),
    ]
    offered = {value for _title, choices in groups for value, _words in choices}
    if stored and stored not in offered:
        groups.append((_("Other"), [(stored, stored)]))
    choices = [("", empty or _("Choose one")), *(group for group in groups if group[1])]
    return forms.ChoiceField(label=label, choices=choices, required=required, help_text=help_text)


def _steps(place: Place, wants: frozenset[Made]) -> Iterable[tuple[str, str]]:
    for number, step in enumerate(place.before, start=1):
        if step.makes in wants:
            words = {"n": number, "step": step.label}
            yield f"step:{number}", _("step %(n)d: %(step)s") % words


def _names(wants: frozenset[Made]) -> Iterable[tuple[str, str]]:
    for name, words in NAMES_IN_WORDS.items():
        if made_of_name(name) in wants:
            yield f"alias:{name}", str(words)


def _checkpoints(wants: frozenset[Made]) -> Iterable[tuple[str, str]]:
    final = Checkpoint.objects.filter(is_final=True, dropped_at=None).order_by("-created_at", "-pk")
    if not wants & CHECKPOINTS:
        return
    if Made.REWARD_MODEL not in wants:
        final = final.exclude(kind=CheckpointKind.REWARD_MODEL)
    elif Made.POLICY not in wants:
        final = final.filter(kind=CheckpointKind.REWARD_MODEL)
    offered = list(final.defer("manifest")[:MOST_OFFERED])
    named = labels_for(offered)
    for checkpoint in offered:
        yield f"checkpoint:{checkpoint.public_id}", named(checkpoint)


def _snapshots(place: Place, wants: frozenset[Made]) -> Iterable[tuple[str, str]]:
    if Made.SNAPSHOT in wants:
        frozen = Snapshot.objects.filter(projects=place.project).order_by("-frozen_at", "-pk")
        offered = list(frozen[:MOST_OFFERED])
        named = labels_for(offered)
        for snapshot in offered:
            yield f"snapshot:{snapshot.public_id}", named(snapshot)
