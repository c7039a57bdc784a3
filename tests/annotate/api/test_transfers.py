import json
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from annotate.exports.exporting import run_export
from annotate.imports.importing import run_import
from annotate.models import Comparison, Export, Import, Role, WorkState
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)
HELPFUL = "/api/v1/projects/helpful/"


@pytest.fixture
def project():
    return make_project(slug="helpful")


@pytest.fixture
def lead(calling, project):
    return calling(make_member(project, user=make_user(), role=Role.LEAD).user)


def rows_file(*rows: object) -> SimpleUploadedFile:
    text = "\n".join(json.dumps(row) for row in rows)
    return SimpleUploadedFile("../../etc/rows.jsonl", text.encode())


GOOD = {"prompt": "What is 2 + 2?", "chosen": "4", "rejected": "5"}


def test_an_import_is_queued_read_by_a_worker_and_told_by_rows(lead):
    body = {"file": rows_file(GOOD, GOOD | {"chosen": ""}), "wrong_rows": "skip"}
    queued = lead.post(f"{HELPFUL}imports/", body, format="multipart")
    assert queued.status_code == 202
    assert queued.json()["state"] == "queued"
    assert queued.json()["file_name"] == "rows.jsonl"
    address = queued["Location"]
    assert address == f"/api/v1/imports/{queued.json()['id']}/"
    run_import(import_id=Import.objects.get().pk)
    told = lead.get(address).json()
    assert (told["state"], told["n_comparisons"], told["n_wrong"]) == ("succeeded", 1, 1)
    [error] = told["errors"]
    assert error["row"] == 2
    assert error["message"]
    assert Comparison.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "no such"),
        ("wrong_rows", "perhaps"),
        ("recorded_use", "?"),
        ("overlap", 0),
        ("state", "succeeded"),
        ("project", "other"),
        ("requested_by", "1"),
    ],
)
def test_a_wrong_choice_is_named_and_queues_nothing(lead, field, value):
    answer = lead.post(
        f"{HELPFUL}imports/", {"file": rows_file(GOOD), field: value}, format="multipart"
    )
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert not Import.objects.exists()


def test_an_import_needs_a_file(lead):
    answer = lead.post(f"{HELPFUL}imports/", {"format": "auto"}, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["field"] == "file"


def test_too_many_imports_in_an_hour_are_refused_with_the_time_to_wait(lead, project):
    by = project.memberships.get().annotator
    Import.objects.bulk_create(
        Import(project=project, requested_by=by, file_name="x") for _number in range(60)
    )
    answer = lead.post(f"{HELPFUL}imports/", {"file": rows_file(GOOD)}, format="multipart")
    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert lead.get(f"{HELPFUL}imports/").status_code == 200
    Import.objects.update(requested_at=timezone.now() - timedelta(hours=1, seconds=1))
    answer = lead.post(f"{HELPFUL}imports/", {"file": rows_file(GOOD)}, format="multipart")
    assert answer.status_code == 202


def test_an_export_is_202_until_its_file_is_there(lead):
    queued = lead.post(f"{HELPFUL}exports/", {"format": "judgements_jsonl"}, format="json")
    assert queued.status_code == 202
    address = queued["Location"]
    waiting = lead.get(address)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "queued")
    run_export(export_id=Export.objects.get().pk)
    ready = lead.get(address)
    assert ready.status_code == 200
    assert b"".join(ready.streaming_content) == b""
    assert ready["Content-Disposition"].startswith('attachment; filename="helpful-judgements')
    assert ready["Content-Type"] == "application/octet-stream"
    assert ready["X-Content-Type-Options"] == "nosniff"


def test_a_failed_export_says_why(lead, project):
    export = Export.objects.create(
        project=project, format="hh_jsonl", state=WorkState.FAILED, reason="The disk is full."
    )
    answer = lead.get(f"/api/v1/exports/{export.public_id}/")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "The disk is full."


def test_the_file_of_another_project_is_not_found(lead):
    other = make_project(slug="other")
    export = Export(project=other, format="hh_jsonl", state=WorkState.SUCCEEDED)
    export.file.save("x.jsonl", ContentFile(b"secret"))
    assert lead.get(f"/api/v1/exports/{export.public_id}/").status_code == 404
