"""Alarms of the library, as the pages show them."""

import re
from pathlib import Path
from string import Formatter

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, override

from alignment_core.runs import alarm_sentences as library
from training.models import RunMetric
from training.reports.alarms import SENTENCES, alarm_in_words, alarms_of

ROOT = Path(__file__).resolve().parents[3]
ALARM = {
    "name": "kl_over_budget",
    "message": "The policy is 30 nats away.",
    "figures": {"kl": 30.25, "budget": 25.0},
}


def test_every_alarm_is_documented_and_every_sentence_of_one_can_be_translated() -> None:
    documented = re.findall(r"^## `(\w+)`", (ROOT / "docs/methods/alarms.md").read_text(), re.M)
    assert sorted(documented) == sorted(library.SENTENCES)
    assert sorted(SENTENCES) == sorted(
        sentence for sentences in library.SENTENCES.values() for sentence in sentences
    )


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_figure_is_lost_in_translation(sentence: str) -> None:
    with override("zh-hans"):
        translated = gettext(sentence)
    assert translated != sentence
    assert places(translated) == places(sentence)


def places(sentence: str) -> set[tuple[str, str]]:
    """The names of its figures with how they are written."""
    parts = Formatter().parse(sentence)
    return {(name, form or "") for _text, name, form, _conversion in parts if name}


def test_an_alarm_is_told_with_its_figures_in_the_language_of_the_reader() -> None:
    with override("en"):
        assert alarm_in_words(ALARM).startswith("The policy is 30.2 nats a sequence from")
    with override("zh-hans"):
        assert "30.2" in alarm_in_words(ALARM)
        assert "The policy" not in alarm_in_words(ALARM)


@pytest.mark.parametrize(
    "kept",
    [
        {"name": "kl_over_budget", "message": "Far away."},  # before figures were kept
        {"name": "kl_over_budget", "message": "Far away.", "figures": {"distance": 30.0}},
        {"name": "of_later", "message": "Far away.", "figures": {}},
    ],
)
def test_what_cannot_be_told_anew_is_shown_as_it_was_kept(kept: dict) -> None:
    with override("zh-hans"):
        assert alarm_in_words(kept) == "Far away."


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
