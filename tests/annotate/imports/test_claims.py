"""One worker at a time reads a file, and no file is forgotten."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from kombu import exceptions

from annotate import tasks
from annotate.comparisons.visible import visible_comparisons
from annotate.imports import importing, staging
from annotate.imports.adding import NewComparison, Vote, add_comparisons
from annotate.imports.importing import IMPORTS, run_import
from annotate.imports.staging import discard_staged, resolve_staged
from annotate.models import (
    Comparison,
    ComparisonState,
    Completion,
    Import,
    Judgement,
    Membership,
    Preference,
    PreferenceJudgement,
    Prompt,
    RecordedUse,
    WorkState,
)
from annotate.work.claims import ClaimLost
from tests.annotate.arena.arenas import make_answered, make_arena
from tests.annotate.imports.importing import imported, json_lines, pair, queued, votes_row
from tests.bells import listen
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_a_second_message_for_the_same_import_does_nothing():
    project = make_project()
    row = imported(project, json_lines(pair(1)))
    run_import(import_id=row.pk)
    assert Comparison.objects.count() == 1
    assert Import.objects.get().attempt == 1


def test_only_one_worker_claims_an_import_until_its_heartbeat_grows_old():
    row = queued(make_project(), json_lines(pair(1)))
    first = IMPORTS.claim(row.pk)
    assert first is not None
    assert IMPORTS.claim(row.pk) is None
    Import.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    second = IMPORTS.claim(row.pk)
    assert second.row.attempt == 2
    with pytest.raises(ClaimLost):
        first.write(n_done=1)
    with pytest.raises(ClaimLost):
        first.succeed()
    second.write(n_done=1)


def test_an_import_cut_short_too_often_is_given_up():
    row = queued(make_project(), json_lines(pair(1)))
    Import.objects.update(attempt=5)
    run_import(import_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.n_comparisons) == (WorkState.FAILED, 0)
    assert "5 attempts" in row.reason


def test_a_new_attempt_takes_away_what_the_one_before_had_staged():
    project = make_project()
    row = queued(project, json_lines(pair(1), votes_row("a")), format="pairs", wrong_rows="skip")
    staged = [
        NewComparison(
            messages=[{"role": "user", "content": "Old?"}],
            first_text="A",
            second_text="B",
            votes=(Vote(annotator="gone", verdict="first"),),
        )
    ]
    add_comparisons(project=project, rows=staged, source=row, publish=False)
    assert Comparison.objects.get().state == ComparisonState.STAGED
    run_import(import_id=row.pk)
    assert Comparison.objects.get().prompt.messages[0]["content"] == "Question 1?"
    assert (Prompt.objects.count(), Completion.objects.count()) == (1, 2)
    assert not Judgement.objects.exists()
    assert not Membership.objects.exists()


def test_an_attempt_cut_short_between_resolving_and_publishing_is_done_once_by_the_next(
    monkeypatch,
):
    def die(_source):
        raise SystemExit

    row = queued(
        make_project(),
        json_lines(*[votes_row("a", "a", "b", prompt=f"Q{number}") for number in range(5)]),
        recorded_use=RecordedUse.COUNT,
    )
    with monkeypatch.context() as patched:
        patched.setattr(staging, "BATCH", 2)
        patched.setattr(importing, "publish_staged", die)
        with pytest.raises(SystemExit):
            run_import(import_id=row.pk)
    assert Preference.objects.count() == 5
    assert visible_comparisons(row.project).count() == 0

    Import.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    run_import(import_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.n_comparisons) == (WorkState.SUCCEEDED, 2, 5)
    assert (Preference.objects.count(), Judgement.objects.count()) == (5, 15)
    assert PreferenceJudgement.objects.count() == 15
    assert visible_comparisons(row.project).count() == 5


def test_a_worker_that_wakes_after_losing_its_claim_takes_nothing_away():
    project = make_project()
    row = queued(project, json_lines(votes_row("a")), recorded_use=RecordedUse.COUNT)
    sleeper = IMPORTS.claim(row.pk)
    Import.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    IMPORTS.claim(row.pk)
    staged = NewComparison(
        messages=[{"role": "user", "content": "Theirs?"}],
        first_text="A",
        second_text="B",
        votes=(Vote(annotator="w", verdict="first"),),
    )
    add_comparisons(project=project, rows=[staged], source=row, publish=False)
    with pytest.raises(ClaimLost):
        discard_staged(row, fence=sleeper.write)
    with pytest.raises(ClaimLost):
        resolve_staged(row, fence=sleeper.write)
    assert Comparison.objects.get().state == ComparisonState.STAGED
    assert Judgement.objects.count() == 1
    assert not Preference.objects.exists()


def test_what_is_to_meet_in_an_arena_stays_when_the_import_that_brought_it_goes():
    project = make_answered(1, ("a", "b"))
    row = queued(project, json_lines(pair(1)))
    claim = IMPORTS.claim(row.pk)
    first, second = Completion.objects.order_by("public_id")
    Comparison.objects.create(
        project=project, prompt=first.prompt, first=first, second=second, wanted=1,
        source=row, state=ComparisonState.STAGED,
    )  # fmt: skip
    make_arena(project)
    discard_staged(row, fence=claim.write)
    assert not Comparison.objects.exists()
    assert Completion.objects.count() == 2


def test_imports_of_one_project_take_turns(django_capture_on_commit_callbacks, monkeypatch):
    listen(monkeypatch, IMPORTS.task)
    project = make_project()
    first, second = (queued(project, json_lines(pair(1))) for _number in range(2))
    held = IMPORTS.claim(first.pk)
    run_import(import_id=second.pk)
    second.refresh_from_db()
    assert second.state == WorkState.QUEUED
    held.fail("stopped")
    with django_capture_on_commit_callbacks(execute=True):
        run_import(import_id=second.pk)
    second.refresh_from_db()
    assert second.state == WorkState.SUCCEEDED


def test_whatever_goes_wrong_with_a_file_ends_the_import_at_once_and_wakes_the_next(
    django_capture_on_commit_callbacks, monkeypatch
):
    def fail(*_given):
        raise ZeroDivisionError("nobody thought of it")

    rung = listen(monkeypatch, IMPORTS.task)
    project = make_project()
    sick, good = (queued(project, json_lines(pair(n))) for n in (1, 2))
    with monkeypatch.context() as patched, django_capture_on_commit_callbacks(execute=True):
        patched.setattr(importing.BatchWriter, "write", fail)
        run_import(import_id=sick.pk)
    sick.refresh_from_db()
    assert (sick.state, sick.attempt) == (WorkState.FAILED, 1)
    assert "nobody thought of it" in sick.reason
    assert rung[-1] == good.pk
    assert not Comparison.objects.exists()


def test_a_database_that_is_away_is_no_fault_of_the_file(monkeypatch):
    def fail(*_given):
        raise OperationalError("away")

    row = queued(make_project(), json_lines(pair(1)))
    with monkeypatch.context() as patched:
        patched.setattr(importing.BatchWriter, "write", fail)
        with pytest.raises(OperationalError):
            run_import(import_id=row.pk)
    row.refresh_from_db()
    assert row.state == WorkState.RUNNING  # until its heartbeat is old, and the next attempt begins


def test_a_file_that_ends_its_worker_goes_behind_those_that_nobody_has_tried():
    project = make_project()
    sick, good = (queued(project, json_lines(pair(n))) for n in (1, 2))
    IMPORTS.claim(sick.pk)
    Import.objects.filter(pk=sick.pk).update(heartbeat_at=Now() - timedelta(seconds=100))
    run_import(import_id=sick.pk)
    sick.refresh_from_db()
    assert sick.attempt == 1
    for row in (good, sick):
        run_import(import_id=row.pk)
        row.refresh_from_db()
        assert row.state == WorkState.SUCCEEDED


def test_lost_messages_are_sent_again_but_not_those_on_their_way(
    django_capture_on_commit_callbacks, monkeypatch
):
    rung = listen(monkeypatch, IMPORTS.task)
    fresh, lost = (queued(make_project(), json_lines(pair(1))) for _number in range(2))
    Import.objects.filter(pk=lost.pk).update(requested_at=Now() - timedelta(seconds=60))
    with django_capture_on_commit_callbacks(execute=True):
        assert IMPORTS.ring_again() == 1
    assert rung == [lost.pk]
    assert fresh.pk not in rung


def test_queueing_keeps_the_file_under_our_own_name_and_rings_the_bell(
    django_capture_on_commit_callbacks, monkeypatch
):
    rung = listen(monkeypatch, IMPORTS.task)
    with django_capture_on_commit_callbacks(execute=True):
        row = queued(make_project(), b"{}", file_name="../../etc/pass\0wd.jsonl")
    assert rung == [row.pk]
    assert row.file_name == "passwd.jsonl"
    assert row.file.name.startswith("imports/")
    assert str(row.public_id) in row.file.name


def test_a_broker_that_is_away_loses_nothing(django_capture_on_commit_callbacks, monkeypatch):
    listen(monkeypatch, IMPORTS.task, fault=exceptions.OperationalError("no broker"))
    with django_capture_on_commit_callbacks(execute=True):
        row = queued(make_project(), json_lines(pair(1)))
    assert row.state == WorkState.QUEUED
    tasks.run_import(row.pk)  # as the redelivery brings it, later
    row.refresh_from_db()
    assert row.state == WorkState.SUCCEEDED
