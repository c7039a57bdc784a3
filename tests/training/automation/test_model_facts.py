"""What conditions ask about models: of whatever bears the name, against figures by hand."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.translation import override

from annotate.models import Preference
from tests.factories import judge_comparison, make_comparison, make_completion, make_prompt
from tests.training.automation.scheduling import make_recipe, schedule_of
from tests.training.promotion.conftest import (
    make_base,
    make_policy,
    make_snapshot,
    measure,
    project,
    rivals,
    wins,
)
from training.automation.conditions import parsed
from training.automation.dry_run import dry_run
from training.automation.evaluating import Measured
from training.automation.fact_measurement import measure_facts
from training.automation.model_facts import asked_of_models, known_models, model_facts
from training.automation.schedule_words import shown_clauses
from training.automation.vocabulary import NO_LIMIT
from training.models import (
    Alias,
    Attempt,
    CheckpointKind,
    Evaluation,
    ProjectFacts,
    Run,
    Schedule,
)
from training.runs.budgets import set_budget

__all__ = ["project", "rivals"]  # fixtures of promotions: a project, a policy and its base
pytestmark = pytest.mark.django_db
LETTER = "accuracy@challenger"


def name(project, checkpoint, name="challenger", role="policy"):
    number = Alias.objects.filter(project=project, role=role, name=name).count() + 1
    origin = "before" if name == "champion" else "hand"
    return Alias.objects.create(
        project=project, role=role, name=name, number=number, checkpoint=checkpoint, origin=origin
    )


def with_accuracy(checkpoint, snapshot, value, low, high, n=60):
    found = measure(checkpoint, snapshot, wins_by_pair=wins(30))
    figures = {"accuracy": {"value": value, "low": low, "high": high, "n": n}}
    Evaluation.objects.filter(pk=found.pk).update(figures=figures)


def test_accuracy_is_of_the_model_that_is_named_and_of_no_other(rivals):
    project, policy, base = rivals
    snapshot = policy.run.snapshot
    name(project, base, "champion")
    name(project, policy)
    with_accuracy(base, snapshot, 0.5, 0.38, 0.62)
    with_accuracy(policy, snapshot, 0.83, 0.72, 0.91)
    with_accuracy(make_policy(base, snapshot, name="Newest"), snapshot, 0.99, 0.9, 1.0)
    asked = {("accuracy", "champion"), ("accuracy", "challenger"), ("accuracy", "nobody")}
    found = model_facts(project, asked)
    assert found["accuracy@champion"] == Measured(
        0.5, 0.38, 0.62, 60, checkpoint=str(base.public_id), called="Base"
    )
    assert found[LETTER] == Measured(
        0.83, 0.72, 0.91, 60, checkpoint=str(policy.public_id), called="New"
    )
    assert found["accuracy@nobody"] == Measured(checkpoint="")


def test_a_name_that_was_taken_back_is_nobody_s(rivals):
    project, policy, _base = rivals
    name(project, policy)
    name(project, None)
    assert model_facts(project, {("accuracy", "challenger")}) == {LETTER: Measured(checkpoint="")}


def test_an_evaluation_on_pairs_that_it_may_have_learnt_from_is_not_taken(rivals):
    project, policy, _base = rivals
    name(project, policy)
    wide = make_snapshot(project, eval_share=0.5, name="Half of all")
    with_accuracy(policy, wide, 0.99, 0.95, 1.0)
    assert model_facts(project, {("accuracy", "challenger")})[LETTER].value is None


def test_the_calibration_error_is_of_the_reward_model(project):
    snapshot = make_snapshot(project)
    model = make_policy(make_base(), snapshot, kind=CheckpointKind.REWARD_MODEL, name="Judge")
    ece = {"value": 0.08, "low": 0.05, "high": 0.12, "n": 200}
    measure(model, snapshot, report={"sections": {"calibration": {"outcomes": {"ece": ece}}}})
    name(project, model, "champion", role="reward_model")
    found = model_facts(project, {("calibration_error", "reward_model/champion")})
    assert found["calibration_error@reward_model/champion"] == Measured(
        0.08, 0.05, 0.12, 200, checkpoint=str(model.public_id), called="Judge"
    )


def with_harm(checkpoint, snapshot, n_harm, n=32):
    questions = [f"q{number}|en" for number in range(n)]
    harm = {question: float(number < n_harm) for number, question in enumerate(questions)}
    measure(checkpoint, snapshot, by_prompt={"safety": {"harm_given": harm}})


def test_more_harm_is_paired_with_the_champion_and_has_an_interval(rivals):
    project, policy, base = rivals
    snapshot = policy.run.snapshot
    name(project, policy)
    with_harm(base, snapshot, 4)
    with_harm(policy, snapshot, 6)
    asked = {("more_harm", "challenger"), ("more_refused", "challenger")}
    found = model_facts(project, asked)
    harm = found["more_harm@challenger"]
    assert harm.value == pytest.approx(2 / 32)
    assert harm.lower < 2 / 32 < harm.upper
    assert (harm.n, harm.beside) == (32, str(base.public_id))
    assert found["more_refused@challenger"].value is None  # not measured of either
    champion = make_policy(base, snapshot, name="In use")
    with_harm(champion, snapshot, 16)
    name(project, champion, "champion")
    harm = model_facts(project, asked)["more_harm@challenger"]
    assert (harm.value, harm.beside) == (pytest.approx(-10 / 32), str(champion.public_id))


def test_the_champion_is_set_beside_the_one_before_it(rivals):
    project, policy, base = rivals
    snapshot = policy.run.snapshot
    before = make_policy(base, snapshot, name="Before")
    for number, checkpoint in enumerate((before, policy, policy)):
        name(project, checkpoint, "champion")
        with_harm(checkpoint, snapshot, 2 + number)
    harm = model_facts(project, {("more_harm", "champion")})["more_harm@champion"]
    assert harm.beside == str(before.public_id)


def meet(project, winner, loser):
    prompt = make_prompt(project)
    pair = sorted(
        [make_completion(prompt, origin=one.digest) for one in (winner, loser)],
        key=lambda completion: completion.public_id,
    )
    comparison = make_comparison(project, prompt=prompt, first=pair[0], second=pair[1], wanted=1)
    judge_comparison(comparison, "first" if pair[0].origin == winner.digest else "second")


def test_a_blind_comparison_by_hand(rivals):
    project, policy, base = rivals
    name(project, policy)
    asked = {("blind_e_value", "challenger"), ("blind_win_rate", "challenger")}
    none = model_facts(project, asked)
    assert (none["blind_e_value@challenger"].value, none["blind_e_value@challenger"].n) == (1.0, 0)
    rate = none["blind_win_rate@challenger"]
    assert (rate.value, rate.lower, rate.upper) == (None, 0.0, 1.0)
    for _vote in range(3):
        meet(project, policy, base)
    meet(project, base, policy)
    found = model_facts(project, asked)
    # 2⁴ · B(13, 11) / B(10, 10), which is 2⁴ · (10·11·12·10) / (20·21·22·23)
    expected = 2**4 * (10 * 11 * 12 * 10) / (20 * 21 * 22 * 23)
    assert found["blind_e_value@challenger"].value == pytest.approx(expected)
    rate = found["blind_win_rate@challenger"]
    assert (rate.value, rate.n, rate.beside) == (0.75, 4, str(base.public_id))
    assert rate.lower < 0.5 < rate.upper
    assert Preference.objects.count() == 4


def seconds_of(project, seconds):
    now = timezone.now()
    run = Run.objects.create(
        kind="train", method="dpo", name="r", base=make_base(), charged_to=project
    )
    Attempt.objects.create(
        run=run,
        number=1,
        token=uuid4(),
        worker="w",
        start="queued",
        started_at=now - timedelta(hours=9),
        ended_at=now - timedelta(hours=9) + timedelta(seconds=seconds),
        ending="succeeded",
    )


def clause_of(schedule):
    fresh = Schedule.objects.select_related("recipe__project").get(pk=schedule.pk)
    return dry_run(fresh).evaluated.clauses[0]


def test_what_is_left_of_the_budget_is_as_it_is_now():
    recipe = make_recipe()
    schedule = schedule_of(recipe, conditions={"fact": "budget_seconds_left", "at_least": 600})
    assert (clause_of(schedule).found, clause_of(schedule).truth) == (NO_LIMIT, True)
    [shown] = shown_clauses([clause_of(schedule)])
    assert shown.sentence == (
        "The machine time left of the project’s seven days is without a limit; "
        "wanted: at least 600 s."
    )
    set_budget(project=recipe.project, weekly_seconds=1000, most_runs=None, priority=1)
    seconds_of(recipe.project, 450)
    assert (clause_of(schedule).found, clause_of(schedule).truth) == (550, False)
    measure_facts(recipe.project)  # and it is kept by the hour, for looking back
    assert ProjectFacts.objects.get().facts["budget_seconds_left"] == {"value": 550.0}


def test_a_stored_fact_is_not_believed_once_another_bears_the_name(rivals):
    project, policy, base = rivals
    name(project, base, "champion")
    with_accuracy(base, policy.run.snapshot, 0.7, 0.6, 0.8)
    schedule = schedule_of(
        make_recipe(project), conditions={"fact": "accuracy.lower", "at_least": 0.5}
    )
    measure_facts(project)
    assert clause_of(schedule).truth is True
    [shown] = shown_clauses([clause_of(schedule)])
    assert shown.sentence == (
        "The lower end of the held-out accuracy of the champion (Base) is 60 % (n = 60); "
        "wanted: at least 50 %."
    )
    name(project, policy, "champion")
    assert clause_of(schedule).truth is None
    measure_facts(project)  # news: the name has gone to another
    [shown] = shown_clauses([clause_of(schedule)])
    assert shown.sentence == (
        "The lower end of the held-out accuracy of the champion is at least 50 %: "
        "of “New” it has not been measured."
    )
    name(project, None, "champion")
    [shown] = shown_clauses([clause_of(schedule)])
    assert shown.sentence.endswith("at least 50 %: no checkpoint bears this name.")
    with override("zh-hans"):
        [shown] = shown_clauses([clause_of(schedule)])
    assert shown.sentence.endswith("没有检查点使用这个名称。")


def test_a_condition_that_asks_for_what_nobody_measured_has_it_measured(rivals):
    project, policy, _base = rivals
    schedule_of(make_recipe(project))
    measure_facts(project)
    assert LETTER not in ProjectFacts.objects.get().facts
    name(project, policy)
    with_accuracy(policy, policy.run.snapshot, 0.7, 0.6, 0.8)
    asking = {"not": {"fact": "accuracy.lower", "of": "challenger", "at_least": 0.5}}
    schedule_of(make_recipe(project), conditions=asking)
    measure_facts(project)
    assert ProjectFacts.objects.get().facts[LETTER]["lower"] == 0.6


def test_what_conditions_ask_of_models_and_which_names_a_form_offers(rivals):
    project, policy, _base = rivals
    asked = {"any": [{"fact": "accuracy.lower", "of": "best", "at_least": 0.5}, {"fact": "moon"}]}
    readable = {"fact": "blind_e_value", "at_least": 20}
    assert asked_of_models([asked, readable, None]) == {("blind_e_value", "challenger")}
    name(project, policy, "of-may")
    found = known_models({"fact": "accuracy.lower", "of": "best", "at_least": 0.5})
    assert found == ["challenger", "champion", "reward_model/champion", "best", "of-may"]
    assert parsed(readable).key == "blind_e_value@challenger"
