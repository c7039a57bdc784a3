"""Proposing a checkpoint as a project's champion, and deciding on it: once, and on what stands."""

import uuid

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from alignment_core.canonical import digest_of_json
from annotate.models import Project, User
from training.access.audit import record_act
from training.access.permissions import visible_proposals
from training.errors import (
    AliasMoved,
    AliasRefused,
    EvidenceChanged,
    GateShut,
    NotFound,
    ProposalDecided,
)
from training.models import (
    CHAMPION,
    Alias,
    AliasOrigin,
    Checkpoint,
    Decision,
    ModelRole,
    Proposal,
    ProposalState,
    Round,
)
from training.promotion.aliases import append, files_gone, hold_files, require_final
from training.promotion.evidence import champion_line, evidence_for, rival_of
from training.promotion.evidence_words import obstacles_in_words
from training.promotion.gates import gate_as_json, gate_of


def propose(
    *,
    project: Project,
    checkpoint: Checkpoint,
    round: Round | None = None,
    user: User | None = None,
) -> Proposal:
    """Propose a checkpoint as the champion, with what is known now; asked again, the same one.

    Raises: AliasRefused for a champion, for what is not the end of its run, or has no files.
    """
    require_final(checkpoint)
    checkpoint.refresh_from_db(fields=["dropped_at"])
    if checkpoint.dropped_at is not None:
        raise files_gone(checkpoint)
    line = champion_line(project, ModelRole.of(checkpoint))
    if line is not None and line.checkpoint == checkpoint:
        raise AliasRefused(
            _("“%(name)s” is the champion already.") % {"name": checkpoint},
            field="checkpoint",
            value=str(checkpoint.public_id),
        )
    waiting = Proposal.objects.filter(
        project=project, checkpoint=checkpoint, state=ProposalState.OPEN
    )
    found = waiting.first()
    if found is not None:
        return refreshed(found)
    rival = rival_of(project, checkpoint)
    evidence = evidence_for(project, checkpoint, rival)
    try:
        with transaction.atomic():
            hold_files(checkpoint)
            made = Proposal.objects.create(
                project=project,
                role=ModelRole.of(checkpoint),
                checkpoint=checkpoint,
                rival=rival,
                evidence=evidence,
                evidence_digest=digest_of_json(evidence),
                round=round,
                proposed_by=user,
            )
            record_act(user=user, action="checkpoint.propose", target=made, after=_named(made))
    except IntegrityError:  # somebody proposed it at the same moment
        return waiting.get()
    made.refresh_from_db()
    return made


def refreshed(proposal: Proposal) -> Proposal:
    """An open proposal with the evidence as it stands now; a decided one as it was decided."""
    if proposal.state != ProposalState.OPEN:
        return proposal
    rival = rival_of(proposal.project, proposal.checkpoint)
    evidence = evidence_for(proposal.project, proposal.checkpoint, rival)
    digest = digest_of_json(evidence)
    if digest != proposal.evidence_digest:
        Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).update(
            rival=rival, evidence=evidence, evidence_digest=digest
        )
        proposal.refresh_from_db()
    return proposal


def accept(*, proposal_id: uuid.UUID, seen: str, reason: str = "", user: User) -> Proposal:
    """Say yes to the evidence that was seen; with enough who do, the champion changes.

    Args: seen: digest of the evidence on the page.
    Raises: NotFound, EvidenceChanged, GateShut, ProposalDecided, AliasMoved.
    """
    refreshed(_proposal(proposal_id))  # for good, also where the rest is refused
    with transaction.atomic():
        proposal = _open_for(proposal_id, by=user)
        _require_new(proposal, user)
        _require_seen(proposal, seen)
        if proposal.evidence["obstacles"]:
            raise GateShut(" ".join(obstacles_in_words(proposal.evidence)))
        _say(proposal, Decision.Said.ACCEPT, seen=seen, reason=reason, user=user)
        if n_missing(proposal) == 0:
            line = Alias(
                project=proposal.project,
                role=proposal.role,
                name=CHAMPION,
                checkpoint=proposal.checkpoint,
                origin=AliasOrigin.PROPOSAL,
                proposal=proposal,
                reason=reason,
                evidence=proposal.evidence,
                set_by=user,
            )
            append(line, seen=proposal.evidence["champion_number"])
            _close(proposal, ProposalState.ACCEPTED)
    return proposal


def reject(*, proposal_id: uuid.UUID, reason: str, user: User) -> Proposal:
    """Say no, and why; one person is enough. Raises: NotFound, ProposalDecided, AliasRefused."""
    if not reason.strip():
        raise AliasRefused(_("Say why it is rejected."), field="reason", value=reason)
    with transaction.atomic():
        proposal = _open_for(proposal_id, by=user)
        Decision.objects.filter(proposal=proposal, user=user).delete()  # who accepted may regret
        seen = proposal.evidence_digest
        _say(proposal, Decision.Said.REJECT, seen=seen, reason=reason, user=user)
        _close(proposal, ProposalState.REJECTED)
    return proposal


def n_missing(proposal: Proposal) -> int:
    """How many more people have to accept the evidence as it stands."""
    needed = 2 if proposal.evidence["gate"]["needs_second"] else 1
    accepted = [
        decision
        for decision in proposal.decisions.all()  # of a list, fetched with it
        if decision.said == Decision.Said.ACCEPT
        and decision.evidence_digest == proposal.evidence_digest
        and may_decide(decision.user, proposal)
    ]
    return max(0, needed - len(accepted))


def may_decide(user: User | None, proposal: Proposal) -> bool:
    """Whether what they say counts now: who lost the role has no say, nor what they said before."""
    if user is None or not user.is_active:
        return False
    return visible_proposals(user).filter(pk=proposal.pk).exists()


def _proposal(proposal_id: uuid.UUID) -> Proposal:
    found = Proposal.objects.select_related("project", "checkpoint__run__base")
    proposal = found.filter(public_id=proposal_id).first()
    if proposal is None:
        raise _no_such(proposal_id)
    return proposal


def _open_for(proposal_id: uuid.UUID, *, by: User) -> Proposal:
    """The proposal, locked: of two who press at once the second waits here, and finds it decided.

    Raises: ProposalDecided; NotFound for whoever may not decide on it, or no longer.
    """
    locked = Proposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = locked.select_related("project", "checkpoint").get(public_id=proposal_id)
    if proposal.state != ProposalState.OPEN:
        raise ProposalDecided
    if not may_decide(by, proposal):
        raise _no_such(proposal_id)
    return proposal


def _no_such(proposal_id: uuid.UUID) -> NotFound:
    return NotFound(_("There is no such proposal."), field="proposal", value=str(proposal_id))


def _require_new(proposal: Proposal, user: User) -> None:
    """Nobody accepts the same evidence twice."""
    given = proposal.decisions.filter(user=user, evidence_digest=proposal.evidence_digest)
    if given.exists():
        raise ProposalDecided(_("You have accepted it already. It waits for somebody else."))


def _require_seen(proposal: Proposal, seen: str) -> None:
    """Since the page nothing may have changed: the champion, the gate, or any figure."""
    line = champion_line(proposal.project, proposal.role)
    if (0 if line is None else line.number) != proposal.evidence["champion_number"]:
        raise AliasMoved
    gate = gate_as_json(gate_of(proposal.project))
    if proposal.evidence_digest != seen or proposal.evidence["gate"] != gate:
        raise EvidenceChanged


def _say(proposal: Proposal, said: str, *, seen: str, reason: str, user: User) -> None:
    Decision.objects.update_or_create(  # whoever accepted other evidence says it anew
        proposal=proposal,
        user=user,
        defaults={"said": said, "reason": reason, "evidence_digest": seen, "said_at": Now()},
    )
    record_act(user=user, action=f"proposal.{said}", target=proposal, after=_named(proposal))


def _close(proposal: Proposal, state: ProposalState) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(state=state, decided_at=Now())
    proposal.refresh_from_db()


def _named(proposal: Proposal) -> dict[str, str]:
    return {
        "project": proposal.project.slug,
        "checkpoint": str(proposal.checkpoint.public_id),
        "evidence": proposal.evidence_digest,
    }
