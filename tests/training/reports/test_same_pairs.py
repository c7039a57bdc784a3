"""Accuracies beside one another, on the pairs that both were measured on."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_admin
from training.models import Alias, Checkpoint, Evaluation, RunKind, Snapshot
from training.reports.same_pairs import beside_others, checkpoint_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


def measure(checkpoint: Checkpoint, n_right: int, n: int, *, scored_by="reward") -> Evaluation:
    """An evaluation on the first `n` of a row of pairs, each of a prompt of its own."""
    wins = {f"{number:08x}{number:08x}": float(number < n_right) for number in range(n)}
    share = {"value": n_right / n, "low": 0.4, "high": 0.8, "n": n, "level": 0.95} if n else {}
    run = checkpoint.runs_from.create(
        kind=RunKind.EVALUATE,
        name="measure",
        snapshot=Snapshot.objects.get(),
        summary={"wins_by_pair": wins},
    )
    figures = {"accuracy": share, "scored_by": scored_by, "pairs": str(n), "left_out": {}}
    return Evaluation.objects.create(
        checkpoint=checkpoint, snapshot=run.snapshot, run=run, figures=figures
    )


def test_a_checkpoint_stands_beside_its_base_on_the_pairs_of_both(boss, tiny_base, reward_model):
    reward_model.run.base = tiny_base
    measure(tiny_base, 40, 102)
    (beside,) = beside_others(measure(reward_model, 47, 80), boss)
    assert (beside.other, beside.is_known, beside.is_scored_alike) == (tiny_base, True, True)
    assert beside.shared["n"] == 80
    assert (beside.shared["first"], beside.shared["second"]) == (47 / 80, 0.5)


def test_of_several_evaluations_the_one_with_most_pairs_in_common_is_taken(
    boss, tiny_base, reward_model
):
    measure(tiny_base, 40, 102, scored_by="log-prob a token")
    measure(tiny_base, 1, 6)
    (beside,) = beside_others(measure(reward_model, 47, 80), boss)
    assert beside.shared["n"] == 80
    assert not beside.is_scored_alike


def test_prompts_that_one_of_them_was_trained_on_say_nothing(boss, tiny_base, reward_model):
    measure(tiny_base, 40, 102)
    evaluation = measure(reward_model, 47, 80)
    wider = Snapshot.objects.create(
        name="Wider",
        selection={},
        cutoff_at=evaluation.recorded_at,
        split_salt=evaluation.snapshot.split_salt,
        eval_share=0.9,
        n_pairs=1,
        n_train=0,
        n_eval=1,
    )
    Evaluation.objects.update(snapshot=wider)
    evaluation.refresh_from_db()
    (beside,) = beside_others(evaluation, boss)
    assert (beside.is_seen, beside.shared) == (True, None)


def test_what_cannot_be_compared_is_not(boss, tiny_base, reward_model):
    measure(tiny_base, 3, 4)
    evaluation = measure(reward_model, 47, 80)
    (few,) = beside_others(evaluation, boss)
    assert (few.is_known, few.shared) == (True, None)
    evaluation.run.summary = {}  # of an older version
    (old,) = beside_others(evaluation, boss)
    assert (old.is_known, old.shared) == (False, None)


def test_a_base_that_was_brought_along_stands_beside_the_one_in_use_alone(
    boss, tiny_base, reward_model
):
    evaluation = measure(tiny_base, 40, 102)
    measure(reward_model, 47, 80)
    assert beside_others(evaluation, boss) == []
    Alias.objects.create(
        project=reward_model.run.snapshot.projects.get(),
        role="reward_model",
        name="champion",
        number=1,
        checkpoint=reward_model,
        origin="before",
    )
    (beside,) = beside_others(evaluation, boss)
    assert beside.other == reward_model


def test_the_pages_give_each_accuracy_its_count_and_the_letter_of_its_pairs(
    boss, tiny_base, reward_model
):
    measure(tiny_base, 40, 102)
    measure(reward_model, 47, 80)
    Checkpoint.objects.update(is_final=True)
    client = Client()
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("training:checkpoints")).content.decode()
    assert "n = 102" in page and "n = 80" in page
    rows = checkpoint_rows(Checkpoint.objects.prefetch_related("evaluations"))
    assert {row.pairs for row in rows} == {"A", "B"}
    page = client.get(reverse("training:checkpoint", args=[reward_model.public_id]))
    assert "+9 points" in page.content.decode()  # 47 of 80 less 40 of 80


def test_checkpoints_of_the_same_pairs_have_the_same_letter(tiny_base, reward_model):
    measure(tiny_base, 40, 80)
    measure(reward_model, 47, 80)
    rows = checkpoint_rows(Checkpoint.objects.prefetch_related("evaluations"))
    assert [row.pairs for row in rows] == ["A", "A"]
