"""Whoever leads one project reads neither names nor figures of what others made."""

import pytest
from django.urls import reverse

from annotate.models import Role
from tests.factories import (
    judge_comparison,
    make_admin,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_prompt,
    make_user,
)
from tests.training.api.calls import V1
from tests.training.promotion.conftest import (
    make_base,
    make_policy,
    make_snapshot,
    measure,
    project,
    wins,
)
from training.models import CheckpointKind
from training.promotion.proposals import propose
from training.reports.checkpoint_page import checkpoint_detail
from training.reports.same_pairs import beside_others
from training.runs.workers import record_start, record_worker

__all__ = ["project"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    return make_project(name="Other")


@pytest.fixture
def lead(project):
    found = make_user()
    make_member(project, user=found, role=Role.LEAD)
    return found


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_admin(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def foreign_run(project, other):
    """On the lead's own snapshot, from what another project made."""
    start = make_policy(make_base(), make_snapshot(other), name="Theirs")
    return make_policy(start, make_snapshot(project), name="SECRET").run


def page_of(client, name, *args):
    answer = client.get(reverse(f"training:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_snapshot_lists_the_runs_on_it_that_its_reader_may_see(as_lead, foreign_run):
    snapshot = foreign_run.snapshot
    own = make_policy(make_base(), snapshot, name="Ours").run
    page = page_of(as_lead, "snapshot", snapshot.public_id)
    assert "Ours" in page and "SECRET" not in page
    found = as_lead.get(f"{V1}snapshots/{snapshot.public_id}/lineage/").json()
    assert found["runs"] == [str(own.public_id)]
    assert found["checkpoints"] == [str(own.checkpoints.get().public_id)]


def test_an_admin_sees_all_of_them(as_admin, foreign_run):
    assert "SECRET" in page_of(as_admin, "snapshot", foreign_run.snapshot.public_id)
    address = f"{V1}snapshots/{foreign_run.snapshot.public_id}/lineage/"
    assert as_admin.get(address).json()["runs"] == [str(foreign_run.public_id)]


def test_the_desk_says_what_a_worker_does_to_those_who_may_see_it(as_lead, foreign_run):
    record_start(name="here")
    record_worker(name="here", run=foreign_run)
    page = page_of(as_lead, "index")
    assert "here" in page and "SECRET" not in page


def test_the_desk_says_to_an_admin_what_a_worker_does(as_admin, foreign_run):
    record_start(name="here")
    record_worker(name="here", run=foreign_run)
    assert "here: SECRET" in page_of(as_admin, "index")


def test_a_base_is_set_beside_by_measurements_that_its_reader_may_see(lead, project, other):
    base, snapshot = make_base(), make_snapshot(project)
    evaluation = measure(make_policy(base, snapshot), snapshot, wins_by_pair=wins(50))
    shared = make_snapshot(other, name="Both")
    shared.projects.add(project)
    measure(base, shared, wins_by_pair=wins(30))
    assert beside_others(evaluation, lead) == []
    assert [one.shared["second"] for one in beside_others(evaluation, make_admin())] == [0.5]
    measure(base, snapshot, wins_by_pair=wins(45))
    assert [one.shared["second"] for one in beside_others(evaluation, lead)] == [0.75]


def meet(project, base):
    prompt = make_prompt(project)
    pair = sorted(
        [make_completion(prompt, origin=base.digest), make_completion(prompt)],
        key=lambda completion: completion.public_id,
    )
    made = make_comparison(project, prompt=prompt, first=pair[0], second=pair[1], wanted=1)
    judge_comparison(made, "first")


def test_of_a_base_only_the_judgements_of_one_s_own_projects_are_counted(lead, project, other):
    base = make_base()
    meet(project, base)
    for _number in range(3):
        meet(other, base)
    own, every = checkpoint_detail(base, lead), checkpoint_detail(base, make_admin())
    assert (own.n_comparisons, own.n_judgements) == (1, 1)
    assert (every.n_comparisons, every.n_judgements) == (4, 4)


@pytest.fixture
def judged_by_others(project, other):
    """A proposal whose answers were scored by a reward model of another project, which learnt from
    prompts that they are to."""
    base, snapshot = make_base(), make_snapshot(project)
    policy = make_policy(base, snapshot)
    judge = make_policy(
        base,
        make_snapshot(other, eval_share=0.1),
        kind=CheckpointKind.REWARD_MODEL,
        name="SECRET",
    )
    for one, n_right in ((base, 30), (policy, 50)):
        measured = measure(one, snapshot, wins_by_pair=wins(n_right))
        measured.run.reward_models.add(judge)
    made = propose(project=project, checkpoint=policy)
    assert made.evidence["partial_judges"] == ["SECRET"]
    return made


def test_a_proposal_names_no_reward_model_that_its_reader_may_not_see(as_lead, judged_by_others):
    page = page_of(as_lead, "proposal", judged_by_others.public_id)
    assert "SECRET" not in page and "a reward model of other projects" in page
    for address in (f"{V1}proposals/", f"{V1}proposals/{judged_by_others.public_id}/"):
        answer = as_lead.get(address)
        assert answer.status_code == 200 and "SECRET" not in answer.content.decode()
    judged_by_others.refresh_from_db()
    assert judged_by_others.evidence["partial_judges"] == ["SECRET"]


def test_an_admin_reads_which_it_was(as_admin, judged_by_others):
    assert "SECRET" in page_of(as_admin, "proposal", judged_by_others.public_id)
