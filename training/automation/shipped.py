"""The recipes that Accord brings along: made for a project by one press, then its own.

Those that say when they are carried out bring their schedule, which goes on at once unless it is to
begin paused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.models import Project, User
from training.automation.calendar_rules import zone_named
from training.automation.recipes import create_recipe
from training.automation.schedules import ScheduleSettings, make_schedule
from training.errors import RecipeRefused
from training.models import Checkpoint, CheckpointKind, Recipe, ScheduleTrigger

Steps = list[dict[str, Any]]
CHAMPION = "alias:champion"


@dataclass(frozen=True)
class Shipped:
    key: str
    name: str | Promise
    sentence: str | Promise
    steps: Callable[[str], Steps]  # of the checkpoint to start from
    needs_start: bool = True
    schedule: Callable[[str], ScheduleSettings] | None = None  # in a time zone


def _measured_and_proposed(number: int, *, start: str, on: str = "step:1") -> Steps:
    """Steps from `number` on: measure the one before and the champion, compare, and propose.

    The first champion is proposed in place of what it started from: so that is measured instead.
    """
    made = f"step:{number - 1}"
    return [
        {"do": "evaluate", "checkpoint": made, "on": on},
        {"do": "evaluate", "checkpoint": CHAMPION, "or_checkpoint": start, "on": on},
        {"do": "compare", "candidate": made, "champion": CHAMPION, "on": on},
        {"do": "propose", "candidate": made, "comparison": f"step:{number + 2}"},
    ]


def _dpo_nightly(start: str) -> Steps:
    return [
        {"do": "freeze"},
        {"do": "train", "method": "dpo", "on": "step:1", "start": start},
        *_measured_and_proposed(3, start=start),
    ]


def _reward_model(start: str) -> Steps:
    return [
        {"do": "freeze"},
        {"do": "train", "method": "reward_model", "on": "step:1", "start": start},
        {"do": "evaluate", "checkpoint": "step:2", "on": "step:1"},
    ]


def _sft_to_grpo(start: str) -> Steps:
    reward = {"kind": "model", "path": "step:3"}
    sampled = {"method": "grpo", "on": "step:1", "start": "step:2"}
    return [
        {"do": "freeze"},
        {"do": "train", "method": "sft", "on": "step:1", "start": start},
        {"do": "train", "method": "reward_model", "on": "step:1", "start": "step:2"},
        {"do": "train", **sampled, "settings": {"rewards": [reward]}},
        *_measured_and_proposed(5, start="step:2"),
        {"do": "arena", "checkpoint": "step:4", "or_against": "step:2", "waits": False},
    ]


def _challenger(_start: str) -> Steps:
    challenger = "alias:challenger"
    return [
        {"do": "freeze"},
        {"do": "evaluate", "checkpoint": challenger, "on": "step:1"},
        {"do": "evaluate", "checkpoint": CHAMPION, "on": "step:1"},
        {"do": "compare", "candidate": challenger, "champion": CHAMPION, "on": "step:1"},
        {"do": "arena", "checkpoint": challenger},
        {"do": "propose", "candidate": challenger, "comparison": "step:4", "arena": "step:5"},
    ]


def _nightly(time_zone: str) -> ScheduleSettings:
    """By day people judge; a night without a handful of news is not worth a run."""
    return ScheduleSettings(
        name=_("Nightly"),
        trigger=ScheduleTrigger.CALENDAR,
        rule="30 2 * * *",
        time_zone=time_zone,
        conditions={"all": [{"fact": "new_preferences", "at_least": 50}]},
        cooldown_hours=12,
    )


def _every_500(time_zone: str) -> ScheduleSettings:
    return ScheduleSettings(
        name=_("Every 500 new preferences"),
        trigger=ScheduleTrigger.PREFERENCES,
        every_n=500,
        time_zone=time_zone,
    )


SHIPPED: Mapping[str, Shipped] = {
    one.key: one
    for one in (
        Shipped(
            "dpo_nightly",
            gettext_lazy("DPO, nightly"),
            gettext_lazy(
                "Trains by DPO on all that people preferred so far, measures it beside the "
                "champion, and proposes it."
            ),
            _dpo_nightly,
            schedule=_nightly,
        ),
        Shipped(
            "reward_model_every_500_votes",
            gettext_lazy("Reward model every 500 votes"),
            gettext_lazy("Trains a reward model afresh, and measures it on held-out pairs."),
            _reward_model,
            schedule=_every_500,
        ),
        Shipped(
            "sft_reward_model_grpo",
            gettext_lazy("SFT → reward model → GRPO"),
            gettext_lazy(
                "Fine-tunes, trains a reward model on the result, and lets GRPO follow it; then "
                "compares, proposes, and lets its answers meet the champion’s blind."
            ),
            _sft_to_grpo,
        ),
        Shipped(
            "challenger_against_champion",
            gettext_lazy("Challenger against champion"),
            gettext_lazy(
                "Trains nothing: measures whatever bears the name “challenger” beside the "
                "champion on the newest held-out pairs, lets answers of both meet blind until "
                "people have decided, and proposes it unless it is worse."
            ),
            _challenger,
            needs_start=False,
        ),
    )
}


@transaction.atomic
def add_shipped(
    *,
    key: str,
    project: Project,
    start: Checkpoint | None = None,
    time_zone: str = "UTC",
    is_paused: bool = False,
    added_by: User | None = None,
) -> Recipe:
    """Make one of them for a project, from a checkpoint or the one that suggests itself.

    Args: time_zone and is_paused, of the schedule that some of them bring.
    Raises: RecipeRefused; ScheduleRefused for what is no time zone. Nothing is made then.
    """
    shipped = SHIPPED.get(key)
    if shipped is None:
        raise RecipeRefused(
            _("“%(value)s” is none of: %(known)s.") % {"value": key, "known": ", ".join(SHIPPED)},
            field="shipped",
            value=key,
        )
    start = start or suggested_start(project)
    if shipped.needs_start and start is None:
        raise RecipeRefused(
            _("There is no checkpoint to start from yet: make a base known first."),
            field="start",
            value=None,
        )
    source = f"checkpoint:{start.public_id}" if start else ""
    zone_named(time_zone)
    settings = shipped.schedule(time_zone) if shipped.schedule else None
    recipe = create_recipe(
        project=project,
        name=_free_name(str(shipped.name), project),
        steps=shipped.steps(source),
        created_by=added_by,
    )
    if settings is not None:
        make_schedule(recipe=recipe, settings=settings, is_paused=is_paused, made_by=added_by)
    return recipe


def possible_starts() -> QuerySet[Checkpoint]:
    """Whatever can be trained further, the newest first."""
    final = Checkpoint.objects.filter(is_final=True, dropped_at=None).exclude(
        kind=CheckpointKind.REWARD_MODEL
    )
    return final.order_by("-created_at", "-pk")


def suggested_start(project: Project) -> Checkpoint | None:
    """The newest that was fine-tuned on this project alone, else the newest base."""
    tuned = possible_starts().filter(run__method="sft", run__snapshot__projects=project)
    return tuned.first() or possible_starts().filter(kind=CheckpointKind.BASE).first()


def _free_name(name: str, project: Project) -> str:
    """The name, with a number behind it where the project has one of that name."""
    taken = set(project.recipes.values_list("name", flat=True))
    numbered = (name if n == 1 else f"{name} ({n})" for n in range(1, len(taken) + 2))
    return next(one for one in numbered if one not in taken)
