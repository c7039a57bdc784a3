"""A run as a command and as a request: both say the same run again, and neither holds a secret."""

import json
import shlex

import pytest
from django.test import Client
from django.urls import reverse

from alignment_core.command_line import parse
from tests.factories import make_admin
from training.reports.copied import as_command, as_curl
from training.runs.queue import queue_run

pytestmark = pytest.mark.django_db


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def test_the_command_has_the_settings_that_differ(queued_run) -> None:
    run = queued_run()
    run.settings = {**run.settings, "max_length": 64, "learning_rate": 3e-7}
    program, *arguments = words_of(as_command(run, shows_paths=True))
    assert program == "accord-align"
    parsed = parse(arguments)
    assert (parsed.command, parsed.max_length, parsed.learning_rate) == (run.method, 64, 3e-7)
    assert parsed.model == run.base.folder
    assert run.base.folder not in as_command(run, shows_paths=False)
    assert "--seed" not in as_command(run, shows_paths=True)


def test_the_request_queues_the_same_run_again(queued_run) -> None:
    run = queued_run()
    words = words_of(as_curl(run, address="https://accord.example/api/v1/runs/"))
    body = json.loads(words[words.index("-d") + 1])
    assert body["snapshot"] == str(run.snapshot.public_id)
    assert "Authorization: Token $ACCORD_TOKEN" in words
    again = queue_run(
        method=body["method"],
        snapshot=run.snapshot,
        base=run.base,
        settings=body["settings"],
    )
    assert again.settings == run.settings


def test_both_stand_on_the_page_of_the_run(queued_run) -> None:
    client = Client()
    client.force_login(
        make_admin(username="boss"), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get(reverse("training:run", args=[queued_run().public_id])).content.decode()
    assert "Copy as command" in page
    assert "$ACCORD_TOKEN" in page
