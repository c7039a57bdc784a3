"""Alarms of the library, as the pages show them."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from training.alarms import alarms_of
from training.models import RunMetric
from training.templatetags.training import ALARMS, alarm_sentence

ROOT = Path(__file__).resolve().parents[2]
ALARM = {"name": "kl_over_budget", "message": "The policy is 30 nats away."}


def test_every_alarm_is_documented_and_can_be_translated() -> None:
    documented = re.findall(r"^## `(\w+)`", (ROOT / "docs/methods/alarms.md").read_text(), re.M)
    assert sorted(documented) == sorted(ALARMS)


def test_the_sentence_with_its_figures_is_shown_to_who_reads_english() -> None:
    with override("en"):
        assert alarm_sentence(ALARM) == ALARM["message"]
    with override("zh-hans"):
        assert alarm_sentence(ALARM) == str(ALARMS["kl_over_budget"])
        assert alarm_sentence({"name": "new", "message": "Something new."}) == "Something new."


@pytest.mark.django_db
def test_a_run_that_is_not_over_has_alarms_by_its_metrics_so_far(queued_run) -> None:
    run = queued_run()
    assert alarms_of(run) == []
    for step in (1, 2):
        values = {"rewards/accuracies": 1.0, "epoch": 0.1 * step}
        RunMetric.objects.create(
            run=run, phase="train", step=step, logged_at=timezone.now(), values=values
        )
    assert [alarm["name"] for alarm in alarms_of(run)] == ["accuracy_saturated"]
    run.summary = {"alarms": [ALARM]}
    assert alarms_of(run) == [ALARM]
    run.summary = {}
    assert alarms_of(run) == []


def test_the_page_of_a_run_shows_an_alarm_escaped() -> None:
    context = {
        "run": {"public_id": "4f0cf1b1-0000-4000-8000-000000000000", "summary": {}},
        "status": {"is_over": True},
        "detail": {"alarms": [{"name": "new", "message": "<b>Too far</b>"}]},
    }
    page = render_to_string("training/_run_live.html", context)
    assert "&lt;b&gt;Too far&lt;/b&gt;" in page
