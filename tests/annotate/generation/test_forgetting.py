"""Answers that were asked for long ago: their sums stay, and what was made of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse

from annotate.generation import forgetting
from annotate.generation.forgetting import forget_old_answers
from annotate.generation.queueing import NotResumable, resume_generation
from annotate.models import Comparison, Completion, Generation, GenerationState, WantedCompletion
from tests.annotate.generation.generating import (
    endpoint_at,
    generated,
    prompts_in,
    queued,
    run,
    two_of,
)
from tests.factories import make_admin, make_project
from tests.model_server import status

pytestmark = pytest.mark.django_db(transaction=True)


def ended_long_ago(row: Generation) -> Generation:
    Generation.objects.filter(pk=row.pk).update(finished_at=Now() - timedelta(days=91))
    row.refresh_from_db()
    return row


def test_rows_go_and_sums_and_comparisons_stay(server, monkeypatch, client):
    monkeypatch.setattr(forgetting, "BATCH", 3)
    project, other = make_project(), make_project()
    prompts_in(project, 5)
    prompts_in(other, 2)
    endpoint = endpoint_at(server)
    old = ended_long_ago(generated(project, two_of(endpoint)))
    young = generated(other, two_of(endpoint))
    sums = (old.n_prompts, old.n_total, old.n_done, old.n_comparisons, old.spent, old.n_tokens_in)
    costs = list(Completion.objects.order_by("pk").values_list("sampling", flat=True))
    assert forget_old_answers() == 10
    assert forget_old_answers() == 0
    old.refresh_from_db()
    assert old.forgotten_at is not None
    assert sums == (
        old.n_prompts,
        old.n_total,
        old.n_done,
        old.n_comparisons,
        old.spent,
        old.n_tokens_in,
    )
    assert Comparison.objects.count() == 7
    assert list(Completion.objects.order_by("pk").values_list("sampling", flat=True)) == costs
    assert set(WantedCompletion.objects.values_list("generation", flat=True)) == {young.pk}
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("annotate:generation", args=[project.slug, old.public_id]))
    assert b"no longer listed one by one" in page.content


def test_what_failed_can_be_gone_on_with_until_it_is_forgotten(server):
    server.faults = [status(401, "wrong key")]
    project = make_project()
    prompts_in(project, 4)
    row = generated(project, two_of(endpoint_at(server, most_at_once=1)))
    assert row.state == GenerationState.FAILED
    assert forget_old_answers() == 0
    resume_generation(generation=row, resumed_by=None)
    assert run(row).n_comparisons == 4

    server.faults = [status(401, "wrong key")]
    project = make_project()
    prompts_in(project, 3)
    row = ended_long_ago(generated(project, two_of(endpoint_at(server, name="b", most_at_once=1))))
    seen_before = Generation.objects.get(pk=row.pk)
    assert forget_old_answers() > 0
    for seen in (Generation.objects.get(pk=row.pk), seen_before):
        with pytest.raises(NotResumable):
            resume_generation(generation=seen, resumed_by=None)
    row.refresh_from_db()
    assert row.state == GenerationState.FAILED


def test_what_is_killed_in_the_middle_is_forgotten_to_its_end_the_next_time(server, monkeypatch):
    project = make_project()
    prompts_in(project, 3)
    row = ended_long_ago(generated(project, two_of(endpoint_at(server))))
    with monkeypatch.context() as killed:
        killed.setattr(forgetting, "_forget", lambda _generation: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            forget_old_answers()
    row.refresh_from_db()
    assert row.forgotten_at is not None
    assert WantedCompletion.objects.count() == 6
    assert forget_old_answers() == 6


def test_what_goes_on_cannot_be_forgotten(server):
    project = make_project()
    prompts_in(project, 1)
    row = queued(project, two_of(endpoint_at(server)))
    Generation.objects.filter(pk=row.pk).update(requested_at=Now() - timedelta(days=400))
    assert forget_old_answers() == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=row.pk).update(forgotten_at=Now())
