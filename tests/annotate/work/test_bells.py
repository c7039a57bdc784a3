"""What is looked for again and again rings once, until a worker takes it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotate.agreement.reports import REFRESH, refresh_report, refresh_stale_reports
from annotate.imports.importing import IMPORTS
from annotate.models import Bell
from annotate.work.bells import LOST_AFTER, forget_bells, ring_once, take_bell
from tests.annotate.imports.importing import json_lines, pair, queued
from tests.bells import listen
from tests.factories import make_project

pytestmark = pytest.mark.django_db
TASK = "annotate.tasks.run_import"


def test_a_bell_rings_once_until_it_is_taken(monkeypatch):
    heard = listen(monkeypatch, TASK)
    assert [ring_once(TASK, 7) for _look in range(3)] == [True, False, False]
    assert ring_once(TASK, 8) is True
    take_bell(TASK, 7)
    assert ring_once(TASK, 7) is True
    assert heard == [7, 8, 7]


def test_what_nobody_took_for_long_is_rung_again_once(monkeypatch):
    heard = listen(monkeypatch, TASK)
    ring_once(TASK, 7)
    Bell.objects.update(rung_at=timezone.now() - LOST_AFTER - timedelta(seconds=5))
    assert [ring_once(TASK, 7) for _look in range(2)] == [True, False]
    assert heard == [7, 7]


def test_a_bell_that_the_broker_did_not_take_is_rung_again(monkeypatch):
    with monkeypatch.context() as away:
        listen(away, TASK, fault=OperationalError("away"))
        assert ring_once(TASK, 7) is False
    heard = listen(monkeypatch, TASK)
    assert ring_once(TASK, 7) is True
    assert heard == [7]


def test_a_worker_that_begins_lets_everything_be_rung_anew(monkeypatch):
    heard = listen(monkeypatch, TASK)
    ring_once(TASK, 7)
    forget_bells()
    ring_once(TASK, 7)
    assert heard == [7, 7]


def test_figures_of_a_project_are_rung_for_once_while_no_worker_is_there(rung):
    project = make_project()
    for _look in range(3):
        assert refresh_stale_reports() == 1
    assert rung == [project.pk]
    refresh_report(project)
    assert not Bell.objects.filter(task=REFRESH).exists()


def test_a_transfer_is_rung_for_again_once_until_a_worker_claims_it(monkeypatch):
    heard = listen(monkeypatch, IMPORTS.task)
    row = queued(make_project(), json_lines(pair(1)))
    type(row).objects.update(requested_at=timezone.now() - timedelta(minutes=1))
    for _look in range(3):
        assert IMPORTS.ring_again() == 1
    assert heard == [row.pk]
    IMPORTS.claim(row.pk)
    assert not Bell.objects.exists()
