import pytest
from django.http import Http404

from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.conftest import freeze
from training.access.permissions import (
    checkpoint_for,
    may_enter,
    run_for,
    snapshot_for,
    visible_checkpoints,
    visible_runs,
    visible_snapshots,
)
from training.models import Checkpoint, Run
from training.reports.checkpoint_page import checkpoint_detail
from training.reports.desk_page import desk
from training.reports.run_page import run_detail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(judged_project, tiny_base):
    """Two projects, a snapshot of each and of both, and a chain of runs across them."""
    mine, theirs = judged_project(3), judged_project(3)
    snapshots = {
        "mine": freeze(mine, eval_share=0),
        "theirs": freeze(theirs, eval_share=0),
        "both": freeze(mine, theirs, eval_share=0),
    }

    def run_on(snapshot, base):
        run = Run.objects.create(kind="train", method="sft", snapshot=snapshot, base=base)
        made = Checkpoint.objects.create(
            kind="policy", name="made", digest=str(run.pk), manifest=[], size_bytes=0, run=run
        )
        return run, made

    runs = {"mine": run_on(snapshots["mine"], tiny_base)}
    runs["theirs"] = run_on(snapshots["theirs"], tiny_base)
    runs["mine from theirs"] = run_on(snapshots["mine"], runs["theirs"][1])
    lead = make_user()
    make_member(mine, role=Role.LEAD, user=lead)
    return lead, snapshots, runs


def test_a_lead_sees_what_comes_from_their_projects_alone(world, tiny_base):
    lead, snapshots, runs = world
    assert list(visible_snapshots(lead)) == [snapshots["mine"]]
    assert list(visible_runs(lead)) == [runs["mine"][0]]
    assert set(visible_checkpoints(lead)) == {tiny_base, runs["mine"][1]}
    seen = desk(lead)
    assert (seen.snapshots, [run for run, _ in seen.unfinished]) == (
        [snapshots["mine"]],
        [runs["mine"][0]],
    )


def test_what_a_lead_may_not_see_is_not_there(world):
    lead, snapshots, runs = world
    assert run_for(lead, runs["mine"][0].public_id) == runs["mine"][0]
    for name in ("theirs", "mine from theirs"):
        with pytest.raises(Http404):
            run_for(lead, runs[name][0].public_id)
        with pytest.raises(Http404):
            checkpoint_for(lead, runs[name][1].public_id)
    with pytest.raises(Http404):
        snapshot_for(lead, snapshots["both"].public_id)


def test_what_others_made_of_a_base_and_how_it_did_there_is_not_told(world, tiny_base):
    lead, snapshots, runs = world
    measured = {}
    for name in ("mine", "theirs"):
        run = tiny_base.runs_from.create(kind="evaluate", snapshot=snapshots[name])
        measured[name] = tiny_base.evaluations.create(run=run, figures={})
    detail = checkpoint_detail(tiny_base, lead)
    assert detail.evaluations == [measured["mine"]]
    assert detail.made_from_it == [runs["mine"][1]]
    theirs = Run.objects.create(
        kind="train", method="dpo", snapshot=snapshots["theirs"], after=runs["mine"][0]
    )
    assert run_detail(runs["mine"][0], lead).followers == []
    assert run_detail(runs["mine"][0], make_admin()).followers == [theirs]


def test_a_lead_of_every_contributing_project_sees_the_whole(world):
    lead, snapshots, runs = world
    make_member(snapshots["theirs"].projects.get(), role=Role.LEAD, user=lead)
    assert set(visible_snapshots(lead)) == set(snapshots.values())
    assert set(visible_runs(lead)) == {run for run, _made in runs.values()}


def test_annotators_and_reviewers_see_nothing_and_admins_everything(world):
    _lead, snapshots, runs = world
    for role in (Role.ANNOTATOR, Role.REVIEWER):
        user = make_user()
        make_member(snapshots["mine"].projects.get(), role=role, user=user)
        assert not may_enter(user)
        assert not visible_snapshots(user).exists()
        assert not visible_runs(user).exists()
        assert not visible_checkpoints(user).exists()
    admin = make_admin()
    assert may_enter(admin)
    assert visible_runs(admin).count() == len(runs)


def test_a_lead_whose_part_was_ended_sees_nothing_more(world):
    lead, _snapshots, _runs = world
    lead.annotator.memberships.update(is_active=False)
    assert not visible_snapshots(lead).exists()
    assert not visible_runs(lead).exists()


def test_a_sample_run_belongs_to_its_project(world, tiny_base):
    lead, _snapshots, _runs = world
    stranger = Run.objects.create(kind="sample", project=make_project(), base=tiny_base)
    own = Run.objects.create(
        kind="sample", project=lead.annotator.memberships.get().project, base=tiny_base
    )
    assert own in visible_runs(lead)
    assert stranger not in visible_runs(lead)
