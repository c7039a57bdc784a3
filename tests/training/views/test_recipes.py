"""The pages of recipes and rounds: what is shown to whom, and what a press does."""

import pytest
from django.urls import reverse

from annotate.models import Role
from tests.bells import listen
from tests.factories import make_admin, make_member, make_user
from tests.training.automation.rounds import begin, dpo_steps, fail, go_on, make_recipe, present
from training.automation.advancing import DO_STEP, advance_round
from training.automation.fact_measurement import MEASURE
from training.automation.recipe_text import steps_as_text, steps_from_text
from training.automation.recipes import change_steps, newest_version
from training.automation.shipped import SHIPPED, add_shipped
from training.models import Recipe, Round

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silence(monkeypatch):
    for task in ("training.tasks.advance_round", DO_STEP, "training.tasks.execute_run", MEASURE):
        listen(monkeypatch, task)


@pytest.fixture
def recipe(judged_project, tiny_base) -> Recipe:
    return make_recipe(judged_project(12), tiny_base)


@pytest.fixture
def admin(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client, view: str, *arguments, **query) -> str:
    answer = client.get(reverse(f"training:{view}", args=arguments), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def press(client, view: str, *arguments, **sent):
    return client.post(reverse(f"training:{view}", args=arguments), sent, follow=True)


def sentences(recipe: Recipe) -> list[str]:
    return [step["do"] for step in newest_version(recipe).steps]


def test_one_press_adds_a_recipe_that_ships(admin, judged_project, tiny_base):
    project = judged_project(2)
    shown = page(admin, "recipe_add")
    for key in SHIPPED:
        assert key in shown
    assert "Its schedule: It comes due every day at 02:30 (UTC)." in shown
    assert "Its schedule: It comes due after every 500 new preferences" in shown
    assert shown.count("It brings no schedule") == 2
    answer = press(
        admin,
        "recipe_add",
        shipped="dpo_nightly",
        project=project.slug,
        time_zone="Asia/Shanghai",
        paused="on",
    )
    recipe = Recipe.objects.get()
    schedule = recipe.schedules.get()
    assert (schedule.is_paused, schedule.time_zone) == (True, "Asia/Shanghai")
    assert answer.redirect_chain == [(reverse("training:recipe", args=[recipe.public_id]), 302)]
    shown = answer.content.decode()
    assert "Train by DPO on <a" in shown
    assert ">Tiny</a>" in shown
    assert "DPO, nightly" in page(admin, "recipes")


def test_a_recipe_is_started_and_its_round_shown_until_it_is_over(admin, recipe, tiny_base):
    answer = press(admin, "recipe_start", recipe.public_id)
    begun = Round.objects.get()
    assert 'hx-trigger="every 3s"' in answer.content.decode()
    go_on(begun)
    advance_round(begun.pk)
    shown = page(admin, "round", begun.public_id)
    assert "DPO · 1 · DPO" in shown
    fail(present(begun).run, "<b>no memory</b>")
    advance_round(begun.pk)
    shown = page(admin, "round", begun.public_id)
    assert "&lt;b&gt;no memory&lt;/b&gt;" in shown
    assert 'hx-trigger="every 3s"' not in shown
    assert "no memory" in page(admin, "rounds")
    press(admin, "round_resume", begun.public_id)
    begun.refresh_from_db()
    assert begun.state == "running"
    press(admin, "round_cancel", begun.public_id)
    assert "Cancelled by" in page(admin, "round", begun.public_id)


def test_a_second_press_while_a_round_runs_is_refused_in_words(admin, recipe):
    begin(recipe)
    answer = press(admin, "recipe_start", recipe.public_id)
    assert "A round of this recipe is under way" in answer.content.decode()
    assert Round.objects.count() == 1


def test_a_paused_recipe_offers_to_go_on(admin, recipe):
    shown = press(admin, "recipe_pause", recipe.public_id, paused="yes").content.decode()
    assert "Let it go on" in shown
    start = reverse("training:recipe_start", args=[recipe.public_id])
    assert start not in shown
    assert start in press(admin, "recipe_pause", recipe.public_id, paused="no").content.decode()


def test_the_steps_are_changed_as_json_and_what_cannot_work_is_shown(admin, recipe, tiny_base):
    sent = {"name": "Mine", "seen": 1, "seen_name": recipe.name}
    wrong = press(admin, "recipe_json", recipe.public_id, steps='[{"do": "thaw"}]', **sent)
    assert "Step 1: “do” must be one of" in wrong.content.decode()
    assert "thaw" in wrong.content.decode()  # what was typed is still there
    broken = press(admin, "recipe_json", recipe.public_id, steps='[{"do"', **sent)
    assert "This is no JSON: line 1, column 7." in broken.content.decode()
    deep = press(admin, "recipe_json", recipe.public_id, steps="[" * 90_000, **sent)
    assert "This is nested too deep." in deep.content.decode()
    press(admin, "recipe_json", recipe.public_id, steps='[{"do": "freeze"}]', **sent)
    recipe.refresh_from_db()
    assert (recipe.name, sentences(recipe)) == ("Mine", ["freeze"])
    late = press(admin, "recipe_json", recipe.public_id, steps='[{"do": "freeze"}]', **sent)
    assert "it is at version 2 now" in late.content.decode()


def test_of_two_tabs_neither_loses_what_the_other_kept(admin, recipe):
    """The second is shown what the first kept, and replaces it only by another press."""
    form = {"name": "DPO", "seen": "1", "seen_name": "DPO"}
    first = {**form, "name": "Renamed", "steps": '[{"do": "freeze"}]'}
    assert press(admin, "recipe_json", recipe.public_id, **first).redirect_chain
    mine = '[{"do": "freeze", "selection": {"include_ties": false}}]'
    shown = press(admin, "recipe_json", recipe.public_id, **form, steps=mine).content.decode()
    assert "it is at version 2 now" in shown
    assert "Version 2, which somebody kept meanwhile" in shown
    assert "include_ties" in shown  # what was typed is still there
    assert '<input type="hidden" name="seen" value="2"' in shown
    assert '<input type="hidden" name="seen_name" value="Renamed"' in shown
    recipe.refresh_from_db()
    assert (newest_version(recipe).number, recipe.name) == (2, "Renamed")

    again = {"name": "Renamed", "seen": "2", "seen_name": "Renamed", "steps": mine}
    assert press(admin, "recipe_json", recipe.public_id, **again).redirect_chain
    assert newest_version(recipe).steps == [{"do": "freeze", "selection": {"include_ties": False}}]


def test_a_name_that_was_left_alone_is_not_turned_back(admin, recipe):
    steps = steps_as_text(newest_version(recipe).steps)
    form = {"seen": "1", "seen_name": "DPO", "steps": steps}
    press(admin, "recipe_json", recipe.public_id, **form, name="Renamed")
    press(admin, "recipe_json", recipe.public_id, **form, name="DPO")
    recipe.refresh_from_db()
    assert recipe.name == "Renamed"
    shown = press(admin, "recipe_json", recipe.public_id, **form, name="Third").content.decode()
    assert "it is called “Renamed” now" in shown


def test_a_step_that_was_changed_meanwhile_stays_as_it_was_changed(admin, recipe):
    address = (recipe.public_id, 5)
    sent = {"candidate": "step:2", "champion": "alias:champion", "on": "step:1", "seen": "1"}
    change_steps(recipe_id=recipe.public_id, steps=[{"do": "freeze"}, *freezes(4)])
    for _press in range(2):
        shown = press(admin, "recipe_step", *address, **sent).content.decode()
        assert "Somebody has changed this recipe meanwhile" in shown
    del sent["seen"]
    assert "meanwhile" in press(admin, "recipe_step", *address, **sent).content.decode()
    change_steps(recipe_id=recipe.public_id, steps=[{"do": "freeze"}])
    assert "There is no step 5." in press(admin, "recipe_step", *address, **sent).content.decode()
    assert newest_version(recipe).number == 3


def test_an_older_version_is_taken_up_again(admin, recipe):
    before = newest_version(recipe).steps
    change_steps(recipe_id=recipe.public_id, steps=[{"do": "freeze"}])
    address = f"{reverse('training:recipe_json', args=[recipe.public_id])}?version=1"
    assert f'href="{address}"' in page(admin, "recipe", recipe.public_id)
    shown = admin.get(address)
    assert "These are the steps of version 1" in shown.content.decode()
    first = shown.context["form"].initial
    assert steps_from_text(first["steps"]) == before
    press(admin, "recipe_json", recipe.public_id, **first)
    assert newest_version(recipe).steps == before
    for odd in ("", "0", "9", "x", "9" * 5000):
        assert "These are" not in page(admin, "recipe_json", recipe.public_id, version=odd)


def freezes(n: int) -> list[dict]:
    return [{"do": "freeze", "selection": {"include_ties": False}}] * n


def test_a_step_is_changed_in_its_form_and_only_what_differs_is_kept(admin, recipe):
    arguments = (recipe.public_id, 2)
    shown = admin.get(reverse("training:recipe_step", args=arguments))
    form = shown.context["form"]
    assert form["beta"].value() == 0.2
    sent = {
        name: "" if form[name].value() is None else form[name].value()
        for name in form.fields
        if form[name].value() is not False
    }
    answer = press(admin, "recipe_step", *arguments, **{**sent, "beta": "0.4", "seen": 1})
    assert answer.redirect_chain, answer.context["form"].errors
    assert newest_version(recipe).steps[1]["settings"] == {"beta": 0.4, "max_length": 64}
    refused = press(admin, "recipe_step", *arguments, **{**sent, "max_length": "-1", "seen": 2})
    assert refused.context["form"].errors["max_length"]


@pytest.mark.parametrize("number", range(1, 9))
def test_every_step_of_every_shipped_recipe_comes_back_from_its_form_unchanged(
    admin, judged_project, tiny_base, number
):
    project = judged_project(2)
    for key in SHIPPED:
        recipe = add_shipped(key=key, project=project)
        before = newest_version(recipe).steps
        if number > len(before):
            continue
        form = admin.get(reverse("training:recipe_step", args=[recipe.public_id, number])).context[
            "form"
        ]
        sent = {
            name: "" if form[name].value() is None else form[name].value()
            for name in form.fields
            if form[name].value() is not False
        }
        answer = press(admin, "recipe_step", recipe.public_id, number, **sent, seen=1)
        assert answer.redirect_chain, answer.context["form"].errors
        assert newest_version(recipe).steps == before, key


def test_steps_are_added_moved_and_removed_and_their_numbers_follow(admin, recipe):
    added = press(
        admin,
        "recipe_step_new",
        recipe.public_id,
        seen=1,
        checkpoint="step:2",
        against_base="yes",
        n_prompts="20",
        temperature="1",
        top_p="1",
        max_new_tokens="16",
        seed="0",
    )
    assert added.status_code == 200
    answer = admin.post(
        reverse("training:recipe_step_new", args=[recipe.public_id]) + "?do=freeze&after=0",
        {"kinds": ["person"], "min_agreement": "0", "eval_share": "0.1", "seen": "1"},
    )
    assert answer.status_code == 302, answer.context["form"].errors
    steps = newest_version(recipe).steps
    assert [step["do"] for step in steps][:3] == ["freeze", "freeze", "train"]
    assert steps[2]["on"] == "step:2"
    press(admin, "recipe_step_earlier", recipe.public_id, 2, seen=2)
    steps = newest_version(recipe).steps
    assert steps[2]["on"] == "step:1"
    wrong = press(admin, "recipe_step_remove", recipe.public_id, 1, seen=3)
    assert "Step 3 works on the result of step 1" in wrong.content.decode()
    press(admin, "recipe_step_remove", recipe.public_id, 2, seen=3)
    assert newest_version(recipe).steps[1]["on"] == "step:1"
    wrong = press(admin, "recipe_step_earlier", recipe.public_id, 2, seen=4)
    assert "is not a step before this one" in wrong.content.decode()
    late = press(admin, "recipe_step_remove", recipe.public_id, 6, seen=1)
    assert "Somebody has changed this recipe meanwhile" in late.content.decode()


def test_a_form_that_is_sent_empty_is_refused_and_changes_nothing(admin, recipe):
    for name, address in (("recipe_step", (2,)), ("recipe_step_new", ())):
        answer = press(admin, name, recipe.public_id, *address)
        assert answer.status_code == 200
        assert "meanwhile" in answer.content.decode()
    made = admin.post(reverse("training:recipe_new"))
    assert "This field is required." in made.content.decode()
    assert newest_version(recipe).number == 1


@pytest.mark.parametrize("do", ["freeze", "train", "evaluate", "compare", "sample", "propose"])
def test_every_kind_of_step_has_a_form(admin, recipe, do):
    shown = page(admin, "recipe_step_new", recipe.public_id, do=do, method="grpo")
    assert ("reward_model_weight" in shown) == (do == "train")


def test_leads_of_the_project_read_and_change_nothing(client, recipe):
    begun = begin(recipe)
    lead = make_user()
    make_member(recipe.project, user=lead, role=Role.LEAD)
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    start = reverse("training:recipe_start", args=[recipe.public_id])
    assert start not in page(client, "recipe", recipe.public_id)
    assert "Cancel" not in page(client, "round", begun.public_id)
    for name in ("recipe_start", "recipe_pause"):
        assert press(client, name, recipe.public_id).status_code == 403


def test_a_lead_reads_no_name_of_a_checkpoint_of_foreign_projects(
    client, judged_project, tiny_base, queued_run
):
    from tests.training.automation.rounds import succeed

    foreign = queued_run()  # on a project of its own
    succeed(foreign)
    secret = foreign.checkpoints.get()
    type(secret).objects.filter(pk=secret.pk).update(name="SECRET")
    recipe = make_recipe(judged_project(2), tiny_base, steps=dpo_steps(secret)[:2])
    lead = make_user()
    make_member(recipe.project, user=lead, role=Role.LEAD)
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    shown = page(client, "recipe", recipe.public_id)
    assert "SECRET" not in shown
    assert "a checkpoint" in shown
