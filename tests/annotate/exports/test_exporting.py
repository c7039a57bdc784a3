import csv
import hashlib
import io
import json
from importlib.util import find_spec
from io import BytesIO

import pytest
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.exports.containers import PARQUET
from annotate.exports.export_options import USUAL
from annotate.exports.exporting import download_name, open_export, queue_export, run_export
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.writing import write_rows
from annotate.judging.adjudication import adjudicate
from annotate.judging.exposures import record_exposure_to_project
from annotate.models import AnnotatorKind, AuditEvent, Comparison, Export, Exposure, WorkState
from annotate.work.claims import ClaimLost
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import (
    everything_asked,
    hold,
    judge,
    judge_comparison,
    make_annotator,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
HERE = [  # Parquet only where pyarrow is installed
    name
    for name, entry in EXPORT_FORMATS.items()
    if entry.container is not PARQUET or find_spec("pyarrow")
]


def exported(project, format_name: str) -> bytes:
    row = queue_export(project=project, requested_by=None, format=format_name)
    run_export(export_id=row.pk)
    row.refresh_from_db()
    assert row.state == WorkState.SUCCEEDED, row.reason
    with row.file.open("rb") as file:
        content = file.read()
    assert row.digest == hashlib.sha256(content).hexdigest()
    assert row.size_bytes == len(content)
    return content


def rows_of(content: bytes) -> list:
    return [json.loads(line) for line in content.splitlines()]


def judged_project():
    project = make_project(overlap=2, asks=everything_asked())
    imported(project, json_lines(pair(1, chosen="=SUM(A1)", rejected="- plain")))
    judge_comparison(Comparison.objects.get(), "first", "first", note="Because.")
    return project


def test_judgements_are_exported_whole_and_under_pseudonyms_only():
    project = make_project(overlap=1, asks=everything_asked())
    make_comparison(project)
    user = make_user(username="zoe.secret", email="zoe@example.org")
    annotator = make_member(project, user=user, cohort="experts")
    lease = hold(annotator, project).current
    judgement = judge(annotator, lease, "second", note="Clear.", strength=2, seconds=1.5)
    judgement.refresh_from_db()
    content = exported(project, "judgements_jsonl")
    assert b"zoe" not in content
    (row,) = rows_of(content)
    comparison = Comparison.objects.get()
    first, second = (
        {"id": str(one.public_id), "text": one.text, "origin": "", "sampling": None}
        for one in (comparison.first, comparison.second)
    )
    assert row == {
        "id": str(judgement.public_id),
        "comparison": str(comparison.public_id),
        "annotator": annotator.pseudonym,
        "annotator_kind": "person",
        "cohort": "experts",
        "verdict": "second",
        "strength": 2,
        "criteria": {},
        "reasons": [],
        "note": "Clear.",
        "edited_text": "",
        "first_acceptable": None,
        "second_acceptable": None,
        "protocol_version": 1,
        "seconds": 1.5,
        "first_was_left": lease.first_is_left,
        "guidelines_version": project.guidelines_version,
        "is_counted": True,
        "judged_at": judgement.judged_at.isoformat(),
        "prompt": comparison.prompt.messages,
        "tags": [],
        "language": "",
        "external_id": "",
        "first": first,
        "second": second,
        "gold_verdict": "",
        "gold_also": "",
        "wanted": 1,
        "is_swapped": False,
        "set": None,
        "set_size": None,
        "is_derived": False,
        "ruling": None,
    }


def test_a_spreadsheet_never_gets_a_cell_that_it_would_run():
    content = exported(judged_project(), "judgements_csv").decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert {row["response_a"] for row in rows} | {row["response_b"] for row in rows} == {
        "'=SUM(A1)",
        "'- plain",
    }
    assert [row["choice"] for row in rows] == ["a", "a"]


def test_exported_votes_can_be_imported_again():
    project = make_project(overlap=3)
    imported(project, json_lines(*[pair(number) for number in range(3)]))
    for comparison in Comparison.objects.all():
        judge_comparison(comparison, "first", "first", "tie")
    content = exported(project, "judgements_csv")
    other = make_project()
    result = imported(other, content, recorded_use="count")
    assert (result.format, result.n_wrong) == ("judgements_table", 0)
    assert (result.n_comparisons, result.n_judgements) == (3, 9)
    assert {c.n_tie for c in Comparison.objects.filter(project=other)} == {1}


@pytest.mark.parametrize("format_name", ["trl_jsonl", "hh_jsonl"])
def test_preferences_exported_for_training_come_back_as_the_same_texts(format_name):
    project = make_project(overlap=1)
    conversation = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "  Hi\n\n there"},
        {"role": "assistant", "content": "Hello "},
        {"role": "user", "content": "Why?"},
    ]
    row = pair(prompt=conversation, chosen=" Since.\r\n", rejected="No.")
    imported(project, json_lines(row))
    comparison = Comparison.objects.get()
    judge_comparison(comparison, comparison.recorded_verdict)
    again = make_project()
    result = imported(again, exported(project, format_name))
    assert result.n_comparisons == 1
    copy = Comparison.objects.get(project=again)
    assert copy.prompt.messages == conversation
    assert {copy.first.text, copy.second.text} == {" Since.\r\n", "No."}
    preferred = copy.first if copy.recorded_verdict == "first" else copy.second
    assert preferred.text == " Since.\r\n"


def test_preference_records_hold_ties_but_training_pairs_do_not():
    project = make_project(overlap=1)
    tie, clear = make_comparison(project), make_comparison(project)
    judge_comparison(tie, "tie")
    judge_comparison(clear, "second")
    records = rows_of(exported(project, "preferences_jsonl"))
    assert sorted(record["outcome"] for record in records) == ["preference", "tie"]
    (one,) = rows_of(exported(project, "trl_jsonl"))
    assert one["chosen"] == [{"role": "assistant", "content": clear.second.text}]


def test_preferences_from_simulated_votes_are_not_given_out():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    judgement = comparison.judgements.get()
    judgement.annotator.kind = AnnotatorKind.SIMULATED
    judgement.annotator.save()
    assert exported(project, "preferences_jsonl") == b""
    (row,) = rows_of(exported(project, "judgements_jsonl"))
    assert row["annotator_kind"] == "simulated"


@pytest.mark.parametrize("format_name", HERE)
def test_a_project_without_judgements_gives_an_empty_file(format_name):
    content = exported(make_project(), format_name)
    if format_name.endswith("_parquet"):
        parquet = pytest.importorskip("pyarrow.parquet")
        assert parquet.read_table(BytesIO(content)).num_rows == 0
    else:
        assert len(content.splitlines()) <= 1


def test_an_unknown_format_is_refused():
    with pytest.raises(InvalidInput) as refused:
        queue_export(project=make_project(), requested_by=None, format="xls")
    assert (refused.value.field, refused.value.value) == ("format", "xls")


def test_an_export_runs_once_and_is_in_the_audit():
    annotator = make_annotator()
    row = queue_export(project=make_project(), requested_by=annotator, format="trl_jsonl")
    run_export(export_id=row.pk)
    run_export(export_id=row.pk)
    row.refresh_from_db()
    assert (row.attempt, row.state) == (1, WorkState.SUCCEEDED)
    assert download_name(row).startswith(f"{row.project.slug}-trl_jsonl-")
    assert AuditEvent.objects.get().action == "export.queued"


def test_a_worker_that_lost_its_claim_leaves_no_file_behind(monkeypatch, tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }

    def lose(*_args, **_facts):
        assert [path for path in tmp_path.rglob("*") if path.is_file()]
        raise ClaimLost

    monkeypatch.setattr("annotate.work.claims.Claim.succeed", lose)
    row = queue_export(project=make_project(), requested_by=None, format="trl_jsonl")
    run_export(export_id=row.pk)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert Export.objects.get().state == WorkState.RUNNING


def test_whoever_downloads_votes_can_no_longer_judge_what_they_read_about():
    project = make_project(overlap=3)
    judged, fresh, ruled = make_comparisons(project, 3)
    judge_comparison(judged, "first", "second")
    lead = make_member(project, role="lead")
    adjudicate(reviewer=make_member(project), comparison_id=ruled.public_id, verdict="first")
    hold(lead, project)  # both that are open, the judged one among them
    row = queue_export(project=project, requested_by=lead, format="judgements_jsonl")
    run_export(export_id=row.pk)
    row.refresh_from_db()
    open_export(row, reader=lead).close()
    assert {one.comparison for one in Exposure.objects.filter(annotator=lead)} == {judged, ruled}
    held = hold(lead, project)
    assert [held.current.comparison, held.ahead] == [fresh, None]
    judged.refresh_from_db()
    assert judged.n_leased == 0


def test_a_large_export_is_noted_in_a_few_queries(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("annotate.judging.exposures.BATCH", 4)
    project = make_project(overlap=1)
    for comparison in make_comparisons(project, 10):
        judge_comparison(comparison, "first")
    lead = make_member(project, role="lead")
    with django_assert_max_num_queries(10):  # 2 for what they hold, 2 for each batch, 1 to end
        record_exposure_to_project(annotator=lead, project=project, until=timezone.now())
    assert Exposure.objects.filter(annotator=lead).count() == 10


@pytest.mark.parametrize("format_name", [name for name in HERE if "rankings" not in name])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    format_name, django_assert_max_num_queries
):
    project = make_project(overlap=1)
    for comparison in make_comparisons(project, 6):
        judge_comparison(comparison, "first")
    with django_assert_max_num_queries(10):  # seven count what is left out, one finds arenas
        written = write_rows(io.BytesIO(), project, EXPORT_FORMATS[format_name], USUAL)
    assert written.n_rows >= 6
