"""What pages show of a set: all its answers, not only the pair that stands for it."""

import pytest

from annotate.models import Role
from tests.factories import (
    hold,
    make_member,
    make_project,
    make_set,
    make_user,
    ranking_asked,
    send_ranking,
)

pytestmark = pytest.mark.django_db


def signed_in(client, project, **fields):
    user = make_user()
    client.force_login(user)
    return make_member(project, user=user, **fields)


def test_whoever_looks_at_a_flagged_set_sees_every_answer_of_it(client):
    project = make_project(asks=ranking_asked())
    completion_set = make_set(project, 4)
    signed_in(client, project, role=Role.REVIEWER)
    for comparison in completion_set.comparisons.all():
        page = client.get(f"/projects/{project.slug}/comparisons/{comparison.public_id}/")
        content = page.content.decode()
        for member in completion_set.members.all():
            assert content.count(member.completion.text) == 1
        assert content.count('id="answer-4"') == 1


def test_ones_own_rankings_are_found_by_the_words_of_any_answer(client):
    project = make_project(asks=ranking_asked())
    completion_set = make_set(project, 5)
    make_set(project, 3)
    annotator = signed_in(client, project)
    while (lease := hold(annotator, project).current) is not None:
        n = len(lease.screen_order)
        send_ranking(annotator, lease, list(range(1, n + 1)))
    question = completion_set.prompt.messages[0]["content"]
    for member in completion_set.members.all():
        words = member.completion.text.removesuffix(".")
        page = client.get(f"/projects/{project.slug}/history/", {"q": f"{words}."})
        assert question in page.content.decode(), words
    nothing = client.get(f"/projects/{project.slug}/history/", {"q": "nowhere"})
    assert question not in nothing.content.decode()


def test_an_order_that_is_refused_comes_back_to_a_script_with_its_places(client):
    project = make_project(asks={"verdicts": ["first", "second"], "ranking": {}})
    make_set(project, 3)
    lease = hold(signed_in(client, project), project).current
    sent = {"lease": lease.public_id, "side": "ranked", "key": "k"}
    answer = client.post(
        f"/projects/{project.slug}/judge/submit/",
        {**sent, "ranks.0": "2", "ranks.1": "1", "ranks.2": "2"},
        headers={"Accept": "text/html-fragment"},
    )
    content = answer.content.decode()
    assert answer.status_code == 400
    assert content.count('<option value="2" selected>') == 2
    assert content.count(" selected>") == 3
