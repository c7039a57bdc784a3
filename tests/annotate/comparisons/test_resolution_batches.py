"""Many comparisons resolved at once amount to what each of them alone amounts to."""

import random
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.comparisons.verdict_counts import VERDICT_COUNTS
from annotate.database import bulk_insert
from annotate.models import (
    Adjudication,
    AuditEvent,
    Comparison,
    ComparisonState,
    Judgement,
    Preference,
    Project,
    Verdict,
)
from tests.annotate.imports.importing import imported, json_lines, votes_row
from tests.factories import judge_comparison, make_comparison, make_member, make_project

pytestmark = pytest.mark.django_db

SAID = (
    *("outcome", "p_first", "agreement", "strength", "resolved_by", "rule"),
    *("n_first", "n_second", "n_tie", "n_both_bad"),
)
RULES = (
    {},
    {"min_agreement": 0.7, "min_judgements": 2},
    {"resolution_rule": "posterior", "min_posterior": 0.8},
)


def at_once(ids: Iterable[int]) -> None:
    resolve_comparisons(lock_comparisons(ids).values())


def one_by_one(ids: Iterable[int]) -> None:
    for pk in sorted(ids):
        resolve_comparisons(lock_comparisons([pk]).values())


def judged(project: Project, *, n: int, seed: int) -> list[Comparison]:
    """Comparisons with judgements of every kind, none of them resolved yet."""
    draw = random.Random(seed)
    annotators = [make_member(project) for _number in range(5)]
    comparisons = []
    for number in range(n):
        comparison = make_comparison(project, wanted=draw.choice([3, 5]))
        if number % 8 == 7:  # a silent repeat
            pair = {"prompt": comparison.prompt, "repeat_of": comparison}
            pair |= {"first": comparison.first, "second": comparison.second}
            comparison = Comparison.objects.create(project=project, wanted=3, **pair)
        for annotator in draw.sample(annotators, draw.randint(0, 3)):
            Judgement.objects.create(
                project=project,
                comparison=comparison,
                annotator=annotator,
                verdict=draw.choices(Verdict.values, weights=[5, 3, 1, 1])[0],
                strength=draw.choice([None, 0, 1, 2, 3]),
                key=f"{comparison.pk}",
                is_counted=draw.random() < 0.8,
            )
        comparison.n_skips = draw.choice([0, 0, 0, 3])
        comparison.state = draw.choice([ComparisonState.OPEN] * 3 + [ComparisonState.STAGED])
        count(comparison)
        comparisons.append(comparison)
    return comparisons


def count(comparison: Comparison) -> None:
    """Bring the counts up to date with the judgements."""
    counted = comparison.judgements.filter(withdrawn_at=None, is_counted=True)
    verdicts = Counter(counted.values_list("verdict", flat=True))
    for verdict, field in VERDICT_COUNTS.items():
        setattr(comparison, field, verdicts[verdict])
    comparison.n_counted = verdicts.total()
    comparison.save()


def change_some(project: Project, comparisons: list[Comparison]) -> None:
    """Another rule, a ruling here, a judgement more or less there, and some as they were."""
    Project.objects.filter(pk=project.pk).update(min_agreement=0.6)
    reviewer, newcomer = make_member(project), make_member(project)
    for number, comparison in enumerate(comparisons):
        comparison.refresh_from_db()
        if number % 5 == 0:
            Adjudication.objects.create(
                comparison=comparison, reviewer=reviewer, verdict=Verdict.values[number % 4]
            )
            comparison.state = ComparisonState.ADJUDICATED
        elif number % 5 == 1:
            comparison.judgements.update(is_counted=False)
        elif number % 5 == 2 and comparison.n_counted < comparison.wanted:
            Judgement.objects.create(
                project=project,
                comparison=comparison,
                annotator=newcomer,
                verdict=Verdict.SECOND,
                key=f"{comparison.pk}",
            )
        count(comparison)


def account_of(comparisons: list[Comparison]) -> list[tuple]:
    """All that the tables say of each: state, and every preference it ever had."""
    account = []
    for comparison in comparisons:
        comparison.refresh_from_db()
        ids = comparison.judgements.order_by("pk").values_list("pk", flat=True)
        places = {pk: place for place, pk in enumerate(ids)}
        preferences = [
            (
                *(getattr(preference, field) for field in SAID),
                preference.chosen_id == comparison.first_id,
                preference.rejected_id == comparison.second_id,
                preference.adjudication_id is None,
                preference.superseded_at is None,
                sorted(places[pk] for pk in preference.used.values_list("judgement", flat=True)),
            )
            for preference in comparison.preferences.order_by("pk")
        ]
        account.append((comparison.state, preferences))
    return account


@pytest.mark.parametrize("rule", RULES, ids=["majority", "strict", "posterior"])
def test_many_at_once_amount_to_what_each_alone_does(rule):
    accounts = []
    for resolve in (at_once, one_by_one):
        project = make_project(**rule)
        comparisons = judged(project, n=40, seed=7)
        account = []
        for _again in range(2):  # the second time, nothing has changed
            resolve([comparison.pk for comparison in comparisons])
            account.append(account_of(comparisons))
        assert account[0] == account[1]
        change_some(project, comparisons)
        resolve([comparison.pk for comparison in comparisons])
        accounts.append([account[0], account_of(comparisons)])

    assert accounts[0] == accounts[1]
    before, after = accounts[0]
    assert before != after
    assert {state for state, _preferences in after} >= {"open", "adjudication", "staged"}
    assert not AuditEvent.objects.exists()  # judgements are their own


def queries_of(work: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_the_number_of_statements_does_not_grow_with_the_comparisons(monkeypatch):
    monkeypatch.setattr(bulk_insert, "FEWEST_NUMBERED", 1)
    few, many = (
        [comparison.pk for comparison in judged(make_project(), n=n, seed=1)] for n in (16, 64)
    )

    assert queries_of(lambda: at_once(few)) == queries_of(lambda: at_once(many)) <= 11


VOTES = {
    "a": ["first"],
    "b b tie": ["second", "second", "tie"],
    "a b": ["first", "second"],
    "tie a tie": ["tie", "first", "tie"],
    "both_bad both_bad b": ["both_bad", "both_bad", "second"],
    "a a b b": ["first", "first", "second", "second"],
    "a a a b": ["first", "first", "first", "second"],
}


@pytest.mark.parametrize("rule", RULES, ids=["majority", "strict", "posterior"])
def test_votes_that_are_imported_resolve_as_votes_that_are_given_here(rule):
    elsewhere, here = make_project(**rule), make_project(**rule)
    rows = [votes_row(*choices.split(), prompt=choices) for choices in VOTES]
    imported(elsewhere, json_lines(*rows), recorded_use="count")

    for choices, verdicts in VOTES.items():
        given = make_comparison(here, wanted=len(verdicts))
        judge_comparison(given, *verdicts)
        given.refresh_from_db()
        came = Comparison.objects.get(project=elsewhere, prompt__messages__0__content=choices)
        # Which completion is the first one depends on their random ids.
        answer_a = came.second_id if came.is_swapped else came.first_id
        assert came.state == given.state, choices
        assert amount(came, answer_a) == amount(given, given.first_id), choices


def amount(comparison: Comparison, answer_a: int) -> tuple | None:
    """What a comparison amounts to, as seen from the answer that its voters called the first."""
    preference = Preference.objects.filter(comparison=comparison, superseded_at=None).first()
    if preference is None:
        return None
    is_a_first = answer_a == comparison.first_id
    p_first = preference.p_first
    return (
        preference.outcome,
        preference.outcome == "preference" and preference.chosen_id == answer_a,
        p_first if p_first is None else round(p_first if is_a_first else 1 - p_first, 9),
        preference.agreement,
        preference.strength,
        preference.resolved_by,
        preference.rule,
        preference.n_first if is_a_first else preference.n_second,
        (preference.n_tie, preference.n_both_bad),
        preference.used.count(),
    )
