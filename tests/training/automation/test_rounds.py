"""Rounds begin one at a time, and go from step to step."""

import pytest

from alignment_core.configs import METHODS
from annotate.models import Project
from tests.training.automation.rounds import (
    begin,
    dpo_steps,
    go_on,
    make_recipe,
    present,
    states,
    succeed,
    to_the_end,
)
from training.artifacts.model_files import context_length
from training.automation.advancing import advance_round
from training.automation.recipes import change_steps, pause_recipe
from training.automation.rounds import cancel_round
from training.automation.shipped import add_shipped
from training.errors import RecipePaused, RoundUnderWay
from training.models import Alias, Checkpoint, Round, RoundState, Run, Snapshot
from training.runs.checks import fitting_context

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bells")]


def promote(checkpoint: Checkpoint, project: Project) -> None:
    Alias.objects.create(
        project=project,
        role="policy",
        name="champion",
        number=1,
        checkpoint=checkpoint,
        origin="before",
    )


def test_a_round_does_one_step_after_another_and_ends(recipe, bells):
    begun = begin(recipe)
    assert states(begun) == ["waiting"] * 6
    step = go_on(begun)
    assert (step.kind, step.state) == ("freeze", "succeeded")
    assert step.snapshot.cutoff_at == begun.started_at
    step = go_on(begun)
    assert (step.kind, step.state, step.run.method) == ("train", "succeeded", "dpo")
    assert step.run.settings["beta"] == 0.2
    assert step.run.snapshot == begun.steps.get(number=1).snapshot
    assert step.run.name == "DPO · 1 · DPO"
    measured = go_on(begun)
    assert measured.run.base == Checkpoint.objects.get(run=step.run)
    to_the_end(begun)
    assert (begun.state, begun.reason) == (RoundState.SUCCEEDED, "")
    assert states(begun) == [
        "succeeded",
        "succeeded",
        "succeeded",
        "skipped",
        "skipped",
        "succeeded",
    ]
    assert "nothing to compare with" in begun.steps.get(number=5).reason
    assert Run.objects.count() == 2
    assert Snapshot.objects.count() == 1


def test_the_champion_is_who_bore_the_name_when_the_round_began(recipe, tiny_base, bells):
    promote(tiny_base, recipe.project)
    begun = begin(recipe)
    assert begun.names == {"champion": str(tiny_base.public_id)}
    for _step in range(2):
        go_on(begun)
    Alias.objects.all().delete()
    wins = {f"{number:08d}/0": float(number % 2) for number in range(40)}
    advance_round(begun.pk)
    succeed(present(begun).run, wins=dict.fromkeys(wins, 1.0))
    advance_round(begun.pk)
    beside = present(begun)
    assert beside.run.base == tiny_base
    succeed(beside.run, wins=wins)
    to_the_end(begun)
    compared = begun.steps.get(number=5).result
    assert compared["champion"] == str(tiny_base.public_id)
    assert (compared["first"], compared["second"], compared["said"]) == (1.0, 0.5, "better")
    assert begun.steps.get(number=6).state == "succeeded"


def test_before_there_is_a_champion_what_the_model_started_from_is_measured(
    judged_project, tiny_base, bells
):
    recipe = add_shipped(key="dpo_nightly", project=judged_project(12), start=tiny_base)
    begun = to_the_end(begin(recipe))
    measured = begun.steps.get(number=4)
    assert (measured.state, measured.run.base) == ("succeeded", tiny_base)
    assert begun.steps.get(number=5).state == "skipped"
    assert begun.state == RoundState.SUCCEEDED


def test_what_was_found_worse_is_not_proposed(recipe, tiny_base):
    promote(tiny_base, recipe.project)
    begun = begin(recipe)
    for _step in range(2):
        go_on(begun)
    pairs = [f"{number:08d}/0" for number in range(40)]
    better = {pair: float(number % 4 > 0) for number, pair in enumerate(pairs)}
    for wins in (dict.fromkeys(pairs, 0.0), better):
        advance_round(begun.pk)
        succeed(present(begun).run, wins=wins)
    to_the_end(begun)
    assert begun.state == RoundState.SUCCEEDED
    assert begun.steps.get(number=5).result["said"] == "worse"
    last = begun.steps.get(number=6)
    assert (last.state, last.result) == ("skipped", {})
    assert "worse" in last.reason


def test_a_recipe_has_one_round_at_a_time(recipe):
    begun = begin(recipe)
    with pytest.raises(RoundUnderWay):
        begin(recipe)
    cancel_round(round_id=begun.public_id)
    assert begin(recipe).number == 2


def test_a_paused_recipe_starts_nothing_and_a_round_under_way_goes_on(recipe):
    begun = begin(recipe)
    pause_recipe(recipe_id=recipe.public_id, is_paused=True)
    assert to_the_end(begun).state == RoundState.SUCCEEDED
    with pytest.raises(RecipePaused):
        begin(recipe)
    assert Round.objects.count() == 1


def test_a_round_goes_on_by_the_version_that_it_began_with(recipe, tiny_base):
    begun = begin(recipe)
    go_on(begun)
    change_steps(recipe_id=recipe.public_id, steps=[{"do": "freeze"}])
    go_on(begun)
    assert begun.steps.get(number=2).run.settings["beta"] == 0.2


def test_where_no_length_is_named_it_is_what_the_context_has(judged_project, tiny_base):
    steps = dpo_steps(tiny_base)
    steps[1]["settings"] = {}
    round_ = begin(make_recipe(judged_project(), tiny_base, steps=steps))
    go_on(round_)
    advance_round(round_.pk)
    run = present(round_).run
    assert run.settings["max_length"] == context_length(tiny_base) < 1024
    for method in METHODS:  # those that cannot be without a reward as well
        assert fitting_context(method, tiny_base) == {"max_length": context_length(tiny_base)}
