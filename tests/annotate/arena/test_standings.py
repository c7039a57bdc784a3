"""Standings from votes in the ordinary queue: whose count, whose do not, and in which part."""

import pytest

from annotate.arena.cast_votes import read_votes
from annotate.arena.entries import MARK
from annotate.arena.shown_standings import shown_parts, shown_standings
from annotate.arena.standings import refresh_standings
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import AnnotatorKind, Judgement, Membership, Verdict
from tests.annotate.arena.arenas import (
    by_chance,
    draw,
    judge_all,
    make_answered,
    make_arena,
    winner,
)
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def standings_of(arena) -> dict:
    refresh_standings(arena_id=arena.pk)
    arena.refresh_from_db()
    return arena.standings


def test_votes_are_counted_by_who_wrote_the_answer_not_by_its_place():
    arena = make_arena(n_prompts=30)
    draw(arena)
    judge_all(arena, winner("b"))
    overall = standings_of(arena)["overall"]
    (pair,) = overall["pairs"]
    assert (pair["n_wins"], pair["n_losses"]) == (0, 30)
    assert pair["decision"]["winner"] == 1
    assert overall["undefined"] == "one_sided"  # a never won, so no distance is likeliest
    shown = shown_standings(overall)
    assert shown.pairs[0].decision.startswith("decided after ")
    assert shown.pairs[0].decision.endswith(": b")
    assert str(shown.undefined) == (
        "because some models never lost to the others, or never won against them"
    )


def test_undecided_pairs_say_how_many_more_votes_that_may_take():
    arena = make_arena(n_prompts=30)
    draw(arena)
    said = iter([Verdict.FIRST, Verdict.FIRST, Verdict.SECOND] * 10)
    judge_all(arena, lambda meeting: _of_a(meeting, next(said)))
    overall = standings_of(arena)["overall"]
    pair = overall["pairs"][0]
    assert (pair["n_wins"], pair["n_losses"]) == (20, 10)
    assert 20 < pair["decision"]["n_more"] < 400
    shown = shown_standings(overall)
    assert shown.pairs[0].decision == f"about {pair['decision']['n_more']} more votes"
    assert shown.leader.startswith("a leads.")
    assert shown.fragility == "The lead hangs on 11 of 30 votes: without them, b would come first."


def test_what_is_withdrawn_no_longer_counts_and_nothing_is_computed_twice():
    arena = make_arena(n_prompts=6)
    draw(arena)
    judge_all(arena, by_chance())
    assert standings_of(arena)["overall"]["n_judgements"] == 6
    assert refresh_standings(arena_id=arena.pk) is False
    given = Judgement.objects.first()
    withdraw_judgement(annotator=given.annotator, judgement_id=given.public_id)
    assert standings_of(arena)["overall"]["n_judgements"] == 5


def test_votes_of_machines_are_left_out_and_told():
    arena = make_arena(n_prompts=4)
    draw(arena)
    machine = make_member(arena.project)
    type(machine).objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    judge_all(arena, by_chance(), [machine])
    found = standings_of(arena)
    assert (found["overall"]["n_judgements"], found["n_others"]) == (0, 4)
    assert found["overall"]["undefined"] == "no_judgements"
    assert shown_standings(found["overall"]).leader == ""


def test_sides_lengths_and_layout_are_those_of_the_first_less_the_second():
    arena = make_arena(n_prompts=8)
    draw(arena)
    judge_all(arena, by_chance())
    votes = read_votes(arena)
    judgements = Judgement.objects.order_by("judged_at", "pk").select_related("comparison")
    for row, judgement in enumerate(judgements):
        comparison = judgement.comparison
        first, second = len(comparison.first.text), len(comparison.second.text)
        side, length, layout = votes.ballots.covariates[row]
        assert side == (1 if judgement.first_was_left else -1)
        assert length == pytest.approx((first - second) / (first + second))
        assert layout == 0
    assert len(MARK.findall("# Title\n\n- one\n- **two**\n\n1. `code`\n| a |")) == 9


def test_tags_with_votes_enough_and_cohorts_with_people_enough_stand_apart():
    project = make_answered(35, tags=["maths"])
    make_answered(5, project=project, tags=["rare"])
    arena = make_arena(project)
    people = [make_member(project) for _number in range(12)]
    Membership.objects.filter(annotator__in=people[:10]).update(cohort="north")
    Membership.objects.filter(annotator__in=people[10:]).update(cohort="south")
    draw(arena)
    judge_all(arena, by_chance(3), people)
    found = standings_of(arena)
    assert [(part["name"], part["n_judgements"]) for part in found["tags"]] == [("maths", 35)]
    assert [part["name"] for part in found["cohorts"]] == ["north"]  # two people could be known
    assert "pairs" not in found["tags"][0]
    (part,) = shown_parts(found["cohorts"])
    assert part["contestants"][0].strength.value


def _of_a(meeting, verdict):
    """As if a were the first."""
    if meeting.first.name == "a":
        return verdict
    return {Verdict.FIRST: Verdict.SECOND, Verdict.SECOND: Verdict.FIRST}[verdict]
