"""A round compares as a proposal does: on prompts that neither side was trained on."""

import pytest

from tests.factories import make_project
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot, measure, wins
from training.automation.decisions import compare
from training.promotion.evidence import evidence_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(name="Letters")


def compared(project, candidate, champion, snapshot) -> dict:
    return compare(project=project, candidate=candidate, champion=champion, snapshot=snapshot)


def test_it_finds_what_the_proposal_will_say(project):
    snapshot, base = make_snapshot(project), make_base()
    policy = make_policy(base, snapshot)
    measure(base, snapshot, wins_by_pair=wins(30))
    measure(policy, snapshot, wins_by_pair=wins(50))
    found = compared(project, policy, base, snapshot)
    (figure,) = evidence_for(project, policy, base)["figures"]
    assert {name: found[name] for name in figure} == figure
    assert (found["first"], found["second"], found["said"]) == (50 / 60, 0.5, "better")


def test_a_side_that_was_trained_on_what_is_held_out_here_is_not_compared(project):
    seen, snapshot = make_snapshot(project, eval_share=0.1), make_snapshot(project, eval_share=0.2)
    base = make_base()
    champion, candidate = make_policy(base, seen, name="Old"), make_policy(base, snapshot)
    measure(champion, snapshot, wins_by_pair=wins(60))
    measure(candidate, snapshot, wins_by_pair=wins(30))
    assert compared(project, candidate, champion, snapshot)["said"] == "trained_on"
    assert evidence_for(project, candidate, champion)["figures"] == []


def test_votes_of_others_decide_nothing(project):
    snapshot = make_snapshot(project)
    snapshot.projects.add(make_project())
    base, other = make_base(), make_base("Other")
    for one in (base, other):
        measure(one, snapshot, wins_by_pair=wins(30))
    assert compared(project, base, other, snapshot)["said"] == "of_others"


def test_too_little_in_common_says_nothing(project):
    snapshot, base, other = make_snapshot(project), make_base(), make_base("Other")
    assert compared(project, base, other, snapshot)["said"] == "unknown"
    measure(base, snapshot, wins_by_pair=wins(4, 4))
    measure(other, snapshot, wins_by_pair=wins(4, 4))
    assert compared(project, base, other, snapshot)["said"] == "unknown"
