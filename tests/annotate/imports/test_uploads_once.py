"""An upload is imported once, however often it is asked for, and goes when nobody wants it."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db.models.functions import Now
from django.urls import reverse

from annotate.imports import uploads
from annotate.imports.uploads import look_at
from annotate.models import (
    Import,
    Upload,
    WorkState,
)
from annotate.work.retention import drop_old_import_files
from tests.annotate.imports.importing import json_lines, pair
from tests.annotate.imports.test_uploads import COLUMNS, HOW, dropped

pytestmark = pytest.mark.django_db


def test_import_pressed_twice_is_one_import_and_both_lead_to_it(lead):
    client, project = lead
    address = dropped(client, project)
    given = {**HOW, **{f"is_{name}": column for name, column in COLUMNS.items()}, "import": ""}
    upload = Upload.objects.get()
    first = client.post(address, given)
    assert client.post(address, given).url == first.url
    assert Import.objects.count() == 1
    upload.save()  # as the second click sees it that came while the first was at work
    assert client.post(address, given).url == first.url
    assert Import.objects.count() == 1


def test_a_form_sent_twice_is_one_import_and_a_changed_one_another(lead):
    client, project = lead
    address = reverse("annotate:imports", args=[project.slug])
    token = client.get(address).context["form"]["token"].value()

    def sent(number=1, **choices):
        file = ContentFile(json_lines(pair(number)), name="data.jsonl")
        return client.post(address, {**HOW, "token": token, "file": file, **choices}).url

    first = sent()
    assert sent() == first
    others = {sent(wrong_rows="refuse"), sent(2)}
    assert len(others - {first}) == 2
    row = Import.objects.get(public_id=first.split("/")[-2])
    stored = row.file.storage.listdir(row.file.name.rpartition("/")[0])[1]
    assert len([name for name in stored if name.startswith(str(row.public_id))]) == 1
    Import.objects.filter(pk=row.pk).update(state=WorkState.FAILED)
    assert sent() != first  # another try


def test_an_upload_that_nobody_imports_is_deleted_with_its_file(lead):
    client, project = lead
    dropped(client, project)
    upload = Upload.objects.get()
    look_at(upload)
    assert drop_old_import_files() == 0
    Upload.objects.update(uploaded_at=Now() - timedelta(days=2))
    assert drop_old_import_files() == 1
    assert not Upload.objects.exists()
    assert not upload.file.storage.exists(upload.file.name)


def test_an_upload_that_is_gone_this_moment_is_not_found(lead):
    client, project = lead
    address = dropped(client, project)
    upload = Upload.objects.get()
    upload.file.storage.delete(upload.file.name)
    assert client.get(address).status_code == 404
    Upload.objects.all().delete()
    given = dict.fromkeys((*uploads.HOW, *uploads.WORDING), "")
    uploads.keep_choices(upload, given, {})
    assert not Upload.objects.exists()
