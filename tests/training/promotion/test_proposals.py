"""A proposal is decided once, by enough people, on the evidence that they saw."""

import pytest
from django.db import IntegrityError, transaction

from annotate.models import AuditEvent, Role
from tests.factories import make_admin, make_member, make_user
from tests.training.promotion.conftest import make_policy, measure, wins
from training.errors import (
    AliasMoved,
    AliasRefused,
    EvidenceChanged,
    GateShut,
    NotFound,
    ProposalDecided,
)
from training.models import Alias, Checkpoint, Decision, Gate, ProposalState
from training.promotion.aliases import newest_line, roll_back, set_alias
from training.promotion.forgotten import blank_reasons_of_the_forgotten
from training.promotion.gates import set_gate
from training.promotion.proposals import accept, n_missing, propose, reject

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


def champion(project):
    line = newest_line(project, "policy", "champion")
    return line and line.checkpoint


def take(project, checkpoint, user, **fields):
    made = propose(project=project, checkpoint=checkpoint, user=user)
    return accept(proposal_id=made.public_id, seen=made.evidence_digest, user=user, **fields)


def test_what_is_accepted_is_the_champion_with_its_evidence(rivals, boss):
    project, policy, _base = rivals
    decided = take(project, policy, boss, reason="It is kinder.")
    (line,) = Alias.objects.all()
    assert (line.checkpoint, line.number, line.origin) == (policy, 1, "proposal")
    assert (line.proposal, line.set_by, line.reason) == (decided, boss, "It is kinder.")
    assert line.evidence == decided.evidence
    assert decided.state == ProposalState.ACCEPTED and decided.decided_at is not None
    assert Checkpoint.objects.get(pk=policy.pk).is_promoted
    assert AuditEvent.objects.filter(action="alias.proposal").count() == 1


def test_proposed_again_it_is_the_same_proposal_and_a_champion_is_not_proposed(rivals, boss):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    assert propose(project=project, checkpoint=policy, user=boss) == made
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    with pytest.raises(AliasRefused, match="the champion already"):
        propose(project=project, checkpoint=policy)


def test_a_checkpoint_to_resume_from_is_not_proposed(rivals):
    project, policy, _base = rivals
    Checkpoint.objects.filter(pk=policy.pk).update(is_final=False)
    policy.refresh_from_db()
    with pytest.raises(AliasRefused, match="not the end of its run"):
        propose(project=project, checkpoint=policy)


def test_nothing_is_promoted_under_its_fewest_prompts(rivals, boss):
    project, policy, _base = rivals
    Gate.objects.create(project=project, min_prompts=100)
    made = propose(project=project, checkpoint=policy)
    with pytest.raises(GateShut, match="rests on 60 prompts, and the gate asks for 100"):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    assert not Alias.objects.exists() and not Decision.objects.exists()


def test_evidence_that_changed_since_is_looked_at_again(rivals, boss):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    measure(policy, policy.run.snapshot, wins_by_pair=wins(10))  # the newer one counts
    with pytest.raises(EvidenceChanged):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    assert champion(project) is None
    made.refresh_from_db()  # it now holds what stands
    with pytest.raises(GateShut):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)


def test_a_gate_that_changed_since_counts_at_once(rivals, boss):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    set_gate(project=project, values={"min_prompts": 99}, user=boss)
    with pytest.raises(EvidenceChanged):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)


def test_a_gate_under_five_prompts_is_refused(project, boss):
    with pytest.raises(AliasRefused) as refused:
        set_gate(project=project, values={"min_prompts": 4}, user=boss)
    assert (refused.value.field, refused.value.value) == ("min_prompts", 4)
    with pytest.raises(IntegrityError), transaction.atomic():
        Gate.objects.create(project=project, min_prompts=4)


def test_two_different_people_accept_where_the_gate_asks_for_it(rivals, boss):
    project, policy, _base = rivals
    Gate.objects.create(project=project, needs_second=True)
    first = take(project, policy, boss)
    assert (first.state, champion(project)) == (ProposalState.OPEN, None)
    with pytest.raises(ProposalDecided, match="waits for somebody else"):
        accept(proposal_id=first.public_id, seen=first.evidence_digest, user=boss)
    other = make_admin(username="other")
    accept(proposal_id=first.public_id, seen=first.evidence_digest, user=other)
    assert champion(project) == policy
    assert Decision.objects.count() == 2


def test_whoever_accepted_other_evidence_says_it_again(rivals, boss):
    project, policy, _base = rivals
    Gate.objects.create(project=project, needs_second=True)
    take(project, policy, boss)
    measure(policy, policy.run.snapshot, wins_by_pair=wins(52))
    made = propose(project=project, checkpoint=policy)
    other = make_admin(username="other")
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=other)
    assert champion(project) is None  # one of two has seen what stands now
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    assert champion(project) == policy


def test_who_lost_the_role_between_has_no_say_any_more(rivals, boss):
    project, policy, _base = rivals
    Gate.objects.create(project=project, needs_second=True)
    lead = make_user(username="lead")
    membership = make_member(project, user=lead, role=Role.LEAD).memberships.get()
    made = propose(project=project, checkpoint=policy, user=lead)
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=lead)
    membership.role = Role.ANNOTATOR
    membership.save()
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    assert (champion(project), n_missing(made)) == (None, 1)
    for deed in (accept, reject):
        words = {"seen": made.evidence_digest} if deed is accept else {"reason": "No."}
        with pytest.raises(NotFound):
            deed(proposal_id=made.public_id, user=lead, **words)
    other = make_admin(username="other")
    accept(proposal_id=made.public_id, seen=made.evidence_digest, user=other)
    assert champion(project) == policy


def test_nobody_names_or_proposes_what_has_no_files(rivals, boss):
    project, policy, base = rivals
    made = propose(project=project, checkpoint=policy)
    Checkpoint.objects.filter(pk=policy.pk).update(dropped_at=made.proposed_at)
    policy.refresh_from_db()
    with pytest.raises(EvidenceChanged):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    made.refresh_from_db()
    with pytest.raises(GateShut, match="were deleted"):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    with pytest.raises(AliasRefused, match="were deleted"):
        propose(project=project, checkpoint=policy)
    with pytest.raises(AliasRefused, match="were deleted"):
        set_alias(project=project, name="stable", checkpoint=policy, seen=0, user=boss)
    set_alias(project=project, name="stable", checkpoint=base, seen=0, user=boss)


def test_a_name_in_capitals_is_the_same_name(rivals, boss):
    project, policy, base = rivals
    set_alias(project=project, name="Stable", checkpoint=policy, seen=0, user=boss)
    with pytest.raises(AliasMoved):
        set_alias(project=project, name="stable", checkpoint=base, seen=0, user=boss)
    with pytest.raises(AliasRefused, match="by a proposal"):
        set_alias(project=project, name="Champion", checkpoint=policy, seen=0, user=boss)
    with pytest.raises(AliasRefused, match="already"):
        set_alias(project=project, name="stable", checkpoint=policy, seen=1, user=boss)


def test_who_rejects_says_why_and_nothing_changes(rivals, boss):
    project, policy, _base = rivals
    made = propose(project=project, checkpoint=policy)
    with pytest.raises(AliasRefused, match="Say why"):
        reject(proposal_id=made.public_id, reason=" ", user=boss)
    reject(proposal_id=made.public_id, reason="It is rude.", user=boss)
    with pytest.raises(ProposalDecided):
        accept(proposal_id=made.public_id, seen=made.evidence_digest, user=boss)
    assert champion(project) is None
    assert propose(project=project, checkpoint=policy) != made  # it may be proposed anew


def test_a_proposal_against_a_champion_that_has_gone_is_judged_against_the_new_one(rivals, boss):
    project, policy, base = rivals
    second = make_policy(base, policy.run.snapshot, name="Second")
    measure(second, policy.run.snapshot, wins_by_pair=wins(45))
    waiting = propose(project=project, checkpoint=second)
    assert waiting.rival == base
    take(project, policy, boss)
    with pytest.raises(EvidenceChanged):
        accept(proposal_id=waiting.public_id, seen=waiting.evidence_digest, user=boss)
    waiting.refresh_from_db()
    assert waiting.rival == policy


def test_going_back_is_one_more_line(rivals, boss):
    project, policy, base = rivals
    take(project, policy, boss)
    second = make_policy(base, policy.run.snapshot, name="Second")
    measure(second, policy.run.snapshot, wins_by_pair=wins(60))
    take(project, second, boss)
    first_line = Alias.objects.get(number=1)
    line = roll_back(to=first_line, seen=2, reason="It loops.", user=boss)
    assert (line.number, line.checkpoint, line.origin) == (3, policy, "rollback")
    assert line.restores == first_line
    assert champion(project) == policy
    with pytest.raises(AliasMoved):
        roll_back(to=Alias.objects.get(number=2), seen=2, user=boss)
    with pytest.raises(AliasRefused, match="already"):
        roll_back(to=first_line, seen=3, user=boss)
    forward = roll_back(to=Alias.objects.get(number=2), seen=3, user=boss)
    assert forward.checkpoint == second
    assert [one.checkpoint for one in Alias.objects.order_by("number")] == [
        policy,
        second,
        policy,
        second,
    ]


def test_free_names_are_given_and_taken_back_by_hand_and_the_champion_is_not(rivals, boss):
    project, policy, base = rivals
    with pytest.raises(AliasRefused, match="by a proposal"):
        set_alias(project=project, name="champion", checkpoint=policy, seen=0, user=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alias.objects.create(
            project=project,
            role="policy",
            name="champion",
            number=1,
            checkpoint=policy,
            origin="hand",
        )
    set_alias(project=project, name="stable", checkpoint=policy, seen=0, user=boss)
    with pytest.raises(AliasMoved):
        set_alias(project=project, name="stable", checkpoint=base, seen=0, user=boss)
    set_alias(project=project, name="stable", checkpoint=None, role="policy", seen=1, user=boss)
    assert not Alias.objects.current().exists()
    assert Alias.objects.count() == 2


def test_the_reasons_of_somebody_forgotten_go(rivals, boss):
    project, policy, _base = rivals
    person = make_admin(username="gone")
    take(project, policy, person, reason="Because I say so.")
    person.delete()
    blank_reasons_of_the_forgotten()
    assert Decision.objects.get().reason == ""
    assert Alias.objects.get().reason == ""
    assert Alias.objects.get().checkpoint == policy
