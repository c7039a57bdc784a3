import pytest

from alignment_core.agreement.when_to_stop import outcome_posterior
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.resolution_rule import p_first, winning_verdict
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import (
    Comparison,
    ComparisonState,
    Outcome,
    Preference,
    Project,
    Protocol,
    ResolvedBy,
)
from tests.factories import (
    everything_asked,
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db

USUAL = Protocol()
TWO_WAY = Protocol(declaration={"verdicts": ["first", "second"]})


def resolved(comparison) -> Preference | None:
    return Preference.objects.filter(comparison=comparison, superseded_at=None).first()


def state_of(comparison) -> str:
    return Comparison.objects.values_list("state", flat=True).get(pk=comparison.pk)


def test_a_majority_becomes_a_preference_with_its_soft_share():
    project = make_project(overlap=4)
    comparison = make_comparison(project)
    judgements = judge_comparison(comparison, "first", "second", "first", "first")

    preference = resolved(comparison)

    assert preference.outcome == Outcome.PREFERENCE
    assert (preference.chosen, preference.rejected) == (comparison.first, comparison.second)
    assert preference.p_first == 0.75
    assert preference.agreement == 0.75
    assert preference.resolved_by == ResolvedBy.VOTES
    assert preference.rule == {"name": "majority", "min_judgements": 1, "min_agreement": 0.5}
    assert set(preference.judgements.all()) == set(judgements)


def test_the_second_completion_is_chosen_when_it_wins():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    judge_comparison(comparison, "second", "tie", "second")

    preference = resolved(comparison)

    assert (preference.chosen, preference.rejected) == (comparison.second, comparison.first)
    assert preference.p_first == pytest.approx(0.5 / 3)
    assert preference.agreement == pytest.approx(2 / 3)


@pytest.mark.parametrize("verdict", ["tie", "both_bad"])
def test_ties_and_both_bad_are_kept_as_what_they_are(verdict):
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    judge_comparison(comparison, verdict, "first", verdict)

    preference = resolved(comparison)

    assert preference.outcome == verdict
    assert (preference.chosen, preference.rejected) == (comparison.first, comparison.second)
    assert preference.p_first == {"tie": pytest.approx(2 / 3), "both_bad": 1.0}[verdict]


def test_p_first_is_unknown_where_nobody_compared():
    assert p_first(Comparison(n_both_bad=3)) is None
    assert p_first(Comparison(n_first=1, n_second=2, n_tie=1, n_both_bad=5)) == 1.5 / 4


@pytest.mark.parametrize(
    ("counts", "min_judgements", "min_agreement", "winner"),
    [
        ({}, 1, 0.5, None),
        ({"n_first": 1}, 1, 0.5, "first"),
        ({"n_first": 1}, 2, 0.5, None),
        ({"n_first": 1, "n_second": 1}, 1, 0.5, None),
        ({"n_first": 1, "n_second": 1}, 1, 0.0, None),  # as many: nobody wins
        ({"n_first": 2, "n_second": 1, "n_tie": 1}, 1, 0.5, None),  # a half is not above a half
        ({"n_first": 2, "n_second": 1, "n_tie": 1}, 1, 0.4, "first"),
        ({"n_first": 3, "n_second": 1}, 1, 0.75, None),
        ({"n_first": 3, "n_second": 1}, 1, 0.7, "first"),
        ({"n_second": 3}, 1, 1.0, "second"),  # all of them: nothing is above 1
        ({"n_second": 3, "n_tie": 1}, 1, 1.0, None),
        ({"n_both_bad": 2, "n_first": 1}, 3, 0.5, "both_bad"),
        ({"n_tie": 2}, 2, 0.9, "tie"),
    ],
)
def test_the_rule_in_numbers(counts, min_judgements, min_agreement, winner):
    project = Project(min_judgements=min_judgements, min_agreement=min_agreement)

    assert winning_verdict(Comparison(**counts), project) == winner


@pytest.mark.parametrize(
    ("counts", "offered", "winner"),
    [
        # two verdicts: P(Beta(n + 1, 1) > ½) = 1 - 2^-(n + 1): 0.75, 0.875, 0.9375
        ({"n_first": 2}, TWO_WAY, None),
        ({"n_second": 3}, TWO_WAY, "second"),
        ({"n_first": 4, "n_second": 2}, TWO_WAY, None),
        ({"n_first": 6, "n_second": 1}, TWO_WAY, "first"),
        # of four verdicts, as many judgements leave more doubt
        ({"n_second": 3}, USUAL, None),
        ({"n_second": 4}, USUAL, "second"),
        ({"n_both_bad": 5, "n_tie": 2}, USUAL, None),
        # one that was given counts, offered or not: as with three verdicts
        ({"n_first": 4, "n_tie": 1}, TWO_WAY, None),
        ({}, USUAL, None),
    ],
)
def test_the_posterior_rule_in_numbers(counts, offered, winner):
    project = Project(
        resolution_rule="posterior", min_posterior=0.9, min_judgements=1, protocol=offered
    )

    assert winning_verdict(Comparison(**counts), project) == winner


def test_a_verdict_wins_once_its_probability_reaches_the_least():
    reached = max(outcome_posterior((2, 0)))
    for least, winner in ((reached, "first"), (reached + 1e-9, None)):
        project = Project(
            resolution_rule="posterior", min_posterior=least, min_judgements=1, protocol=TWO_WAY
        )
        assert winning_verdict(Comparison(n_first=2), project) == winner


@pytest.mark.parametrize("rule", ["majority", "posterior"])
def test_where_nobody_judged_nothing_wins_however_little_is_asked_for(rule):
    project = Project(resolution_rule=rule, min_judgements=0, min_agreement=0, min_posterior=0.1)
    assert winning_verdict(Comparison(), project) is None


def test_a_preference_by_posterior_says_so_and_names_its_rule():
    project = make_project(
        overlap=4,
        resolution_rule="posterior",
        min_posterior=0.9,
        asks={"verdicts": ["first", "second", "tie"]},
    )
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "first", "first")
    assert resolved(comparison) is None  # 0.89 with three verdicts

    judge_comparison(comparison, "first")

    preference = resolved(comparison)
    assert (preference.outcome, preference.resolved_by) == ("preference", "posterior")
    assert (preference.agreement, preference.p_first) == (1, 1)
    assert preference.rule == {
        "name": "posterior",
        "min_judgements": 1,
        "min_posterior": 0.9,
        "verdicts": ["first", "second", "tie"],
    }


def test_votes_that_leave_too_much_doubt_go_to_adjudication():
    project = make_project(overlap=3, resolution_rule="posterior", min_posterior=0.9)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "first", "second")

    comparison.refresh_from_db()
    assert comparison.state == "adjudication"
    assert resolved(comparison) is None


@pytest.mark.parametrize(
    ("votes", "strength"),
    [
        ([("first", 3), ("first", 1), ("second", 2)], (3 + 1 - 2) / 3),
        ([("second", 3), ("second", 2), ("first", 1)], (3 + 2 - 1) / 3),
        ([("first", 2), ("first", None), ("tie", None)], 1.0),  # 2 and 0; None says nothing
        ([("first", 2), ("first", 2), ("both_bad", None)], 2.0),
        ([("first", None), ("first", None), ("second", None)], None),
        ([("tie", 0), ("tie", 0), ("first", 3)], 1.0),
    ],
)
def test_strength_is_the_signed_mean_towards_the_chosen(votes, strength):
    project = make_project(overlap=len(votes), asks=everything_asked())
    comparison = make_comparison(project)
    for verdict, given in votes:
        judge_comparison(comparison, verdict, strength=given)

    assert resolved(comparison).strength == (None if strength is None else pytest.approx(strength))


def test_a_preference_is_superseded_and_never_updated():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    early = resolved(comparison)
    judge_comparison(comparison, "first")

    early.refresh_from_db()
    assert early.superseded_at is not None
    assert (early.n_first, early.used.count()) == (1, 1)
    assert (resolved(comparison).n_first, resolved(comparison).used.count()) == (2, 2)


def test_nothing_new_is_written_when_nothing_changed():
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "first")
    before = resolved(comparison)

    for _again in range(2):
        resolve_comparisons(lock_comparisons([comparison.pk]).values())

    assert resolved(comparison) == before
    assert Preference.objects.count() == 2


def test_no_majority_goes_to_adjudication_once_all_are_in():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    assert resolved(comparison).outcome == Outcome.PREFERENCE
    judge_comparison(comparison, "second")

    assert resolved(comparison) is None
    assert state_of(comparison) == ComparisonState.ADJUDICATION


def test_a_withdrawal_reopens_what_had_gone_to_adjudication():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    _first, second = judge_comparison(comparison, "first", "second")

    lease = withdraw_judgement(annotator=second.annotator, judgement_id=second.public_id)

    assert state_of(comparison) == ComparisonState.OPEN
    assert resolved(comparison).chosen == comparison.first
    judge(second.annotator, lease, "first")
    assert resolved(comparison).agreement == 1.0


def test_below_the_minimum_nothing_is_resolved():
    project = make_project(overlap=3, min_judgements=3)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first", "first")
    assert resolved(comparison) is None
    assert state_of(comparison) == ComparisonState.OPEN

    judge_comparison(comparison, "second")
    assert resolved(comparison).agreement == pytest.approx(2 / 3)


def test_a_silent_repeat_resolves_nothing():
    project = make_project(overlap=1)
    original = make_comparison(project, state=ComparisonState.ARCHIVED)
    repeat = make_comparison(
        project,
        prompt=original.prompt,
        first=original.first,
        second=original.second,
        repeat_of=original,
    )
    annotator = make_member(project)
    judge(annotator, hold(annotator, project).current)

    repeat.refresh_from_db()
    assert repeat.n_counted == 1
    assert not Preference.objects.exists()
