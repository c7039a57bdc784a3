from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models.functions import Now

from annotate.imports.importing import run_import
from annotate.models import Import, WorkState
from annotate.work.retention import drop_old_import_files
from tests.annotate.imports.importing import json_lines, pair, queued
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_files_that_were_read_go_after_a_while_and_what_was_wrong_with_them_stays():
    old, young, waiting = (queued(make_project(), json_lines(pair(1), {})) for _row in range(3))
    for row in (old, young):
        run_import(import_id=row.pk)
    over = timedelta(days=settings.ACCORD_IMPORT_DAYS, minutes=1)
    Import.objects.filter(pk=old.pk).update(finished_at=Now() - over)
    Import.objects.filter(pk=waiting.pk).update(requested_at=Now() - over)
    storage, name = old.file.storage, old.file.name

    assert drop_old_import_files() == 1
    assert drop_old_import_files() == 0

    for row in (old, young, waiting):
        row.refresh_from_db()
    assert not storage.exists(name)
    assert (old.file.name, old.state, old.n_wrong) == ("", WorkState.FAILED, 1)
    assert storage.exists(young.file.name)
    assert storage.exists(waiting.file.name)
