"""On what a model may be measured: never on prompts that anything behind it was trained on."""

import pytest

from tests.factories import make_project
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot
from training.lineage.family import Family
from training.lineage.prompts_held_out import HeldOut
from training.models import Checkpoint, CheckpointKind, Run, RunKind, Snapshot
from training.runs.checks import advice_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(name="Letters", slug="letters")


@pytest.fixture
def shares(project):
    """Snapshots by the share that they hold out."""
    return {
        share: make_snapshot(project, eval_share=share, name=str(share)) for share in (0.1, 0.2)
    }


def brought(name: str, *, digest: str, lies_over: Checkpoint | None = None) -> Checkpoint:
    return Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        name=name,
        digest=digest,
        manifest=[],
        size_bytes=1,
        folder=name,
        lies_over=lies_over,
    )


def test_a_base_that_was_brought_along_was_trained_on_nothing_here(shares):
    held_out = HeldOut.by(make_base())
    assert all(held_out.covers(snapshot) for snapshot in shares.values())


def test_the_smallest_share_of_all_generations_counts(shares):
    first = make_policy(make_base(), shares[0.1], name="First")
    second = make_policy(first, shares[0.2], name="Second")
    assert HeldOut.by(second) == HeldOut(share=0.1, salt="salt")
    assert HeldOut.by(second).covers(shares[0.1])
    assert not HeldOut.by(second).covers(shares[0.2])


def test_what_the_judge_of_a_run_learnt_from_counts_too(shares):
    base = make_base()
    judge = make_policy(base, shares[0.1], name="Taste", kind=CheckpointKind.REWARD_MODEL)
    policy = make_policy(base, shares[0.2], name="New")
    assert HeldOut.by(policy).share == 0.2
    policy.run.reward_models.add(judge)
    assert HeldOut.by(policy).share == 0.1


def test_adapters_over_it_and_merged_ones_are_followed(shares):
    trained = make_policy(make_base(), shares[0.1], name="Trained")
    adapter = brought("Adapter", digest="a", lies_over=trained)
    merged = brought("Merged", digest="m")
    merged.run = Run.objects.create(kind=RunKind.MERGE, name="merge", base=adapter)
    merged.save()
    later = make_policy(merged, shares[0.2], name="Later")
    for checkpoint in (adapter, merged, later):
        assert HeldOut.by(checkpoint).share == 0.1


def test_a_model_that_was_taken_away_and_brought_back_has_its_past(shares):
    trained = make_policy(make_base(), shares[0.1], name="Trained")
    again = brought("From a disk", digest=trained.digest)
    over_it = brought("Adapter", digest="b", lies_over=again)
    assert HeldOut.by(again).share == HeldOut.by(over_it).share == 0.1
    assert Family.of_all().behind([again.pk]) == [again.pk]  # what pages follow does not tell of it


def test_shares_drawn_by_other_salts_have_nothing_in_common(project, shares):
    other = make_snapshot(project, name="Other")
    Snapshot.objects.filter(pk=other.pk).update(split_salt="pepper")
    other.refresh_from_db()
    first = make_policy(make_base(), shares[0.2], name="First")
    assert not HeldOut.by(first).covers(other)
    mixed = HeldOut.by(make_policy(first, other, name="Mixed"))
    assert not any(mixed.covers(snapshot) for snapshot in (shares[0.2], other))


def test_a_family_is_read_in_as_many_queries_however_long_it_is(shares, django_assert_num_queries):
    newest = make_base()
    for number in range(60):
        newest = make_policy(newest, shares[0.2], name=f"Night {number}")
    with django_assert_num_queries(2):
        assert len(Family.of_all().behind([newest.pk])) == 61
    with django_assert_num_queries(5):
        HeldOut.by(newest)


def test_a_circle_ends():
    family = Family(parents={1: (2,), 2: (1,)}, starts={1: 2, 2: 1})
    assert family.behind([1]) == [1, 2]
    assert family.line(1) == [1, 2]


def test_whoever_queues_a_measurement_hears_who_was_trained_on_what_it_is_on(shares):
    base = make_base()
    judge = make_policy(base, shares[0.1], name="Taste", kind=CheckpointKind.REWARD_MODEL)
    policy = make_policy(base, shares[0.2], name="New")
    run = Run.objects.create(
        kind=RunKind.EVALUATE, name="m", base=policy, against=base, snapshot=shares[0.2]
    )
    assert advice_of(run) == []
    run.reward_models.add(judge)
    (said,) = advice_of(run)
    assert said.startswith("Trained on prompts that “0.2” holds out")
    assert "“Taste”" in said and "“New”" not in said
    of_itself = Run.objects.create(
        kind=RunKind.EVALUATE, name="m", base=judge, snapshot=shares[0.2]
    )
    assert "“Taste”" in advice_of(of_itself)[0]
