"""Every name that is rung for is a task, and nothing below the tasks imports one."""

import re
from collections import Counter

import pytest
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from annotate.work.bells import ring
from script.rooms import ROOT, file_graph
from tests.bells import listen

PACKAGES = ("annotate", "training", "config")
NAME = re.compile(r'"((?:annotate|training)\.tasks\.\w+)"')


def names_in_the_code() -> Counter[str]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return Counter(name for file in files for name in NAME.findall(file.read_text("utf-8")))


def test_every_name_that_is_rung_for_is_a_task():
    current_app.loader.import_default_modules()
    names = names_in_the_code()
    assert len(names) > 10
    assert names.keys() <= current_app.tasks.keys()


def test_every_task_is_rung_for_or_called_by_the_scheduler():
    current_app.loader.import_default_modules()
    ours = {name for name in current_app.tasks if not name.startswith("celery.")}
    assert ours == names_in_the_code().keys()
    assert settings.ACCORD_PERIODIC_TASKS.keys() <= ours


def test_nothing_imports_a_task():
    tasks = {"annotate.tasks", "training.tasks"}
    assert tasks < file_graph(ROOT).keys()
    assert not [name for name, imported in file_graph(ROOT).items() if imported & tasks]


@pytest.mark.parametrize("fault", [OperationalError("away"), OSError("the disk is full")])
def test_a_broker_that_is_away_is_no_error(monkeypatch, fault):
    listen(monkeypatch, "annotate.tasks.run_import", fault=fault)
    assert ring("annotate.tasks.run_import", 1) is False


def test_a_bell_carries_what_it_was_given(monkeypatch):
    heard = listen(monkeypatch, "annotate.tasks.run_import")
    assert ring("annotate.tasks.run_import", 7) is True
    assert heard == [7]
