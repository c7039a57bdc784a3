"""A changed rule reaches what was judged before it."""

import pytest

from annotate.judging.adjudication import adjudicate
from annotate.models import ComparisonState, Outcome, Preference, RuleChange, WorkState
from annotate.projects import rule_changes
from annotate.projects.projects import change_project
from annotate.projects.rule_changes import apply_rule_change
from tests.bells import listen
from tests.factories import judge_comparison, make_comparisons, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(rule_changes, "BATCH", 2)


def outcomes(comparisons) -> list[str | None]:
    live = dict(
        Preference.objects.filter(superseded_at=None).values_list("comparison_id", "outcome")
    )
    return [live.get(comparison.pk) for comparison in comparisons]


def states(comparisons) -> list[str]:
    for comparison in comparisons:
        comparison.refresh_from_db()
    return [comparison.state for comparison in comparisons]


def test_a_stricter_rule_takes_back_what_it_no_longer_holds_for_and_a_milder_one_gives_it_again():
    project = make_project(overlap=3, min_agreement=0.5)
    divided, agreed, tied, young = make_comparisons(project, 4)
    judge_comparison(divided, "first", "first", "second")  # 0.67
    judge_comparison(agreed, "second", "second", "second")
    judge_comparison(tied, "tie", "tie", "first")  # 0.67
    judge_comparison(young, "first")
    everything = [divided, agreed, tied, young]
    kept = Preference.objects.get(comparison=agreed, superseded_at=None)

    change_project(project=project, changed_by=None, min_agreement=0.7)
    apply_rule_change(rule_change_id=RuleChange.objects.get().pk)

    assert outcomes(everything) == [None, Outcome.PREFERENCE, None, Outcome.PREFERENCE]
    dispute, is_open = ComparisonState.ADJUDICATION, ComparisonState.OPEN
    assert states(everything) == [dispute, is_open, dispute, is_open]
    row = RuleChange.objects.get()
    assert (row.state, row.n_done, row.n_total, row.n_changed) == (WorkState.SUCCEEDED, 4, 4, 2)

    change_project(project=project, changed_by=None, min_agreement=0.6, min_judgements=2)
    apply_rule_change(rule_change_id=RuleChange.objects.latest("pk").pk)

    assert outcomes(everything) == [Outcome.PREFERENCE, Outcome.PREFERENCE, Outcome.TIE, None]
    assert states(everything) == [is_open] * 4
    assert (
        Preference.objects.get(comparison=agreed, superseded_at=None) == kept
    )  # nothing new to say, no new row
    *before, now = Preference.objects.filter(comparison=divided).order_by("pk")
    assert all(old.superseded_at and old.rule["min_agreement"] == 0.5 for old in before)
    assert now.rule["min_agreement"] == 0.6  # superseded, never updated


def test_a_ruling_stands_whatever_the_rule():
    project = make_project(overlap=2)
    (comparison,) = make_comparisons(project, 1)
    judge_comparison(comparison, "first", "first")
    adjudicate(reviewer=make_member(project), comparison_id=comparison.public_id, verdict="second")
    change_project(project=project, changed_by=None, min_judgements=3)
    apply_rule_change(rule_change_id=RuleChange.objects.get().pk)
    preference = Preference.objects.get(comparison=comparison, superseded_at=None)
    assert preference.chosen == comparison.second


def test_another_worker_goes_on_where_one_that_was_killed_had_come_to(monkeypatch):
    project = make_project(overlap=1)
    comparisons = make_comparisons(project, 5)
    for comparison in comparisons:
        judge_comparison(comparison, "first")
    change_project(project=project, changed_by=None, min_judgements=2)
    row = RuleChange.objects.get()

    resolve = rule_changes._resolve
    batches = []

    def killed_in_the_second_batch(ids):
        batches.append(ids)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return resolve(ids)

    monkeypatch.setattr(rule_changes, "_resolve", killed_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        apply_rule_change(rule_change_id=row.pk)
    RuleChange.objects.update(state=WorkState.QUEUED)  # as its heartbeat has grown old
    apply_rule_change(rule_change_id=row.pk)

    row.refresh_from_db()
    assert (row.state, row.n_done, row.n_changed) == (WorkState.SUCCEEDED, 5, 5)
    assert [len(batch) for batch in batches] == [2, 2, 2, 1]
    assert outcomes(comparisons) == [None] * 5


def test_changes_of_anything_else_walk_nowhere_and_a_waiting_walk_serves_two_changes():
    project = make_project()
    change_project(project=project, changed_by=None, name="Another")
    assert not RuleChange.objects.exists()
    change_project(project=project, changed_by=None, min_judgements=2)
    change_project(project=project, changed_by=None, min_judgements=3)
    assert RuleChange.objects.count() == 1


def test_a_lost_message_is_sent_again(monkeypatch, django_capture_on_commit_callbacks):
    change_project(project=make_project(), changed_by=None, min_judgements=2)
    RuleChange.objects.update(requested_at="2026-01-01T00:00:00Z")
    sent = listen(monkeypatch, rule_changes.RULE_CHANGES.task)
    with django_capture_on_commit_callbacks(execute=True):
        assert rule_changes.RULE_CHANGES.ring_again() == 1
    assert sent == [RuleChange.objects.get().pk]
