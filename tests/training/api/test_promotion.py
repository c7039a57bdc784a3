"""Names, gates and proposals by the API: what is refused, and what a whole round looks like."""

import pytest

from tests.training.api.calls import V1, post
from tests.training.promotion.conftest import measure, wins
from training.models import Checkpoint, Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def measured(world) -> Proposal:
    """The proposal of the lead's own ground, with enough behind it."""
    proposal = Proposal.objects.get(public_id=world.own.ids["proposal"])
    Checkpoint.objects.filter(pk=proposal.checkpoint_id).update(digest="another")
    snapshot = proposal.checkpoint.run.snapshot
    measure(proposal.checkpoint, snapshot, wins_by_pair=wins(50))
    measure(proposal.rival, snapshot, wins_by_pair=wins(30))
    return proposal


def test_a_proposal_is_read_accepted_and_gone_back_from(world, admin, lead, measured):
    address = f"proposals/{measured.public_id}/"
    found = lead.get(V1 + address).json()
    assert found["obstacles"] == [] and len(found["lines"]) == 5 and found["n_missing"] == 1
    old = post(lead, f"{address}accept/", {"seen": "0" * 64})
    assert (old.status_code, old.json()["code"]) == (409, "evidence_changed")
    taken = post(lead, f"{address}accept/", {"seen": found["evidence_digest"], "reason": "Kind."})
    assert taken.json()["state"] == "accepted"
    again = post(lead, f"{address}accept/", {"seen": found["evidence_digest"]})
    assert (again.status_code, again.json()["code"]) == (409, "proposal_decided")
    own = f"projects/{world.own.project.slug}/aliases/"
    (champion,) = lead.get(f"{V1}{own}?name=champion&is_current=true").json()["results"]
    assert (champion["number"], champion["origin"]) == (1, "proposal")
    assert champion["checkpoint"] == found["checkpoint"]
    promoted = admin.get(f"{V1}checkpoints/?is_promoted=true").json()["results"]
    assert [row["id"] for row in promoted] == [found["checkpoint"]]

    stable = post(lead, f"{own}{world.own.ids['alias']}/restore/", {"seen": 2})
    assert (stable.status_code, stable.json()["number"], stable.json()["restores"]) == (201, 3, 1)
    late = post(lead, f"{own}{world.own.ids['alias']}/restore/", {"seen": 2})
    assert (late.status_code, late.json()["code"]) == (400, "alias_refused")  # it means that now


def test_a_name_is_taken_back_and_gone_back_to_but_never_to_nothing(world, admin):
    own = f"projects/{world.own.project.slug}/aliases/"
    gone = {"name": "stable", "role": "policy", "checkpoint": None, "seen": 2}
    taken = post(admin, own, gone).json()
    assert (taken["number"], taken["checkpoint"], taken["origin"]) == (3, None, "hand")
    assert admin.get(f"{V1}{own}?name=stable&is_current=true").json()["results"] == []
    again = post(admin, own, {**gone, "seen": 3})
    assert (again.status_code, again.json()["field"]) == (400, "name")
    back = post(admin, f"{own}{world.own.ids['alias']}/restore/", {"seen": 3})
    assert (back.status_code, back.json()["number"]) == (201, 4)
    nothing = post(admin, f"{own}{taken['id']}/restore/", {"seen": 4})
    assert (nothing.status_code, nothing.json()["code"]) == (400, "alias_refused")


def test_what_is_wrong_is_named_by_its_field(world, admin):
    slug = world.own.project.slug
    champion = {"name": "champion", "checkpoint": str(world.own.ids["checkpoint"]), "seen": 0}
    wrong = [
        (f"projects/{slug}/aliases/", champion, "name"),
        (f"projects/{slug}/aliases/", {**champion, "name": "x", "checkpoint": None}, "role"),
        ("proposals/", {"project": "none", "checkpoint": champion["checkpoint"]}, "project"),
        (
            "proposals/",
            {"project": slug, "checkpoint": str(world.own.project.public_id)},
            "checkpoint",
        ),
    ]
    for address, body, field in wrong:
        answer = post(admin, address, body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_gate_is_changed_in_part_and_its_limits_are_named(world, admin):
    address = f"{V1}projects/{world.own.project.slug}/gate/"
    body = {"max_more_harm": None, "min_prompts": 12}
    changed = admin.patch(address, body, content_type="application/json").json()
    assert (changed["max_more_harm"], changed["min_prompts"]) == (None, 12)
    assert changed["max_less_accurate"] == 0.05
    refused = admin.patch(address, {"min_prompts": 2}, content_type="application/json")
    assert refused.status_code == 400 and "min_prompts" in refused.content.decode()


def test_the_votes_of_a_comparison_lead_to_what_learnt_of_them(world, lead):
    found = lead.get(f"{V1}comparisons/{world.own.ids['comparison']}/lineage/").json()
    assert found["snapshots"] == [str(world.own.ids["snapshot"])]
    assert str(world.own.ids["checkpoint"]) in found["checkpoints"]
    assert {one for vote in found["votes"] for one in vote["snapshots"]} == set(found["snapshots"])


def test_a_snapshot_is_taken_away_with_its_split(world, lead):
    answer = lead.get(f"{V1}snapshots/{world.own.ids['snapshot']}/archive/")
    assert answer.headers["Content-Type"] == "application/x-tar"
    assert b"splits.jsonl" in b"".join(answer.streaming_content)
