"""What an answer is worth: a reward model, and rules; each with its weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alignment_core.configs.options import Option, options_of
from alignment_core.configs.rewards import REWARDS
from training.forms.options import option_field
from training.models import Checkpoint, CheckpointKind
from training.runs.reward_models import reference_to
from training.words.options_of_rollouts import REWARD_OPTION_WORDS, REWARD_WORDS

MODEL, MODEL_WEIGHT = "reward_model", "reward_model_weight"
RULES = tuple(kind for kind in REWARDS if kind not in ("model", "callable"))


@dataclass(frozen=True)
class Rule:
    """A reward that needs no model: the box that turns it on, and its settings."""

    help_text: str | Promise
    switch: forms.BoundField
    settings: list[forms.BoundField]
    is_open: bool


def reward_fields() -> dict[str, forms.Field]:
    """Never one for a Python function: what the web asks for runs no code that it names."""
    fields: dict[str, forms.Field] = {
        MODEL: forms.ModelChoiceField(
            Checkpoint.objects.filter(kind=CheckpointKind.REWARD_MODEL, is_final=True).order_by(
                "-created_at"
            ),
            to_field_name="public_id",
            required=False,
            label=gettext_lazy("Reward model"),
            empty_label=gettext_lazy("None: by rules alone"),
            help_text=gettext_lazy("Trained here on what people preferred."),
        ),
        MODEL_WEIGHT: forms.FloatField(
            label=gettext_lazy("Weight"),
            initial=1.0,
            widget=forms.NumberInput(attrs={"step": "any"}),
            help_text=gettext_lazy("Rewards are multiplied by their weights and added."),
        ),
    }
    for kind in RULES:
        words_of_kind: tuple[Any, Any] = REWARD_WORDS.get(kind, (kind, ""))
        fields[_switch(kind)] = forms.BooleanField(label=words_of_kind[0], required=False)
        for entry in options_of(REWARDS[kind]):
            words = REWARD_OPTION_WORDS.get((kind, entry.name))
            fields[_setting(kind, entry)] = option_field(entry, words, required=False)
    return fields


def rules_of(form: forms.Form) -> list[Rule]:
    return [
        Rule(
            help_text=REWARD_WORDS.get(kind, ("", ""))[1],
            switch=form[_switch(kind)],
            settings=[form[_setting(kind, entry)] for entry in options_of(REWARDS[kind])],
            is_open=bool(form[_switch(kind)].value()),
        )
        for kind in RULES
    ]


def clean_rewards(form: forms.Form) -> list[dict[str, Any]]:
    """The rewards that were chosen, as settings of a run; without any, the form is wrong."""
    given = form.cleaned_data
    rewards: list[dict[str, Any]] = []
    if chosen := given.get(MODEL):
        path = reference_to(chosen) if isinstance(chosen, Checkpoint) else chosen
        rewards.append({"kind": "model", "path": path, "weight": given.get(MODEL_WEIGHT)})
    for kind in RULES:
        if given.get(_switch(kind)):
            values = {entry.name: given.get(_setting(kind, entry)) for entry in _options(kind)}
            filled = {name: value for name, value in values.items() if value not in (None, "")}
            rewards.append({"kind": kind, **filled})
    if not rewards:
        form.add_error(MODEL, _("Choose a reward model, or a rule."))
    return rewards


def initial_rewards(rewards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What fills the fields in as they were for these rewards; of reward models, the first."""
    filled: dict[str, Any] = {}
    for reward in reversed(rewards):
        if reward["kind"] == "model":
            filled |= {MODEL: reward["path"], MODEL_WEIGHT: reward.get("weight", 1.0)}
        elif reward["kind"] in RULES:
            filled[_switch(reward["kind"])] = True
            for entry in _options(reward["kind"]):
                if entry.name in reward:
                    filled[_setting(reward["kind"], entry)] = reward[entry.name]
    return filled


def _options(kind: str) -> list[Option]:
    return options_of(REWARDS[kind])


def _switch(kind: str) -> str:
    return f"reward_{kind}"


def _setting(kind: str, entry: Option) -> str:
    return f"reward_{kind}_{entry.name}"
