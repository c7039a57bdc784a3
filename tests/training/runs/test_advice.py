"""Which method the page advises for a snapshot."""

import pytest
from django.urls import reverse
from django.utils import timezone

from alignment_core.advice import TEXTS
from tests.factories import judge_comparison, make_admin, make_project
from tests.training.conftest import freeze, worded_comparison
from training.models import Worker
from training.runs.advice import advice_on
from training.words.advice import REASONS

pytestmark = pytest.mark.django_db


def test_every_reason_of_the_library_can_be_translated():
    assert set(REASONS) == set(TEXTS)


@pytest.fixture
def divided_snapshot(db, monkeypatch):
    """Four decided pairs with three votes each, and a tie: enough, as far as the test goes."""
    monkeypatch.setattr("alignment_core.advice.FEW_PAIRS", 3)
    project = make_project(overlap=3)
    for number in range(4):
        judge_comparison(worded_comparison(project, number), "first", "first", "second")
    judge_comparison(worded_comparison(project, 4), "tie", "tie", "first")
    return freeze(project)


def test_advice_follows_from_what_is_in_the_snapshot(divided_snapshot):
    advice = advice_on(divided_snapshot)
    assert (advice.n_pairs, advice.votes_per_pair, advice.tie_share) == (4, 3.0, 0.2)
    assert advice.method == "dpo"
    assert advice.settings == {"soft_labels": True, "ties": "davidson"}
    assert advice.reasons[0].startswith("4 decided pairs are enough for DPO")
    assert advice.reasons[2].startswith("20 % are ties")


def test_the_form_is_filled_in_as_advised(divided_snapshot, client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("training:run_new")
    page = client.get(address).content.decode()
    assert "Which method?" in page
    form = client.get(f"{address}?{advice_on(divided_snapshot).query}").context["form"]
    assert form.method == "dpo"
    assert form["soft_labels"].value() == "True"
    assert form["ties"].value() == "davidson"
    assert form["snapshot"].value() == str(divided_snapshot.public_id)
    assert client.get(f"{address}?snapshot=unknown").status_code == 200


def test_a_gpu_and_a_reward_model_change_the_advice(reward_model, divided_snapshot):
    assert advice_on(divided_snapshot).method == "dpo"
    Worker.objects.create(
        name="gpu", devices=[{"kind": "cuda", "name": "H200"}], heartbeat_at=timezone.now()
    )
    assert advice_on(divided_snapshot).method == "grpo"
