"""What somebody rejected is not proposed again by itself while nothing speaks for it anew."""

import pytest

from tests.factories import make_admin
from tests.training.automation.rounds import begin, make_recipe
from tests.training.automation.rounds import present as step_of
from tests.training.promotion.conftest import make_policy, measure, project, rivals, wins
from training.automation.advancing import advance_round
from training.automation.schedule_words import round_in_words
from training.automation.step_work import do_step
from training.models import Proposal, RoundState, RoundStep
from training.promotion.proposals import propose, reject
from training.promotion.rejections import rejection_that_stands

__all__ = ["project", "rivals"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


@pytest.fixture
def rejected(rivals, boss):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    return reject(proposal_id=made.public_id, reason="Too curt.", user=boss)


def proposing(project, policy):
    """A round that only proposes, carried out."""
    steps = [{"do": "propose", "candidate": f"checkpoint:{policy.public_id}"}]
    begun = begin(make_recipe(project, None, name=f"R{Proposal.objects.count()}", steps=steps))
    advance_round(begun.pk)
    step: RoundStep = step_of(begun)
    do_step(step.pk)
    begun.refresh_from_db()
    step.refresh_from_db()
    return begun, step


def test_a_rejection_stands_while_the_evidence_does(rivals, rejected):
    project, policy, _base = rivals
    assert rejection_that_stands(project, policy) == rejected
    assert rejected.evidence["checkpoint"] == str(policy.public_id)
    measure(policy, policy.run.snapshot, wins_by_pair=wins(55))
    assert rejection_that_stands(project, policy) is None


def test_the_same_weights_by_another_name_are_the_same_model(rivals, rejected):
    project, policy, base = rivals
    again = make_policy(base, policy.run.snapshot, name="Of the next night")
    type(again).objects.filter(pk=again.pk).update(digest=policy.digest)
    measure(again, policy.run.snapshot, wins_by_pair=wins(50))
    again.refresh_from_db()
    assert rejection_that_stands(project, again) == rejected
    other = make_policy(base, policy.run.snapshot, name="Other weights")
    measure(other, policy.run.snapshot, wins_by_pair=wins(50))
    assert rejection_that_stands(project, other) is None


def test_a_round_does_not_propose_again_and_says_why(rivals, rejected):
    project, policy, _base = rivals
    begun, step = proposing(project, policy)
    assert (begun.state, step.state) == (RoundState.SUCCEEDED, "skipped")
    assert "the evidence is what it was then" in step.reason
    assert "boss" not in step.reason and "curt" not in step.reason
    assert round_in_words(begun) == [f"Step 1 (propose): {step.reason}"]
    assert Proposal.objects.get() == rejected


def test_new_evidence_is_proposed_again(rivals, rejected):
    project, policy, _base = rivals
    measure(policy, policy.run.snapshot, wins_by_pair=wins(55))
    _begun, step = proposing(project, policy)
    assert step.state == "succeeded"
    assert Proposal.objects.count() == 2


def test_a_person_may_propose_again_what_was_rejected(rivals, rejected, boss):
    project, policy, _base = rivals
    assert propose(project=project, checkpoint=policy, user=boss) != rejected
