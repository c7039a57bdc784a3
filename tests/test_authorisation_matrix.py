"""Who gets which answer at every address: a new address without rows here fails.

Each row is really called, by every role, in a project of their own and in a foreign one. A method
without a row must be refused to everybody. None of this is asked of the database: on PostgreSQL
each row is called once, by somebody who gets its answer.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, get_resolver

from tests.authorisation_table import API, DOCS, METHODS, OK, TABLE, TO_SIGN_IN, Row, filled
from tests.world import ROLES, Ground, World, drained

pytestmark = pytest.mark.django_db
REFUSED = {401, 403, 404, 405}


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


@pytest.mark.parametrize("route", TABLE)
def test_everybody_gets_the_answer_in_the_table(world, route):
    wrong = []
    for method, row in TABLE[route].items():
        for role, place in callers(row, route):
            wanted = in_place(row, role, place)
            got = call(world, role, method, route, row, getattr(world, place))
            if not is_as_wanted(got, wanted, row, route):
                wrong.append(f"{method} by {role}, {place}: {got}, not {wanted}")
    assert not wrong


@pytest.mark.any_database
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


def callers(row: Row, route: str) -> list[tuple[str, str]]:
    if connection.vendor == "postgresql" and OK in row.profile:
        return [(ROLES[row.profile.index(OK)], "own")]
    places = ("own", "foreign") if "<" in route else ("own",)
    return [(role, place) for role in ROLES for place in places]


def in_place(row: Row, role: str, place: str) -> Any:
    if place == "foreign" and role not in ("anonymous", "admin"):
        role = "stranger"
    return row.profile[ROLES.index(role)]


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
