import tracemalloc

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection

from annotate.comparisons.visible import live_judgements, live_preferences, visible_comparisons
from annotate.errors import InvalidInput
from annotate.imports import importing
from annotate.imports.importing import queue_import, run_import
from annotate.imports.staging import publish_staged
from annotate.judging.leases import lease_next
from annotate.models import (
    AlikePairs,
    AuditEvent,
    Comparison,
    Completion,
    Import,
    Judgement,
    Preference,
    Prompt,
    RecordedUse,
    WorkState,
)
from tests.annotate.imports.importing import imported, json_lines, pair, queued, votes_row
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_an_import_stores_prompts_completions_and_open_comparisons():
    project = make_project(overlap=3)
    result = imported(project, json_lines(pair(1, id="p1", tags=["t"]), pair(2), pair(2)))
    assert (result.state, result.format) == (WorkState.SUCCEEDED, "pairs")
    assert (result.n_prompts, result.n_comparisons, result.n_duplicates) == (2, 2, 1)
    comparison = Comparison.objects.get(prompt__external_id="p1")
    assert (comparison.state, comparison.wanted, comparison.n_counted) == ("open", 3, 0)
    assert comparison.prompt.tags == ["t"]
    assert comparison.first.public_id < comparison.second.public_id


def test_the_recorded_preference_is_held_aside_and_names_the_right_completion():
    project = make_project()
    imported(project, json_lines(*[pair(number) for number in range(20)]))
    sides = set()
    for comparison in Comparison.objects.select_related("first", "second"):
        preferred = (
            comparison.first if comparison.recorded_verdict == "first" else comparison.second
        )
        assert preferred.text == "Yes."
        sides.add(comparison.recorded_verdict)
    assert sides == {"first", "second"}  # first is by public id, so it gives nothing away
    assert not Judgement.objects.exists()


def test_importing_the_same_file_twice_adds_nothing():
    project = make_project()
    content = json_lines(pair(1), pair(2))
    imported(project, content)
    again = imported(project, content)
    assert (again.state, again.n_comparisons, again.n_duplicates) == (WorkState.SUCCEEDED, 0, 2)
    assert (Prompt.objects.count(), Completion.objects.count()) == (2, 4)
    assert Comparison.objects.count() == 2


def test_what_another_project_has_is_no_duplicate():
    content = json_lines(pair(1), pair(2))
    imported(make_project(), content)
    other = imported(make_project(), content)
    assert (other.n_prompts, other.n_comparisons, other.n_duplicates) == (2, 2, 0)
    assert Prompt.objects.filter(project=other.project).count() == 2


def test_a_pair_turned_round_is_a_duplicate():
    project = make_project()
    imported(project, json_lines({"prompt": "Q", "completions": ["A", "B"]}))
    again = imported(project, json_lines({"prompt": "Q", "completions": ["B", "A"]}))
    assert (again.n_comparisons, again.n_duplicates) == (0, 1)


def test_nothing_is_seen_or_handed_out_until_all_is_published(monkeypatch):
    project = make_project(overlap=1)
    annotator = make_member(project)
    assert lease_next(annotator=annotator, project=project).current is None
    seen = {}

    def look_and_publish(source):
        seen["comparisons"] = visible_comparisons(project).count()
        seen["judgements"] = live_judgements(project).count()
        seen["preferences"] = live_preferences(project).count()
        seen["lease"] = lease_next(annotator=annotator, project=project).current
        publish_staged(source)

    monkeypatch.setattr(importing, "publish_staged", look_and_publish)
    rows = json_lines(votes_row("a", "a"), {"prompt": "R", "completions": ["A", "B"]})
    imported(project, rows[: rows.index(b"\n") + 1], recorded_use=RecordedUse.COUNT)
    assert seen == {"comparisons": 0, "judgements": 0, "preferences": 0, "lease": None}
    assert (visible_comparisons(project).count(), live_preferences(project).count()) == (1, 1)


def test_somebody_who_had_found_nothing_gets_what_is_published():
    project = make_project(overlap=1)
    annotator = make_member(project)
    assert lease_next(annotator=annotator, project=project).current is None
    imported(project, json_lines(pair(1)))
    assert lease_next(annotator=annotator, project=project).current is not None


@pytest.mark.skipif(settings.IS_SQLITE, reason="SQLite plans without statistics")
def test_the_planner_knows_of_a_large_import_at_once(monkeypatch):
    def n_rows_known() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'annotate_completion'")
            return cursor.fetchone()[0]

    monkeypatch.setattr(importing, "MANY", 3)
    before = n_rows_known()
    imported(make_project(), json_lines(pair(1), pair(2)))
    assert n_rows_known() == before
    imported(make_project(), json_lines(pair(1), pair(2), pair(3)))
    assert n_rows_known() == Completion.objects.count() == 10


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", "xml"), ("wrong_rows", "maybe"), ("recorded_use", "all"), ("overlap", 0)],
)
def test_a_choice_that_is_not_known_is_refused_before_anything_is_kept(field, value):
    with pytest.raises(InvalidInput) as refused:
        queue_import(
            project=make_project(),
            requested_by=None,
            file=ContentFile(b"{}"),
            file_name="x",
            **{"wrong_rows": "skip", "recorded_use": "hold", field: value},
        )
    assert (refused.value.field, refused.value.value) == (field, value)
    assert not Import.objects.exists()


def test_an_import_is_in_the_audit_when_queued_and_when_published():
    project = make_project()
    annotator = make_member(project)
    imported(project, json_lines(pair(1)), requested_by=annotator)
    events = AuditEvent.objects.order_by("id").values_list("action", "actor")
    assert list(events) == [
        ("import.queued", annotator.pseudonym),
        ("import.published", annotator.pseudonym),
    ]


def test_memory_does_not_grow_with_the_file(monkeypatch):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", 100)
    project = make_project()

    def peak_of(n_rows: int, offset: int) -> int:
        rows = [pair(offset + number, chosen="x" * 2000) for number in range(n_rows)]
        row = queued(project, json_lines(*rows))
        del rows
        connection.queries_log.clear()
        tracemalloc.start()
        run_import(import_id=row.pk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert Comparison.objects.filter(source=row).count() == n_rows
        return peak

    assert peak_of(2000, 10_000) < 1.5 * peak_of(400, 1) + 500_000


BEST = {"prompt": "Best fruit?"}
APPLE = {**BEST, "chosen": "apple", "rejected": "pear"}
PEAR = {**BEST, "chosen": "pear", "rejected": "apple"}


@pytest.mark.parametrize("batch_rows", [1, 2000])
def test_rows_that_contradict_one_another_are_no_repeats_and_each_is_a_vote(
    batch_rows, monkeypatch
):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", batch_rows)
    rows = json_lines(APPLE, PEAR, PEAR)
    result = imported(make_project(), rows, recorded_use=RecordedUse.COUNT)
    assert (result.n_contradictions, result.n_duplicates, result.n_judgements) == (2, 0, 3)
    comparison = Comparison.objects.select_related("first").get()
    pear = "first" if comparison.first.text == "pear" else "second"
    assert getattr(comparison, f"n_{pear}") == 2
    assert Preference.objects.get().chosen.text == "pear"

    held = imported(make_project(), rows)
    assert (held.n_contradictions, held.n_duplicates) == (2, 0)
    comparison = Comparison.objects.select_related("first").get(source=held)
    pear = "first" if comparison.first.text == "pear" else "second"
    assert comparison.recorded_verdict == pear


def test_a_row_that_contradicts_what_was_imported_before_changes_nothing():
    project = make_project()
    imported(project, json_lines(APPLE))
    before = Comparison.objects.values_list("recorded_verdict", "n_counted").get()
    again = imported(project, json_lines(APPLE, PEAR), recorded_use=RecordedUse.COUNT)
    assert (again.n_duplicates, again.n_contradictions, again.n_judgements) == (1, 1, 0)
    assert Comparison.objects.values_list("recorded_verdict", "n_counted").get() == before


def test_as_many_rows_on_either_side_are_a_tie_on_record():
    imported(make_project(), json_lines(APPLE, PEAR))
    assert Comparison.objects.get().recorded_verdict == "tie"


@pytest.mark.parametrize("batch_rows", [1, 2000])
def test_a_second_vote_of_one_annotator_is_counted_apart_and_the_first_stands(
    batch_rows, monkeypatch
):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", batch_rows)
    rows = [votes_row("a"), votes_row("b"), votes_row("a")]
    result = imported(make_project(), json_lines(*rows), recorded_use=RecordedUse.COUNT)
    assert (result.n_second_votes, result.n_duplicates, result.n_contradictions) == (1, 1, 0)
    assert result.n_judgements == 1


@pytest.mark.parametrize("batch_rows", [1, 2000])
@pytest.mark.parametrize("named_first", [True, False])
def test_rows_with_and_without_model_names_are_votes_on_one_pair(
    batch_rows, named_first, monkeypatch
):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", batch_rows)
    table = "task_id,annotator,choice,prompt,response_a,response_b,model_a,model_b\n"
    rows = ["1,w1,a,Q1,x,y,gpt,llama\n", "1,w2,a,Q1,x,y,,\n", "1,w3,b,Q1,y,x,,\n"]
    content = table + "".join(rows if named_first else reversed(rows))
    result = imported(make_project(), content.encode(), recorded_use=RecordedUse.COUNT)
    assert (result.n_comparisons, result.n_judgements) == (1, 3)
    assert set(Completion.objects.values_list("text", "origin")) == {("x", "gpt"), ("y", "llama")}
    assert Preference.objects.get().chosen.text == "x"


def test_a_name_never_reaches_a_completion_that_was_there_before(monkeypatch):
    monkeypatch.setattr("annotate.imports.adding.BATCH_ROWS", 1)
    project = make_project()
    imported(project, json_lines(APPLE))
    row = {**BEST, "chosen": "apple", "rejected": "plum"}
    named = {**row, "origin_chosen": "m1", "origin_rejected": "m2"}
    imported(project, json_lines(row, named))
    there = Completion.objects.filter(text="apple").values_list("origin", flat=True)
    assert sorted(there) == ["", "m1"]
    assert Comparison.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Paris.", "Paris. "),
        ("Zo\u00eb", "Zoe\u0308"),
        ("yes\u200b", "yes"),
        ("a\r\nb", "a\nb"),
        ("a \nb", "a\nb"),
        ("1\u00a0000", "1 000"),
    ],
)
def test_pairs_that_nobody_can_tell_apart_are_counted_and_left_out_on_request(first, second):
    rows = json_lines(pair(1), pair(2, chosen=first, rejected=second))
    kept = imported(make_project(), rows)
    assert (kept.n_comparisons, kept.n_alike) == (2, 1)
    left_out = imported(make_project(), rows, alike_pairs=AlikePairs.LEAVE_OUT)
    assert (left_out.n_comparisons, left_out.n_alike, left_out.n_wrong) == (1, 1, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u062e\u0648"),
        ("a  \nb", "a\nb"),
        ("x\u00b2", "x2"),
        ("  if x:", "if x:"),
    ],
)  # fmt: skip
def test_pairs_that_are_drawn_differently_are_not_called_alike(first, second):
    result = imported(make_project(), json_lines(pair(2, chosen=first, rejected=second)))
    assert result.n_alike == 0
