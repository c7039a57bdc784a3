"""A proposal as its page and the API show it."""

from dataclasses import dataclass
from typing import Any

from training.models import BetterOn, Decision, Proposal, ProposalState
from training.promotion.evidence_words import (
    difference_in_words,
    judges_left_out,
    lines_of,
    name_in_words,
    obstacles_in_words,
    value_in_words,
)
from training.promotion.measurements import Admissible
from training.promotion.paired_figures import kind_of
from training.promotion.proposals import may_decide, n_missing
from training.promotion.ten_answers import Pair, answers_of_both


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure of both, in words."""

    name: str
    first: str
    second: str
    difference: str
    n_prompts: int
    said: str  # better, worse, unclear
    passes: bool | None
    has_to_be_better: bool
    is_scored_alike: bool


@dataclass(frozen=True, kw_only=True)
class ShownProposal:
    lines: list[str]
    obstacles: list[str]
    left_out: str  # why scores are not among the figures; empty where none are missing
    figures: list[FigureRow]
    answers: list[Pair]
    decisions: list[tuple[Decision, bool]]  # and whether it counts, if it is of what stands
    n_missing: int


def shown_proposal(proposal: Proposal) -> ShownProposal:
    evidence = proposal.evidence
    rival = proposal.rival
    is_open = proposal.state == ProposalState.OPEN
    return ShownProposal(
        lines=lines_of(evidence),
        obstacles=obstacles_in_words(evidence),
        left_out=_left_out(evidence),
        figures=[_row(figure, evidence["gate"]) for figure in evidence["figures"]],
        answers=[]
        if rival is None
        else answers_of_both(
            proposal.checkpoint,
            rival,
            Admissible.between(proposal.project, proposal.checkpoint, rival),
        ),
        decisions=[
            (decision, not is_open or may_decide(decision.user, proposal))
            for decision in proposal.decisions.select_related("user").order_by("said_at")
        ],
        n_missing=n_missing(proposal),
    )


def _left_out(evidence: dict[str, Any]) -> str:
    names = evidence.get("partial_judges")  # what was decided before it was asked has none
    is_said = any(one["code"] == "judge_is_partial" for one in evidence["obstacles"])
    return judges_left_out(names) if names and not is_said else ""


def _row(figure: dict[str, Any], gate: dict[str, Any]) -> FigureRow:
    on = gate["better_on"]
    return FigureRow(
        name=name_in_words(figure["name"]),
        first=value_in_words(figure, "first"),
        second=value_in_words(figure, "second"),
        difference=difference_in_words(figure),
        n_prompts=figure["n_prompts"],
        said=figure["said"],
        passes=figure["passes"],
        has_to_be_better=on != BetterOn.NOTHING and kind_of(figure["name"]) == on,
        is_scored_alike=figure["is_scored_alike"],
    )
