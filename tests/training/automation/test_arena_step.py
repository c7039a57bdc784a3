"""Answers of a challenger and the champion meet blind, and the round hears what people say."""

import json

import pytest

from annotate.arena.closing import close_arena
from annotate.arena.tending import tend_arena
from annotate.models import Annotator, AnnotatorKind, ArenaState
from tests.annotate.arena.arenas import judge_all, make_answered, winner
from tests.factories import make_admin
from tests.training.automation.rounds import begin, fail, go_on, make_recipe
from tests.training.promotion.test_evidence import meet
from tests.training.runs.test_arena_runs import another
from training.automation.advancing import advance_round, advance_rounds
from training.automation.chain import checked_chain
from training.automation.rounds import cancel_round, resume_round
from training.automation.steps import arena_step
from training.errors import RecipeRefused
from training.execution.results import finish_sampling
from training.models import Alias, Proposal, Round, RoundState, Run, RunState
from training.promotion.gates import set_gate
from training.reports.rounds import round_detail
from training.runs.arena_runs import answer_runs
from training.runs.claimed import claim_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bells")]

CHALLENGER = {"do": "arena", "checkpoint": "alias:challenger"}
PROPOSE = {"do": "propose", "candidate": "alias:challenger", "arena": "step:1"}


@pytest.fixture
def rivals(tiny_base, monkeypatch):
    """A project with a champion and a challenger, and prompts that are all held out."""
    monkeypatch.setattr(arena_step, "EVAL_SHARE", 0.999999)
    project, challenger = make_answered(60, ()), another(tiny_base, name="Newer")
    for name, checkpoint in (("champion", tiny_base), ("challenger", challenger)):
        Alias.objects.create(
            project=project,
            role="policy",
            name=name,
            number=1,
            checkpoint=checkpoint,
            origin="before",
        )
    return project, challenger


def begun(project, *steps) -> Round:
    round_ = begin(make_recipe(project, None, steps=list(steps)))
    advance_round(round_.pk)
    return round_


def write(run: Run, tmp_path) -> None:
    """The run ends as one whose checkpoint has answered every prompt."""
    claimed = claim_run(run_id=run.public_id, worker="here")
    samples = tmp_path / "samples.jsonl"
    arena = run.project.arenas.get()
    samples.write_text(
        "\n".join(
            json.dumps({"prompt_id": str(prompt), "text": f"{run.base.name} {n}", "index": 0})
            for n, prompt in enumerate(arena.prompts.values_list("public_id", flat=True))
        )
    )
    finish_sampling(run=claimed, summary={}, samples=samples, log="")


def answered(round_: Round, tmp_path):
    """Both have written; the arena."""
    arena = round_.steps.get(number=1).arena
    for run in answer_runs(arena):
        write(run, tmp_path)
    arena.refresh_from_db()
    return arena


def decided(arena, best: str) -> None:
    """People always prefer one of the two, until that decides it."""
    for _look in range(20):
        tend_arena(arena_id=arena.pk)
        arena.refresh_from_db()
        if arena.state == ArenaState.CLOSED:
            return
        judge_all(arena, winner(best))
    raise AssertionError("it is not decided")


def test_a_round_tells_how_many_judgements_people_gave(rivals, tmp_path):
    project, _challenger = rivals
    round_ = begun(project, CHALLENGER)
    arena = answered(round_, tmp_path)
    tend_arena(arena_id=arena.pk)
    judge_all(arena, winner("Newer"))

    def told() -> int:
        return round_detail(Round.objects.get(pk=round_.pk), make_admin()).steps[0].n_judged

    assert told() == arena.meetings.count() > 0
    Annotator.objects.filter(judgements__comparison__meetings__arena=arena).update(
        kind=AnnotatorKind.MODEL, user=None
    )
    assert told() == 0


@pytest.mark.parametrize(
    ("best", "said", "proposed"), [("Newer", "better", True), ("Tiny", "worse", False)]
)
def test_a_round_waits_until_people_have_decided(rivals, tmp_path, best, said, proposed):
    project, challenger = rivals
    champion = Alias.objects.get(name="champion").checkpoint
    for other in (challenger, champion):  # before, and elsewhere than in the arena
        meet(project, challenger, champion, winner=other)
    round_ = begun(project, CHALLENGER, PROPOSE)
    step = round_.steps.get(number=1)
    assert (step.state, step.arena.state) == ("running", ArenaState.PREPARING)
    assert {run.base for run in answer_runs(step.arena)} == {
        challenger,
        champion,
    }
    arena = answered(round_, tmp_path)
    assert arena.state == ArenaState.OPEN
    advance_rounds()
    step.refresh_from_db()
    assert step.state == "running"

    decided(arena, best)
    advance_rounds()
    step.refresh_from_db()
    assert (step.state, step.result["said"]) == ("succeeded", said)
    won, lost = step.result["n_first"], step.result["n_second"]
    assert (min(won, lost), max(won, lost) >= 16) == (0, True)
    last = go_on(round_)
    assert last.state == ("succeeded" if proposed else "skipped")
    assert Proposal.objects.exists() == proposed


def test_what_people_said_opens_the_gate_of_the_proposal(rivals, tmp_path):
    project, _challenger = rivals
    set_gate(project=project, values={"better_on": "people", "min_prompts": 10}, user=make_admin())
    round_ = begun(project, CHALLENGER, PROPOSE)
    decided(answered(round_, tmp_path), "Newer")
    advance_rounds()
    go_on(round_)
    evidence = Proposal.objects.get().evidence
    assert evidence["people"]["winner"] == 0
    assert evidence["obstacles"] == []


def test_one_that_does_not_wait_is_over_once_both_have_written(rivals, tmp_path):
    project, _challenger = rivals
    round_ = begun(project, {**CHALLENGER, "waits": False})
    advance_round(round_.pk)
    assert round_.steps.get(number=1).state == "running"
    answered(round_, tmp_path)
    advance_round(round_.pk)
    round_.refresh_from_db()
    assert (round_.state, round_.steps.get(number=1).result) == (RoundState.SUCCEEDED, {})


def test_closed_before_it_was_decided_it_says_so(rivals, tmp_path):
    project, _challenger = rivals
    round_ = begun(project, CHALLENGER, PROPOSE)
    close_arena(arena_id=answered(round_, tmp_path).pk)
    advance_round(round_.pk)
    assert round_.steps.get(number=1).result["said"] == "unclear"


def test_without_a_champion_there_is_nobody_to_meet_or_somebody_else(rivals, tiny_base):
    project, _challenger = rivals
    Alias.objects.filter(name="champion").delete()
    skipped = begun(project, CHALLENGER).steps.get(number=1)
    assert (skipped.state, skipped.arena) == ("skipped", None)
    instead = {**CHALLENGER, "or_against": f"checkpoint:{tiny_base.public_id}"}
    step = begin(make_recipe(project, None, name="Other", steps=[instead])).steps.get(number=1)
    advance_round(step.round_id)
    step.refresh_from_db()
    assert {run.base.name for run in answer_runs(step.arena)} == {"Newer", "Tiny"}


def test_whoever_cannot_answer_fails_the_round_which_goes_on_later(rivals, tmp_path):
    project, _challenger = rivals
    round_ = begun(project, CHALLENGER)
    arena = round_.steps.get(number=1).arena
    first, second = answer_runs(arena).order_by("pk")
    fail(first, "There was no memory left.")
    advance_rounds()
    round_.refresh_from_db()
    assert round_.state == RoundState.FAILED
    assert "There was no memory left." in round_.reason
    second.refresh_from_db()
    assert second.state == RunState.QUEUED
    resume_round(round_id=round_.public_id)
    answered(round_, tmp_path)
    decided(arena, "Newer")
    advance_rounds()
    round_.refresh_from_db()
    assert round_.state == RoundState.SUCCEEDED


def test_cancelling_cancels_what_is_still_written(rivals):
    project, _challenger = rivals
    round_ = begun(project, CHALLENGER)
    cancel_round(round_id=round_.public_id)
    arena = round_.steps.get(number=1).arena
    assert {run.state for run in answer_runs(arena)} == {RunState.CANCELLED}
    resume_round(round_id=round_.public_id)
    assert {run.state for run in answer_runs(arena)} == {RunState.QUEUED}
    assert project.arenas.count() == 1


def test_whoever_learnt_from_all_prompts_is_refused_in_a_sentence(rivals, tiny_base):
    from tests.training.contrast.rows import finish, make_snapshot, trained_run

    project, _challenger = rivals
    snapshot = make_snapshot()
    snapshot.projects.add(project)
    snapshot.eval_share = 0.0
    snapshot.save()
    learnt = finish(trained_run("all of it", snapshot=snapshot, base=tiny_base, state="failed"))
    steps = [{**CHALLENGER, "checkpoint": f"checkpoint:{learnt.public_id}"}]
    round_ = begun(project, *steps)
    round_.refresh_from_db()
    assert round_.state == RoundState.FAILED
    assert "“all of it” cannot enter" in round_.reason
    assert not project.arenas.exists()


@pytest.mark.parametrize(
    ("steps", "field", "value"),
    [
        ([{**CHALLENGER, "n_prompts": 0}], "steps.1.n_prompts", 0),
        ([{**CHALLENGER, "target": 10**30}], "steps.1.target", 10**30),
        ([{**CHALLENGER, "waits": "yes"}], "steps.1.waits", "yes"),
        ([{**CHALLENGER, "against": "alias:reward_model/champion"}], "steps.1.against", None),
        ([{**CHALLENGER, "settings": {"n_samples": 3, "beta": 1}}], "steps.1.beta", 1),
        ([{**CHALLENGER, "waits": False}, PROPOSE], "steps.2.arena", "step:1"),
        ([PROPOSE], "steps.1.arena", "step:1"),
        ([{"do": "freeze"}, PROPOSE], "steps.2.arena", "step:1"),
    ],
)
def test_what_cannot_work_is_refused_at_once(judged_project, steps, field, value):
    with pytest.raises(RecipeRefused) as refused:
        checked_chain(steps, judged_project(0))
    assert refused.value.field == field
    assert value in (None, refused.value.value)
