"""What holds for every page and address: the browser's policy, forged forms, guessed passwords."""

import re

import pytest
from django.conf import settings
from django.test import Client

from annotate.models import User
from tests.authorisation_table import API, OK, TABLE, Row, filled
from tests.factories import make_user
from tests.world import ROLES, drained

pytestmark = pytest.mark.django_db
PASSWORD = "a good password"


def role_for(row: Row) -> str:
    """The mightiest role that gets the row's own answer, if anybody does."""
    served = [role for role, got in zip(ROLES, row.profile, strict=True) if got is OK]
    return served[-1] if served else ROLES[-1]


def policy_of(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.any_database
@pytest.mark.parametrize("route", [route for route in TABLE if "GET" in TABLE[route]])
def test_every_page_forbids_what_it_does_not_bring_along(world, route):
    row = TABLE[route]["GET"]
    client = world.client(role_for(row))
    answer = client.get("/" + filled(route, row, world.own))
    drained(answer)
    policy = policy_of(answer)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert policy["default-src"] == ["'none'"]
    assert policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    allowed = {"'none'", "'self'", "data:" if route.startswith(f"{API}docs") else "'self'"}
    for sources in policy.values():
        assert all(source in allowed or source.startswith("'nonce-") for source in sources)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_refusal_and_a_missing_page_have_the_policy_too(world):
    for address in ("/nothing-here/", "/projects/foreign/", "/api/v1/projects/foreign/"):
        answer = world.client("annotator").get(address)
        assert answer.status_code == 404
        assert policy_of(answer)["default-src"] == ["'none'"]


@pytest.mark.any_database
def test_no_page_carries_inline_style_script_or_handlers(world):
    """They would be blocked; a page that needs one must bring it as a file."""
    inline = re.compile(rb"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", re.IGNORECASE)
    faults = []
    for route, rows in TABLE.items():
        if "GET" not in rows or route.startswith(("api/", "admin/")):
            continue
        client = world.client(role_for(rows["GET"]))
        answer = client.get("/" + filled(route, rows["GET"], world.own))
        body = drained(answer)
        if "text/html" in answer.headers.get("Content-Type", ""):
            faults += [(route, found) for found in inline.findall(body)]
    assert not faults


@pytest.mark.any_database
@pytest.mark.parametrize(
    "route", [route for route in TABLE if "POST" in TABLE[route] and not route.startswith(API)]
)
def test_a_form_without_its_token_is_refused(world, route):
    row = TABLE[route]["POST"]
    client = world.client(role_for(row), enforce_csrf_checks=True)
    body = row.body(world.own) if callable(row.body) else row.body
    assert client.post("/" + filled(route, row, world.own), body).status_code == 403


@pytest.mark.any_database
@pytest.mark.parametrize(
    "route",
    [
        route
        for route in TABLE
        if "POST" in TABLE[route]
        and route.startswith(API)
        and OK in TABLE[route]["POST"].profile  # else no sign-in opens it: there is none to misuse
    ],
)
def test_the_api_takes_no_forged_form_from_a_browser_session(world, route):
    row = TABLE[route]["POST"]
    client = world.client(role_for(row), enforce_csrf_checks=True)
    answer = client.post("/" + filled(route, row, world.own), {}, "application/json")
    assert answer.status_code == 403


def sign_in(username: str, password: str, *, address: str = "127.0.0.1"):
    data = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/sign-in/", data)


def test_the_right_password_opens_after_four_wrong_ones():
    user = make_user()
    for _time in range(4):
        assert sign_in(user.username, "wrong").status_code == 200
    assert sign_in(user.username, PASSWORD).status_code == 302


def test_after_five_wrong_passwords_the_right_one_is_refused_too():
    user = make_user()
    for _time in range(5):
        sign_in(user.username, "wrong")
    answer = sign_in(user.username, PASSWORD)
    assert answer.status_code == 429
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_lockout_is_of_one_name_at_one_address():
    user, other = make_user(), make_user()
    for _time in range(6):
        sign_in(user.username, "wrong")
    assert sign_in(other.username, PASSWORD).status_code == 302
    assert sign_in(user.username, PASSWORD, address="192.0.2.7").status_code == 302


def test_an_unknown_name_is_answered_as_a_known_one_is():
    """Same status, same words, same lockout: the answer tells nobody who has an account."""
    known, unknown = make_user(username="somebody1").username, "somebody2"
    for _time in range(7):
        answers = [sign_in(name, "wrong") for name in (known, unknown)]
        assert answers[0].status_code == answers[1].status_code
        assert without_names(answers[0]) == without_names(answers[1])
    assert answers[0].status_code == 429


def test_an_inactive_account_is_answered_as_an_unknown_one():
    user = make_user(username="somebody1")
    User.objects.update(is_active=False)
    assert without_names(sign_in(user.username, PASSWORD)) == without_names(
        sign_in("somebody2", PASSWORD)
    )


def without_names(answer) -> str:
    text = re.sub(r"somebody\d", "NAME", answer.content.decode())
    return re.sub(r'(csrfmiddlewaretoken" value|nonce|X-CSRFToken[^:]*:[^;]*)="?[^"]+', "", text)


def test_signing_in_gives_a_new_session_and_signing_out_ends_it():
    user = make_user()
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = cookie.value
    assert copy.get("/").status_code == 200
    client.post("/sign-out/")
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = cookie.value
    assert copy.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions():
    user = make_user()
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    new = "an even better one"
    body = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/account/password/", body).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
