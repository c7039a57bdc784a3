"""Two people press at the same moment: one effect, and the other is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from annotate.errors import AccordError
from tests.factories import make_admin
from tests.training.promotion.conftest import make_policy, measure, wins
from training.models import Alias, AliasOrigin, Decision, Gate, Proposal
from training.promotion.aliases import roll_back
from training.promotion.proposals import accept, propose, reject

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls):
    """What each returned, or the refusal that it met; all let go at one moment."""
    start = threading.Barrier(len(calls))

    def run(call):
        try:
            start.wait()
            return call()
        except AccordError as error:
            return error.code
        finally:
            connection.close()

    connection.close()
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.fixture
def people():
    return [make_admin(username=f"boss-{number}") for number in range(6)]


def test_of_six_who_accept_at_once_one_changes_the_champion(rivals, people):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    seen = made.evidence_digest
    answers = at_once(
        [
            lambda user=user: accept(proposal_id=made.public_id, seen=seen, user=user)
            for user in people
        ]
    )
    assert sum(isinstance(answer, Proposal) for answer in answers) == 1
    assert [answer for answer in answers if isinstance(answer, str)] == ["proposal_decided"] * 5
    assert Alias.objects.count() == Decision.objects.count() == 1


def test_where_two_are_needed_two_at_once_change_it_once(rivals, people):
    project, policy, _base = rivals
    Gate.objects.create(project=project, needs_second=True)
    made = propose(project=project, checkpoint=policy)
    at_once(
        [
            lambda user=user: accept(
                proposal_id=made.public_id, seen=made.evidence_digest, user=user
            )
            for user in people[:2]
        ]
    )
    assert (Alias.objects.count(), Decision.objects.count()) == (1, 2)


def test_accepting_and_rejecting_at_once_is_one_of_the_two(rivals, people):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    at_once(
        [
            lambda: accept(proposal_id=made.public_id, seen=made.evidence_digest, user=people[0]),
            lambda: reject(proposal_id=made.public_id, reason="No.", user=people[1]),
        ]
    )
    made.refresh_from_db()
    assert (made.state == "accepted") == Alias.objects.exists()
    assert Decision.objects.count() == 1


def test_of_two_proposals_accepted_at_once_one_wins(rivals, people):
    project, policy, base = rivals
    second = make_policy(base, policy.run.snapshot, name="Second")
    measure(second, policy.run.snapshot, wins_by_pair=wins(52))
    made = [propose(project=project, checkpoint=one) for one in (policy, second)]
    answers = at_once(
        [
            lambda one=one, user=user: accept(
                proposal_id=one.public_id, seen=one.evidence_digest, user=user
            )
            for one, user in zip(made, people, strict=False)
        ]
    )
    assert sum(isinstance(answer, Proposal) for answer in answers) == 1
    assert Alias.objects.get().number == 1


def test_a_checkpoint_proposed_by_many_at_once_is_one_proposal(rivals, people):
    project, policy, _base = rivals
    answers = at_once(
        [
            lambda user=user: propose(project=project, checkpoint=policy, user=user)
            for user in people
        ]
    )
    assert {answer.pk for answer in answers} == {Proposal.objects.get().pk}


def test_of_many_who_go_back_at_once_one_line_is_written(rivals, people):
    project, policy, base = rivals
    for number, checkpoint in enumerate((base, policy), start=1):
        Alias.objects.create(
            project=project,
            role="policy",
            name="champion",
            number=number,
            checkpoint=checkpoint,
            origin=AliasOrigin.BEFORE,
        )
    to = Alias.objects.get(number=1)
    answers = at_once([lambda user=user: roll_back(to=to, seen=2, user=user) for user in people])
    assert sum(isinstance(answer, Alias) for answer in answers) == 1
    assert Alias.objects.count() == 3
