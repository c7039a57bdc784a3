"""Who gets which answer at every address: a new address without rows here fails.

Each row is really called, by every role, in a project of their own and in a foreign one. A method
without a row must be refused to everybody.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver

from tests.world import ROLES, Ground, World, drained, standing_world

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405}
TO_SIGN_IN = "sign-in"  # instead of a status: a redirect to the sign-in page
OK = "ok"  # instead of a status: the row's own

# Answers by role, in the order of ROLES; what a stranger gets, everybody gets in a foreign
# project, but for the site admin.
Profile = tuple[Any, ...]
ANYBODY: Profile = (OK, OK, OK, OK, OK, OK)
SIGNED_IN: Profile = (None, OK, OK, OK, OK, OK)
MEMBER: Profile = (None, 404, OK, OK, OK, OK)
JUDGING: Profile = (None, 404, OK, OK, OK, 403)  # the site admin is no member of the project
REVIEWER: Profile = (None, 404, 403, OK, OK, OK)
LEAD: Profile = (None, 404, 403, 403, OK, OK)
OWNER: Profile = (None, 404, OK, 404, 404, 404)  # what the annotator alone holds
MAKES_PROJECTS: Profile = (None, 403, 403, 403, OK, OK)
SITE_ADMIN: Profile = (None, 403, 403, 403, 403, OK)
READS_TRAINING: Profile = (None, 404, 404, 404, OK, OK)
CHANGES_TRAINING: Profile = (None, 404, 404, 404, 403, OK)
DESK: Profile = (None, 403, 403, 403, OK, OK)
SIGNS_IN: Profile = (OK, 302, 302, 302, 302, 302)  # whoever is signed in goes home
ADMIN_SITE: Profile = (*[TO_SIGN_IN] * 5, OK)


@dataclass(frozen=True)
class Row:
    profile: Profile
    status: int = 200
    body: Callable[[Ground], dict[str, Any]] | dict[str, Any] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()  # which of the ground's ids the address means


def ids(**names: str) -> tuple[tuple[str, str], ...]:
    return tuple(names.items())


def verdict_on(ground: Ground) -> dict[str, Any]:
    return {"lease": str(ground.ids["lease"]), "verdict": "left", "key": "k"}


SKIP = {"reason": "other"}
API = "api/v1/"
IN_PROJECT = "api/v1/projects/<slug:slug>/"
PAGES = "projects/<slug:slug>/"
DOCS = f"{API}docs/"  # a page for people

TABLE: dict[str, dict[str, Row]] = {
    # --- the API: projects and judging
    f"{API}projects/": {
        "GET": Row(SIGNED_IN),
        "POST": Row(MAKES_PROJECTS, 201, {"name": "New"}),
    },
    IN_PROJECT: {"GET": Row(MEMBER), "PATCH": Row(LEAD, 200, {"overlap": 4})},
    f"{IN_PROJECT}progress/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}members/": {
        "GET": Row(LEAD),
        "POST": Row(LEAD, 201, {"username": "stranger"}),
    },
    f"{IN_PROJECT}members/<uuid:public_id>/": {
        "GET": Row(LEAD, names=ids(public_id="member")),
        "PATCH": Row(LEAD, 200, {"cohort": "late"}, ids(public_id="member")),
        "DELETE": Row(LEAD, 204, names=ids(public_id="member")),
    },
    # a body in JSON is not what imports take: that is said only to those who may import
    f"{IN_PROJECT}imports/": {"GET": Row(LEAD), "POST": Row(LEAD, 415)},
    f"{API}imports/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="import"))},
    f"{IN_PROJECT}exports/": {"GET": Row(LEAD), "POST": Row(LEAD, 400, {"format": "no such"})},
    f"{API}exports/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="export"))},
    f"{IN_PROJECT}next/": {"POST": Row(JUDGING)},
    f"{IN_PROJECT}judgements/": {
        "GET": Row(LEAD),
        "POST": Row(OWNER, 201, verdict_on),
    },
    f"{API}judgements/<uuid:public_id>/": {"DELETE": Row(OWNER, names=ids(public_id="judgement"))},
    f"{IN_PROJECT}history/": {"GET": Row(MEMBER)},
    f"{API}leases/<uuid:public_id>/": {"DELETE": Row(OWNER, 204, names=ids(public_id="lease"))},
    f"{API}leases/<uuid:public_id>/skip/": {"POST": Row(OWNER, 204, SKIP, ids(public_id="lease"))},
    f"{API}leases/<uuid:public_id>/flag/": {"POST": Row(OWNER, 204, SKIP, ids(public_id="lease"))},
    f"{API}leases/<uuid:public_id>/renew/": {"POST": Row(OWNER, names=ids(public_id="lease"))},
    f"{IN_PROJECT}comparisons/": {"GET": Row(REVIEWER)},
    f"{API}comparisons/<uuid:public_id>/": {
        "GET": Row(REVIEWER, names=ids(public_id="comparison"))
    },
    f"{API}comparisons/<uuid:public_id>/adjudications/": {
        "GET": Row(REVIEWER, names=ids(public_id="comparison")),
        "POST": Row(REVIEWER, 201, {"verdict": "tie"}, ids(public_id="comparison")),
    },
    f"{IN_PROJECT}agreement/": {"GET": Row(REVIEWER, 202)},
    f"{IN_PROJECT}preferences/": {"GET": Row(LEAD)},
    f"{API}tokens/": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 201, {"name": "mine"})},
    f"{API}tokens/<uuid:public_id>/": {"DELETE": Row(OWNER, 204, names=ids(public_id="token"))},
    # --- the API: training
    f"{API}snapshots/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}snapshots/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/pairs/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/lineage/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}runs/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}runs/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    f"{API}runs/<uuid:public_id>/metrics/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    f"{API}runs/<uuid:public_id>/log/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    f"{API}runs/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="waiting_run"))
    },
    f"{API}runs/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="cancelled_run"))
    },
    f"{API}checkpoints/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}checkpoints/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}checkpoints/<uuid:public_id>/lineage/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}checkpoints/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}checkpoints/<uuid:public_id>/promote/": {
        "POST": Row(CHANGES_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}evaluations/": {"GET": Row(SIGNED_IN)},
    f"{API}evaluations/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="evaluation"))
    },
    f"{API}workers/": {"GET": Row(SITE_ADMIN)},
    f"{API}schema/": {"GET": Row(SIGNED_IN)},
    DOCS: {"GET": Row(SIGNED_IN)},
    # --- pages: oneself
    "": {"GET": Row(SIGNED_IN)},
    # Django's own view changes the language by POST, and sends every other method back
    "i18n/setlang/": dict.fromkeys(METHODS, Row(ANYBODY, 302, {"language": "en"})),
    "sign-in/": {
        **dict.fromkeys(("GET", "POST", "PUT"), Row(SIGNS_IN)),
        **dict.fromkeys(("PATCH", "DELETE"), Row(SIGNS_IN, 405)),
    },
    "sign-out/": {"POST": Row(ANYBODY, 302)},
    "account/": {"GET": Row(SIGNED_IN)},
    "account/language/": {"POST": Row(SIGNED_IN, 302, {"language": "en"})},
    "account/password/": {"POST": Row(SIGNED_IN, 400)},
    "account/tokens/": {"POST": Row(SIGNED_IN, 201, {"name": "mine"})},
    "account/tokens/<uuid:token_id>/revoke/": {
        "POST": Row(OWNER, 302, names=ids(token_id="token"))
    },
    # --- pages: projects
    "projects/new/": {"GET": Row(MAKES_PROJECTS), "POST": Row(MAKES_PROJECTS)},
    PAGES: {"GET": Row(MEMBER)},
    f"{PAGES}guidelines/": {"GET": Row(MEMBER), "POST": Row(MEMBER, 302)},
    f"{PAGES}settings/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}judge/": {"GET": Row(MEMBER)},
    f"{PAGES}judge/submit/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/skip/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/flag/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/undo/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/renew/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}history/": {"GET": Row(MEMBER)},
    f"{PAGES}agreement/": {"GET": Row(REVIEWER), "POST": Row(REVIEWER, 302)},
    f"{PAGES}members/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}members/<uuid:member_id>/": {
        "POST": Row(LEAD, 302, {"role": "annotator"}, ids(member_id="member"))
    },
    f"{PAGES}imports/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}imports/<uuid:import_id>/": {"GET": Row(LEAD, names=ids(import_id="import"))},
    f"{PAGES}exports/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}exports/<uuid:export_id>/": {"GET": Row(LEAD, names=ids(export_id="export"))},
    f"{PAGES}comparisons/": {"GET": Row(REVIEWER)},
    f"{PAGES}comparisons/<uuid:comparison_id>/": {
        "GET": Row(REVIEWER, names=ids(comparison_id="comparison")),
        "POST": Row(REVIEWER, 302, {"verdict": "tie"}, ids(comparison_id="comparison")),
    },
    f"{PAGES}comparisons/<uuid:comparison_id>/flags/<uuid:flag_id>/close/": {
        "POST": Row(REVIEWER, 302, names=ids(comparison_id="comparison", flag_id="flag")),
    },
    # --- pages: training
    "training/": {"GET": Row(DESK)},
    "training/snapshots/": {"GET": Row(DESK)},
    "training/snapshots/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/snapshots/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    "training/snapshots/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    "training/runs/": {"GET": Row(DESK)},
    "training/runs/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/runs/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    "training/runs/<uuid:public_id>/live/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    "training/runs/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="waiting_run"))
    },
    "training/runs/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="cancelled_run"))
    },
    "training/sample/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/checkpoints/": {"GET": Row(DESK)},
    "training/checkpoints/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/checkpoints/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/promote/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="checkpoint"))
    },
    # --- Django's admin, by its index; tests/config/test_admin.py enters it
    "admin/": dict.fromkeys(METHODS, Row(ADMIN_SITE)),
}


def addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Every route of the URL map; the admin, which makes its own, as one."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern) or route == "admin/":
            yield route
        else:
            yield from addresses(pattern.url_patterns, route)


def test_every_address_has_its_rows_and_every_row_its_address():
    assert set(addresses(get_resolver().url_patterns)) == set(TABLE)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with standing_world(django_db_blocker) as world:
        yield world


@pytest.mark.parametrize("route", TABLE)
def test_everybody_gets_the_answer_in_the_table(world, route):
    wrong = []
    for method, row in TABLE[route].items():
        for role, expected in zip(ROLES, row.profile, strict=True):
            for place in ("own", "foreign") if "<" in route else ("own",):
                wanted = in_place(row, role, expected, place)
                got = call(world, role, method, route, row, getattr(world, place))
                if not is_as_wanted(got, wanted, row, route):
                    wrong.append(f"{method} by {role}, {place}: {got}, not {wanted}")
    assert not wrong


@pytest.mark.parametrize("route", [route for route in TABLE if len(TABLE[route]) < len(METHODS)])
def test_a_method_without_a_row_is_refused_even_to_those_who_may_most(world, route):
    wrong = []
    any_row = next(iter(TABLE[route].values()))
    for method in METHODS:
        for role in ("anonymous", "lead", "admin") if method not in TABLE[route] else ():
            got = call(world, role, method, route, any_row, world.own)
            if got not in REFUSED and got != TO_SIGN_IN:
                wrong.append(f"{method} by {role}: {got}")
    assert not wrong


def in_place(row: Row, role: str, expected: Any, place: str) -> Any:
    if place == "own" or role in ("anonymous", "admin"):
        return expected
    return row.profile[ROLES.index("stranger")]


def is_as_wanted(got: Any, wanted: Any, row: Row, route: str) -> bool:
    if wanted is OK:
        return got == row.status
    if wanted is None:  # nobody is signed in
        return got == (401 if route.startswith(API) and route != DOCS else TO_SIGN_IN)
    return got == wanted


def call(world: World, role: str, method: str, route: str, row: Row, ground: Ground) -> Any:
    """The status of the answer, or TO_SIGN_IN; whatever was done is undone."""
    body = row.body(ground) if callable(row.body) else row.body
    if method == "GET":
        sent: dict[str, Any] = {}
    elif route.startswith(API):
        sent = {"data": json.dumps(body), "content_type": "application/json"}
    else:
        sent = {"data": body}
    with transaction.atomic():
        send = getattr(world.client(role), method.lower())
        answer = send("/" + filled(route, row, ground), **sent)
        drained(answer)
        transaction.set_rollback(True)
    if answer.status_code == 302 and "/?next=/" in answer["Location"]:
        return TO_SIGN_IN
    return answer.status_code


def filled(route: str, row: Row, ground: Ground) -> str:
    route = route.replace("<slug:slug>", ground.project.slug)
    for parameter, name in row.names:
        route = route.replace(f"<uuid:{parameter}>", str(ground.ids[name]))
    assert "<" not in route, f"{route} needs an id"
    return route
