"""Kill the web server with -9 while people judge, then count against what they were told."""

import json
import random
import threading
import time
import uuid
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from django.db import connection

from annotate.models import Comparison, Judgement
from annotate.people.members import issue_token
from tests.annotate.judging.test_rankings import assert_whole, make_ranked_project
from tests.annotate.judging.test_threads import assert_counters_are_right
from tests.factories import make_comparisons, make_member, make_project, make_set, make_user
from tests.stack import Stack

N_CLIENTS, N_KILLS, OVERLAP, N_COMPARISONS, N_SETS = 6, 4, 2, 60, 50


@pytest.fixture
def web(transactional_db):
    stack = Stack()
    try:
        stack.start("web")
        yield stack
    finally:
        stack.stop()


class Person:
    """Judges until nothing is left; whatever fails is sent again with the same key."""

    def __init__(self, *, url: str, token: str):
        self.url, self.token = url, token
        self.sent: set[str] = set()
        self.acknowledged: dict[str, str] = {}  # key: judgement
        self.n_failures = 0

    def work(self) -> None:
        held = self.insist("next/", {})
        while held:
            key = uuid.uuid4().hex
            self.sent.add(key)
            said = self.choose(held["comparison"])
            answer = self.insist("judgements/", {"lease": held["lease"]["id"], "key": key, **said})
            self.acknowledged[key] = answer["judgement"]["id"]
            held = answer["next"]

    def choose(self, shown: dict) -> dict:
        places = range(1, len(shown.get("answers", ())) + 1)
        if places:
            return {"ranks": random.choices(places, k=len(places))}
        return {"verdict": random.choice(["left", "right", "tie", "both_bad"])}

    def insist(self, path: str, body: dict) -> dict | None:
        request = Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Token {self.token}"},
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(request, timeout=20) as response:
                    content = response.read()
                    return json.loads(content) if content else None
            except (
                URLError,
                HTTPException,
                OSError,
                ValueError,
            ):
                self.n_failures += 1
                assert time.monotonic() < deadline
                time.sleep(0.05)


@pytest.mark.slow
def test_an_acknowledged_judgement_survives_the_death_of_the_server(web):
    project = make_project(overlap=OVERLAP)
    make_comparisons(project, N_COMPARISONS)
    judge_through_kills(web, project)
    assert Comparison.objects.filter(n_counted=OVERLAP, n_leased=0).count() == N_COMPARISONS


@pytest.mark.slow
def test_an_acknowledged_ranking_survives_whole(web):
    project = make_ranked_project(overlap=OVERLAP)
    sets = [make_set(project, 4) for _number in range(N_SETS)]
    judge_through_kills(web, project)
    for completion_set in sets:
        assert_whole(completion_set)
        assert completion_set.rankings.count() == OVERLAP
        assert set(completion_set.comparisons.values_list("n_counted", "n_leased")) == {
            (OVERLAP, 0)
        }


def judge_through_kills(web, project):
    """Whatever people were told was kept is there, once, and nothing else."""
    url = f"{web.url.rstrip('/')}/api/v1/projects/{project.slug}/"
    people = []
    for _number in range(N_CLIENTS):
        user = make_user()
        make_member(project, user=user)
        people.append(Person(url=url, token=issue_token(user=user, name="test")[1]))
    connection.close()
    threads = [threading.Thread(target=person.work, daemon=True) for person in people]
    for thread in threads:
        thread.start()

    for _kill in range(N_KILLS):
        time.sleep(random.uniform(0.3, 0.8))
        web.kill("web")
        web.start("web")
    for thread in threads:
        thread.join(timeout=120)

    stored = {
        key: str(public_id)
        for key, public_id in Judgement.objects.filter(is_derived=False).values_list(
            "key", "public_id"
        )
    }
    assert sum(person.n_failures for person in people) > 0, "no kill hit anybody"
    for person in people:
        assert person.acknowledged.keys() == person.sent
        assert person.acknowledged.items() <= stored.items()
    assert set(stored) == set().union(*(person.sent for person in people))
    assert_counters_are_right()
