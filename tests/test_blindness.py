"""An annotator never meets completion ids, origins, gold, recorded verdicts or others' votes."""

import json
import re
import uuid

import pytest

from annotate.models import Annotator, Completion
from tests.authorisation_table import API, TABLE, filled
from tests.world import SECRETS, World, drained

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LINK = re.compile(r'(?:href|hx-get|action)="(/[^"#]*)')
FRAGMENT = {"HTTP_ACCEPT": "text/html-fragment"}


def secrets_of(world: World) -> set[str]:
    """Every text that would tell an annotator something."""
    ids = {str(one) for one in Completion.objects.values_list("public_id", flat=True)}
    others = Annotator.objects.exclude(user=world.users["annotator"])
    names = set(others.values_list("pseudonym", flat=True))
    names |= {str(one) for one in others.values_list("public_id", flat=True)}
    fields = ("gold_verdict", "recorded_verdict", "origin", "n_first", "n_counted", "is_counted")
    keys = {f'"{field}"' for field in fields}
    return {*SECRETS, *ids, *{one.replace("-", "") for one in ids}, *names, *keys}


def told(answer, secrets: set[str]) -> list[str]:
    text = drained(answer).decode(errors="replace") + str(answer.headers)
    return sorted(secret for secret in secrets if secret in text)


def test_no_page_that_an_annotator_can_reach_tells_them_anything(world):
    client, secrets = world.client("annotator"), secrets_of(world)
    waiting, seen, leaks = ["/"], set(), {}
    while waiting:
        address = waiting.pop().split("?")[0]
        if address in seen or address.startswith("/static/"):
            continue
        seen.add(address)
        answer = client.get(address)
        if found := told(answer, secrets):
            leaks[address] = found
        if "text/html" in answer.headers.get("Content-Type", ""):
            waiting += LINK.findall(answer.content.decode())
    assert "/projects/own/judge/" in seen  # the walk went where it matters
    assert len(seen) > 5
    assert not leaks


def test_no_address_that_answers_an_annotator_tells_them_anything(world):
    client, secrets = world.client("annotator"), secrets_of(world)
    leaks = {}
    for route, rows in TABLE.items():
        if "GET" in rows:
            answer = client.get("/" + filled(route, rows["GET"], world.own))
            if found := told(answer, secrets):
                leaks[route] = found
    assert not leaks


def test_the_answers_to_judging_by_the_api_tell_nothing(world):
    client, secrets = world.client("annotator"), secrets_of(world)

    def post(address: str, body: dict):
        answer = client.post(f"/{API}{address}", json.dumps(body), "application/json")
        assert answer.status_code in (200, 201, 204), answer.content
        assert not told(answer, secrets)
        return answer.json() if answer.content else None

    held = post("projects/own/next/", {"ahead": True})
    for verdict in ("left", "tie"):
        body = {"lease": held["lease"]["id"], "verdict": verdict, "key": uuid.uuid4().hex}
        judged = post("projects/own/judgements/", body | {"ahead": True})
        undone = client.delete(f"/{API}judgements/{judged['judgement']['id']}/")
        assert undone.status_code == 200
        assert not told(undone, secrets)
        held = undone.json()
    post(f"leases/{held['lease']['id']}/flag/", {"reason": "other"})
    post(f"leases/{held['lease']['id']}/renew/", {})
    post(f"leases/{held['lease']['id']}/skip/", {"reason": "other"})


def test_the_answers_to_judging_on_the_page_tell_nothing(world):
    client, secrets = world.client("annotator"), secrets_of(world)
    for action, body in (
        ("submit", {"side": "left", "key": "k1"}),
        ("undo", {}),
        ("flag", {"reason": "other"}),
        ("renew", {}),
        ("skip", {"reason": "other"}),
    ):
        held = client.post(f"/{API}projects/own/next/", "{}", "application/json").json()
        sent = body | {"lease": held["lease"]["id"]}
        answer = client.post(f"/projects/own/judge/{action}/", sent, **FRAGMENT)
        assert answer.status_code == 200
        assert not told(answer, secrets)


def test_the_secrets_are_there_for_those_who_may_see_them(world):
    """Otherwise the tests above would find nothing to find."""
    secrets = secrets_of(world)
    address = f"/{API}comparisons/{world.own.ids['comparison']}/"
    found = told(world.client("reviewer").get(address), secrets)
    assert {"ORIGIN-LEFT", "ORIGIN-RIGHT", "NOTE-OF-ANOTHER", '"n_first"'} <= set(found)
    address = f"/{API}arenas/{world.own.ids['arena']}/"
    found = told(world.client("lead").get(address), secrets)
    assert {"ARENA-SECRET", "CONTESTANT-LEFT", "CONTESTANT-RIGHT"} <= set(found)
