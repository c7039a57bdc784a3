"""What is measured of a checkpoint, and with whose help."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.configs.evaluation import EvaluateConfig
from training.forms.offering import offer
from training.forms.option_groups import grouped
from training.forms.options import option_fields
from training.models import Checkpoint, CheckpointKind, Snapshot

FIRST = ("n_prompts", "n_samples", "max_new_tokens", "safety")


class EvaluationForm(forms.Form):
    checkpoint = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        label=_("Checkpoint"),
        empty_label=_("Choose what is measured"),
    )
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(),
        to_field_name="public_id",
        label=_("Snapshot"),
        empty_label=_("Choose what it is measured on"),
        help_text=_("Its held-out pairs and prompts are what it is measured on."),
    )
    reward_model = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        required=False,
        label=_("Judged by"),
        empty_label=_("no reward model"),
        help_text=_("Scores what it writes, for win rate and best-of-n."),
    )
    against = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        required=False,
        label=_("Compared with"),
        empty_label=_("no other checkpoint"),
        help_text=_("How often the reward model prefers its answers to the other's."),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        final = Checkpoint.objects.filter(is_final=True, dropped_at=None).order_by("-created_at")
        policies = final.exclude(kind=CheckpointKind.REWARD_MODEL)
        offer(self, checkpoint=final)
        offer(self, snapshot=Snapshot.objects.order_by("-frozen_at"))
        offer(self, reward_model=final.filter(kind=CheckpointKind.REWARD_MODEL))
        offer(self, against=policies)
        self.settings = option_fields(EvaluateConfig, method="evaluate")
        self.fields.update(self.settings)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        names = ("checkpoint", "snapshot", "reward_model", "against", "name")
        return [self[name] for name in names]

    @property
    def first_settings(self) -> list[forms.BoundField]:
        return [self[name] for name in FIRST]

    @property
    def more_settings(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        rest = [name for name in self.settings if name not in FIRST]
        return [(title, [self[name] for name in names]) for title, names in grouped(rest)] + [
            (_("Chance"), [self["seed"]])
        ]

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `queue_evaluation_run`."""
        chosen = ("checkpoint", "snapshot", "reward_model", "against", "name")
        return {
            **{name: self.cleaned_data[name] for name in chosen},
            "settings": {name: self.cleaned_data[name] for name in self.settings},
        }
