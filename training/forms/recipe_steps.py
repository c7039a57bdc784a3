"""One step of a recipe as a form: made of the same fields as the forms for a single time."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import METHODS, defaults_of
from training.automation.step import Place
from training.automation.step_sources import CHECKPOINTS, Made
from training.automation.steps.compare_step import CompareStep
from training.forms.arena_step import ArenaStepForm
from training.forms.evaluations import EvaluationForm
from training.forms.options import differing
from training.forms.rewards import MODEL, initial_rewards
from training.forms.runs import RunForm, SampleForm
from training.forms.snapshots import SelectionForm
from training.forms.step_sources import source_field
from training.snapshots.selection import Selection

POLICY = frozenset({Made.POLICY})
REWARD_MODEL = frozenset({Made.REWARD_MODEL})
SNAPSHOT = frozenset({Made.SNAPSHOT})
Stored = Mapping[str, Any]


class FreezeStepForm(SelectionForm):
    """What to freeze; of the project, as it stands when the round begins."""

    first_settings: tuple[forms.BoundField, ...] = ()
    more_settings: tuple[Any, ...] = ()

    def __init__(self, data: Any = None, *, place: Place, stored: Stored) -> None:
        self.place = place
        self.stored = stored.get("selection", {})
        selection = dict(self.stored)
        if "cohorts" in selection:
            selection["cohorts"] = ", ".join(selection["cohorts"])
        for name in ("since", "until"):
            if selection.get(name):
                selection[name] = selection[name][:10]
        if stored:
            selection.setdefault("edits", "none")
        super().__init__(data, initial=selection)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return list(self)

    def step(self) -> dict[str, Any]:
        """Raises: SnapshotRefused."""
        chosen, usual = self.selection().as_json(), Selection().as_json()
        differs = {name: value for name, value in chosen.items() if value != usual.get(name)}
        for name in ("since", "until"):  # the page shows days; a time that stands there is kept
            before = self.stored.get(name)
            if before and name in differs and differs[name][:10] == before[:10]:
                differs[name] = before
        return {"do": "freeze", **({"selection": differs} if differs else {})}


class TrainStepForm(RunForm):
    def __init__(self, data: Any = None, *, place: Place, stored: Stored, method: str) -> None:
        settings = dict(stored.get("settings", {}))
        rewards = initial_rewards(settings.pop("rewards", []))
        first = {name: stored[name] for name in ("on", "start", "or_start") if name in stored}
        super().__init__(data, method=method, initial={**settings, **rewards, **first})
        del self.fields["name"], self.fields["snapshot"]
        self.fields["on"] = source_field(
            place, SNAPSHOT, label=_("Snapshot"), stored=first.get("on", "")
        )
        self.fields["start"] = source_field(
            place, POLICY, label=_("Start from"), stored=first.get("start", "")
        )
        self.fields["or_start"] = source_field(
            place,
            POLICY,
            label=_("Or else from"),
            stored=first.get("or_start", ""),
            required=False,
            empty=_("nothing else: the round then fails"),
            help_text=_("Where nobody bears the name yet."),
        )
        if self.has_rewards:
            self.fields[MODEL] = source_field(
                place,
                REWARD_MODEL,
                label=_("Reward model"),
                stored=rewards.get(MODEL, ""),
                required=False,
                empty=_("None: by rules alone"),
                help_text=_("Trained here on what people preferred."),
            )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("on", "start", "or_start")]

    def step(self) -> dict[str, Any]:
        given = self.cleaned_data
        usual = defaults_of(self.method)
        settings = {
            name: value for name, value in self._settings().items() if value != usual.get(name)
        }
        return {
            "do": "train",
            "method": self.method,
            "on": given["on"],
            "start": given["start"],
            "or_start": given["or_start"],
            "settings": settings,
        }


class EvaluateStepForm(EvaluationForm):
    SOURCES = ("checkpoint", "or_checkpoint", "on", "reward_model", "against")

    def __init__(self, data: Any = None, *, place: Place, stored: Stored) -> None:
        first = {name: stored[name] for name in self.SOURCES if name in stored}
        super().__init__(data, initial={**stored.get("settings", {}), **first})
        del self.fields["name"], self.fields["snapshot"]
        self.fields["checkpoint"] = source_field(
            place, CHECKPOINTS, label=_("Checkpoint"), stored=first.get("checkpoint", "")
        )
        self.fields["or_checkpoint"] = source_field(
            place,
            CHECKPOINTS,
            label=_("Or else"),
            stored=first.get("or_checkpoint", ""),
            required=False,
            empty=_("nothing else: the step is then skipped"),
            help_text=_("Where nobody bears the name yet."),
        )
        self.fields["on"] = source_field(
            place, SNAPSHOT, label=_("Snapshot"), stored=first.get("on", "")
        )
        self.fields["reward_model"] = source_field(
            place,
            REWARD_MODEL,
            label=_("Judged by"),
            stored=first.get("reward_model", ""),
            required=False,
            empty=_("no reward model"),
            help_text=_("Scores what it writes, for win rate and best-of-n."),
        )
        self.fields["against"] = source_field(
            place,
            POLICY,
            label=_("Compared with"),
            stored=first.get("against", ""),
            required=False,
            empty=_("no other checkpoint"),
            help_text=_("How often the reward model prefers its answers to the other's."),
        )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SOURCES]

    def step(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "do": "evaluate",
            **{name: given[name] for name in self.SOURCES},
            "settings": differing(self.settings, given),
        }


class SampleStepForm(SampleForm):
    def __init__(self, data: Any = None, *, place: Place, stored: Stored) -> None:
        first = {name: stored[name] for name in ("checkpoint", "n_prompts") if name in stored}
        first["against_base"] = "yes" if stored.get("against_base", True) else "no"
        first["unanswered_only"] = stored.get("unanswered_only", False)
        super().__init__(data, initial={**stored.get("settings", {}), **first})
        for name in ("project", "reward_model", "n_candidates", "name"):
            del self.fields[name]
        self.fields["checkpoint"] = source_field(
            place, POLICY, label=_("Checkpoint"), stored=first.get("checkpoint", "")
        )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        names = ("checkpoint", "against_base", "n_prompts", "unanswered_only")
        return [self[name] for name in names]

    @property
    def first_settings(self) -> list[forms.BoundField]:
        return [self[name] for name in self.settings]

    more_settings: tuple[Any, ...] = ()

    def step(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("checkpoint", "against_base", "n_prompts", "unanswered_only")
        return {
            "do": "sample",
            **{name: given[name] for name in names},
            "settings": differing(self.settings, given),
        }


class _PlainStepForm(forms.Form):
    """A step without settings: sources alone."""

    first_settings: tuple[forms.BoundField, ...] = ()
    more_settings: tuple[Any, ...] = ()
    do: str
    usual: Mapping[str, str] = {}  # what stands where nothing is stored
    sources: tuple[tuple[str, frozenset[Made], str | Promise, bool], ...]

    def __init__(self, data: Any = None, *, place: Place, stored: Stored) -> None:
        first = {
            **self.usual,
            **{name: stored[name] for name, *_ in self.sources if name in stored},
        }
        super().__init__(data, initial=first)
        for name, wants, label, required in self.sources:
            self.fields[name] = source_field(
                place,
                wants,
                label=label,
                stored=first.get(name, ""),
                required=required,
                empty="" if required else _("nothing"),
            )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return list(self)

    def step(self) -> dict[str, Any]:
        return {"do": self.do, **{name: self.cleaned_data[name] for name, *_ in self.sources}}


class CompareStepForm(_PlainStepForm):
    do = "compare"
    usual = {"champion": CompareStep.champion}
    sources = (
        ("candidate", CHECKPOINTS, _("Candidate"), True),
        ("champion", CHECKPOINTS, _("Compared with"), True),
        ("on", SNAPSHOT, _("Snapshot that both were measured on"), True),
    )


class ProposeStepForm(_PlainStepForm):
    do = "propose"
    sources = (
        ("candidate", CHECKPOINTS, _("Candidate"), True),
        ("comparison", frozenset({Made.COMPARISON}), _("Unless found worse in"), False),
        ("arena", frozenset({Made.ARENA}), _("Unless people preferred the champion in"), False),
    )


STEP_FORMS: dict[str, type[Any]] = {
    "freeze": FreezeStepForm,
    "train": TrainStepForm,
    "evaluate": EvaluateStepForm,
    "compare": CompareStepForm,
    "arena": ArenaStepForm,
    "sample": SampleStepForm,
    "propose": ProposeStepForm,
}


def step_form(do: str, method: str, place: Place, *, stored: Stored, data: Any = None) -> Any:
    """The form of a kind of step; of training, with the settings of its method."""
    more = {"method": method if method in METHODS else "dpo"} if do == "train" else {}
    return STEP_FORMS[do](data, place=place, stored=stored, **more)
