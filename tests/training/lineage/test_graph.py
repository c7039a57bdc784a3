"""From votes to models and back, as a graph, as a picture and as lists."""

import pytest

from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.conftest import freeze
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot
from training.lineage.behind import projects_behind, snapshots_behind
from training.lineage.graph import (
    MOST_NODES,
    Node,
    graph_of_checkpoint,
    graph_of_snapshot,
    graph_of_vote,
)
from training.lineage.picture import drawn
from training.lineage.used_votes import PAGE, snapshots_with, used_votes, votes_page
from training.models import Alias, CheckpointKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


@pytest.fixture
def project():
    return make_project(name="Letters", slug="letters")


def kinds(graph):
    return sorted(node.kind for node in graph.nodes.values())


def test_a_checkpoint_goes_back_to_its_votes_and_on_to_what_was_made_of_it(project, boss):
    snapshot = make_snapshot(project)
    base = make_base()
    first = make_policy(base, snapshot, name="First")
    taste = make_policy(base, snapshot, name="Taste", kind=CheckpointKind.REWARD_MODEL)
    second = make_policy(first, snapshot, name="Second")
    second.run.reward_models.add(taste)
    Alias.objects.create(
        project=project, role="policy", name="stable", number=1, checkpoint=second, origin="hand"
    )
    graph = graph_of_checkpoint(second, boss)
    assert kinds(graph) == sorted(["vote", "snapshot", "name", *["checkpoint"] * 4, *["run"] * 3])
    assert (f"checkpoint {taste.pk}", f"run {second.run.pk}") in graph.edges
    onwards = graph_of_checkpoint(taste, boss)
    assert f"checkpoint {second.pk}" in onwards.nodes  # it rewarded the run that made it
    assert f"checkpoint {first.pk}" not in onwards.nodes
    assert graph_of_snapshot(snapshot, boss).n_hidden == 0
    assert snapshots_behind(second) == [snapshot]
    assert projects_behind(second) == [project]


def test_a_box_stands_to_the_right_of_all_that_it_comes_from(project, boss):
    snapshot = make_snapshot(project)
    base = make_base()
    first = make_policy(base, snapshot, name="A name that is much too long for any box of this")
    second = make_policy(first, snapshot, name="Second")
    graph = graph_of_checkpoint(second, boss)
    picture = drawn(graph)
    places = {box.node.key: (int(box.x), int(box.y)) for box in picture.boxes}
    assert len(set(places.values())) == len(graph.nodes)
    assert all(places[one][0] < places[other][0] for one, other in graph.edges)
    assert max(x for x, _y in places.values()) + int(picture.box_width) < int(picture.width)
    assert len(picture.arrows) == len(graph.edges)
    asked = [box.label for box in picture.boxes if box.node.is_asked_for]
    assert asked == ["Second"]
    assert any(box.label.endswith("…") for box in picture.boxes)


def test_a_chain_of_hundreds_is_drawn_from_its_near_end(project, boss):
    snapshot = make_snapshot(project)
    newest = make_base()
    for number in range(60):
        newest = make_policy(newest, snapshot, name=f"Night {number}")
    graph = graph_of_checkpoint(newest, boss)
    assert len(graph.nodes) == MOST_NODES
    assert f"checkpoint {newest.pk}" in graph.nodes
    assert graph.n_hidden > 0
    drawn(graph)


def test_a_lead_sees_what_is_theirs_and_that_there_is_more(project):
    lead = make_user(username="lena")
    make_member(project, user=lead, role="lead")
    own = make_snapshot(project, name="Own")
    both = make_snapshot(project, name="Both")
    both.projects.add(make_project())
    base = make_base()
    make_policy(base, own, name="Mine")
    make_policy(base, both, name="Not mine")
    node = Node(key="vote", kind="vote", kind_word="votes", label="1 vote")
    graph = graph_of_vote(node, [own, both], lead)
    assert {node.label for node in graph.nodes.values()} == {"1 vote", "Own", "Mine"}
    assert graph.n_hidden == 1


def test_votes_are_followed_to_their_snapshots_and_back(judged_project, boss):
    project = judged_project(n_preferences=60)
    snapshot = freeze(project)
    again = freeze(project, name="Again")
    page = votes_page(snapshot, after=-1)
    assert len(page.pairs) == PAGE
    rest = votes_page(snapshot, after=page.after)
    assert (len(rest.pairs), rest.after) == (10, None)
    comparison = page.pairs[0].preference.comparison
    (vote,) = used_votes(comparison)
    assert vote.snapshots == [snapshot, again]
    assert snapshots_with([vote]) == [snapshot, again]


def test_a_lead_is_not_told_what_other_projects_call_a_base(project):
    base = make_base()
    lead = make_user(username="lead")
    make_member(project, user=lead, role="lead")
    other = make_project(name="Foreign", slug="foreign")
    for number, owner in enumerate((project, other), start=1):
        Alias.objects.create(
            project=owner,
            role="policy",
            name=f"name-{number}",
            number=1,
            checkpoint=base,
            origin="hand",
        )
    names = [node.label for node in graph_of_checkpoint(base, lead).nodes.values()]
    assert "name-1" in names
    assert "name-2" not in names
