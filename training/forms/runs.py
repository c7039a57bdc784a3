"""What to train, from what, and how; and sampling for the next round."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import METHODS, SampleConfig
from annotate.models import Project
from training.forms.offering import offer
from training.forms.option_groups import FIRST_OPTIONS, grouped
from training.forms.options import option_fields
from training.forms.rewards import (
    MODEL,
    MODEL_WEIGHT,
    Rule,
    clean_rewards,
    reward_fields,
    rules_of,
)
from training.forms.told_apart import labels_for
from training.models import Checkpoint, CheckpointKind, Run, RunKind, RunState, Snapshot

UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


class RunForm(forms.Form):
    """A training run of one method: its settings are fields of their own."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(),
        to_field_name="public_id",
        label=_("Snapshot"),
        empty_label=_("Choose what it learns from"),
    )
    start = forms.ChoiceField(
        label=_("Start from"),
        help_text=_("A checkpoint, or the result of a run that has not finished yet."),
    )

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method = method
        offer(self, snapshot=Snapshot.objects.order_by("-frozen_at"))
        start = self.fields["start"]
        assert isinstance(start, forms.ChoiceField)  # noqa: S101 - as declared above
        start.choices = [("", _("Choose a start")), *_starts()]
        self.settings = option_fields(METHODS[method].config, method=method)
        self.fields.update(self.settings)
        self.fields["report_to"].initial = settings.ACCORD_REPORT_TO
        self.has_rewards = METHODS[method].learns_from == "rewards"
        if self.has_rewards:
            self.fields.update(reward_fields())

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "snapshot", "start")]

    @property
    def first_settings(self) -> list[forms.BoundField]:
        return [self[name] for name in FIRST_OPTIONS if name in self.settings]

    @property
    def more_settings(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        return [
            (title, [self[name] for name in names]) for title, names in grouped(list(self.settings))
        ]

    @property
    def reward_model_fields(self) -> list[forms.BoundField]:
        return [self[MODEL], self[MODEL_WEIGHT]]

    @property
    def reward_rules(self) -> list[Rule]:
        return rules_of(self)

    def clean(self) -> dict[str, Any]:
        if self.has_rewards:
            self.cleaned_data["rewards"] = clean_rewards(self)
        return self.cleaned_data

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `queue_run`."""
        kind, _colon, public_id = self.cleaned_data["start"].partition(":")
        base = Checkpoint.objects.get(public_id=public_id) if kind == "checkpoint" else None
        after = Run.objects.get(public_id=public_id) if kind == "run" else None
        return {
            "method": self.method,
            "name": self.cleaned_data["name"],
            "snapshot": self.cleaned_data["snapshot"],
            "base": base,
            "after": after,
            "settings": self._settings(),
        }

    def _settings(self) -> dict[str, Any]:
        names = [*self.settings, *(["rewards"] if self.has_rewards else [])]
        return {name: self.cleaned_data[name] for name in names}


def _starts() -> list[tuple[Any, list[tuple[str, str]]]]:
    """Checkpoints that can be trained further, and runs that will end in one."""
    checkpoints = Checkpoint.objects.filter(is_final=True, dropped_at=None).exclude(
        kind=CheckpointKind.REWARD_MODEL
    )
    runs = Run.objects.filter(kind=RunKind.TRAIN, state__in=UNFINISHED).exclude(
        method__in=[method.name for method in METHODS.values() if method.makes == "reward_model"]
    )
    checkpoints, runs = checkpoints.order_by("-created_at"), runs.order_by("-queued_at")
    named, named_run = labels_for(checkpoints), labels_for(runs)
    return [
        (_("Checkpoints"), [(f"checkpoint:{one.public_id}", named(one)) for one in checkpoints]),
        (_("After a run"), [(f"run:{one.public_id}", named_run(one)) for one in runs]),
    ]


class SampleForm(forms.Form):
    """Prompts of a project and a checkpoint: what it writes is judged blind."""

    project = forms.ModelChoiceField(
        Project.objects.none(),
        to_field_name="public_id",
        label=_("Project"),
        empty_label=_("Choose whose prompts are answered"),
    )
    checkpoint = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        label=_("Checkpoint"),
        empty_label=_("Choose who answers"),
    )
    against_base = forms.TypedChoiceField(
        label=_("What is compared"),
        choices=[
            ("yes", _("one answer of the checkpoint and one of the checkpoint it started from")),
            ("no", _("two answers of the checkpoint")),
        ],
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect,
    )
    n_prompts = forms.IntegerField(
        label=_("Prompts"),
        min_value=1,
        max_value=1000,
        initial=50,
        help_text=_("Drawn from the project by the seed. Each gives one comparison at most."),
    )
    unanswered_only = forms.BooleanField(
        label=_("Only prompts that wait for answers"), required=False
    )
    reward_model = forms.ModelChoiceField(
        Checkpoint.objects.none(),
        to_field_name="public_id",
        required=False,
        label=_("Keep the best by"),
        empty_label=_("no reward model: every answer as it comes"),
        help_text=_("Of several candidates, the one that the reward model scores highest."),
    )
    n_candidates = forms.IntegerField(
        label=_("Candidates"),
        min_value=2,
        max_value=256,
        initial=4,
        help_text=_("For each answer that is kept; only with a reward model."),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, project=Project.objects.all())
        offer(
            self,
            checkpoint=Checkpoint.objects.filter(
                is_final=True,
                kind__in=[CheckpointKind.POLICY, CheckpointKind.BASE],
                dropped_at=None,
            ).order_by("-created_at"),
        )
        offer(
            self,
            reward_model=Checkpoint.objects.filter(
                is_final=True, kind=CheckpointKind.REWARD_MODEL, dropped_at=None
            ).order_by("-created_at"),
        )
        self.settings = option_fields(SampleConfig, leave_out=("n_samples",))
        self.fields.update(self.settings)

    def request(self) -> dict[str, Any]:
        """The cleaned form as arguments of `queue_sample_run`."""
        chosen = (
            "project",
            "checkpoint",
            "against_base",
            "n_prompts",
            "unanswered_only",
            "reward_model",
            "n_candidates",
            "name",
        )
        return {
            **{name: self.cleaned_data[name] for name in chosen},
            "settings": {name: self.cleaned_data[name] for name in self.settings},
        }


class BaseForm(forms.Form):
    """A base checkpoint: a directory of this machine, or a hub id."""

    path_or_hub_id = forms.CharField(
        label=_("Directory or hub id"),
        max_length=300,
        help_text=_(
            "A Hugging Face model directory that the server may read, or owner/name@revision. "
            "Weights must be safetensors. A large model is read in the background."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
