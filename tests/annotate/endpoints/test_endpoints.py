"""Endpoints are made, changed and tried; their keys are nowhere to be read."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from annotate.endpoints import encryption
from annotate.endpoints.endpoints import change_endpoint, make_endpoint, server_of, try_endpoint
from annotate.endpoints.money import amount_of, cost_of, in_words, per_million, price_of
from annotate.errors import InvalidInput
from annotate.models import AuditEvent, CallState, Endpoint, EndpointCall
from tests.factories import make_annotator
from tests.model_server import model_server, status

pytestmark = pytest.mark.django_db
KEY = "canary-key-of-the-tests"


@pytest.fixture(autouse=True)
def own_keys(settings, tmp_path):
    settings.ACCORD_DATA_DIR = tmp_path


@pytest.fixture
def server(settings):
    with model_server(key=KEY) as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", served.port)]
        yield served


def made(**fields):
    values = {"name": "one", "base_url": "https://models.test/v1/", "model_names": ["tiny"]}
    return make_endpoint(made_by=make_annotator(), **{**values, "key": KEY, **fields})


def stored_text():
    """All that the tables hold of endpoints and of what was done to them."""
    with connection.cursor() as cursor:
        rows = []
        for table in ("annotate_endpoint", "annotate_auditevent", "annotate_endpointcall"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            rows += cursor.fetchall()
    return str(rows)


def test_a_key_is_kept_encrypted_and_recorded_by_its_end():
    endpoint = made()
    assert endpoint.base_url == "https://models.test/v1"
    assert server_of(endpoint).key.reveal() == KEY
    assert endpoint.key_tail == "ests"
    assert "canary" not in stored_text()
    assert AuditEvent.objects.get().after["key"] == "…ests"


def test_of_a_short_key_nothing_is_shown():
    assert made(key="short-key").key_tail == ""


def test_without_a_new_key_the_old_one_stays():
    endpoint = change_endpoint(endpoint=made(), changed_by=None, most_at_once=9)
    assert server_of(endpoint).key.reveal() == KEY
    assert AuditEvent.objects.latest("pk").after == {"most_at_once": 9}
    endpoint = change_endpoint(endpoint=endpoint, changed_by=None, forget_key=True)
    assert server_of(endpoint).key.reveal() == ""


def test_a_key_does_not_go_to_another_address_than_it_was_given_for():
    endpoint = made()
    with pytest.raises(InvalidInput, match="enter it again"):
        change_endpoint(endpoint=endpoint, changed_by=None, base_url="https://thief.test/v1")
    changed = change_endpoint(
        endpoint=endpoint, changed_by=None, base_url="https://other.test", key="another-good-key"
    )
    assert server_of(changed).key.reveal() == "another-good-key"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://models.test/v1"),
        ("base_url", "https://models.test/v1?x=1"),
        ("model_names", []),
        ("model_names", ["a" * 201]),
        ("currency", "usd"),
        ("price_out", 10**9 + 1),
        ("most_at_once", 0),
        ("timeout_seconds", 601),
        ("requests_per_minute", 0),
        ("name", " "),
        ("name", "nul\0"),
        ("key", "two\nlines"),
        ("key", "schlüssel"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(field, value):
    with pytest.raises(InvalidInput) as caught:
        made(**{field: value})
    assert caught.value.field == field
    assert not Endpoint.objects.exists()


def test_two_endpoints_have_two_names():
    made()
    with pytest.raises(InvalidInput) as caught:
        made()
    assert caught.value.field == "name"


def test_trying_says_what_came_of_it_and_counts(server):
    endpoint = made(base_url=server.base_url, price_in=3, price_out=5)
    tried = try_endpoint(endpoint, model="tiny")
    assert (tried.is_good, tried.sentence) == (True, "It answers.")
    call = EndpointCall.objects.get()
    assert (call.state, call.n_tokens, call.cost) == (CallState.ANSWERED, 18, 11 * 3 + 7 * 5)
    server.faults = [status(404, "no model tiny")]
    tried = try_endpoint(endpoint, model="tiny")
    assert not tried.is_good
    assert "no model tiny" in tried.sentence
    with pytest.raises(InvalidInput):
        try_endpoint(endpoint, model="other")


def test_trying_shows_what_no_column_or_page_could_hold_with_marks(server):
    server.say = lambda body: "half \ud800"
    tried = try_endpoint(made(base_url=server.base_url), model="tiny")
    assert tried.written.text == "half �"


def test_trying_with_a_wrong_key_does_not_show_it(server):
    tried = try_endpoint(made(base_url=server.base_url, key="canary-wrong-key"), model="tiny")
    assert not tried.is_good
    assert "canary" not in tried.sentence
    assert EndpointCall.objects.get().cost == 0


def test_a_call_that_got_no_answer_may_have_been_paid_for(server):
    endpoint = made(base_url=server.base_url, price_out=5, timeout_seconds=1)
    server.delay_seconds = 2
    assert not try_endpoint(endpoint, model="tiny").is_good
    call = EndpointCall.objects.get()
    assert (call.state, call.cost) == (CallState.LOST, 16 * 5)


def test_the_command_encrypts_every_key_afresh(capsys):
    made()
    before = encryption._keys_in_file()
    stored = Endpoint.objects.get().key_encrypted
    call_command("rotate_encryption_key", json=True)
    assert json.loads(capsys.readouterr().out) == {"n_keys": 1}
    endpoint = Endpoint.objects.get()
    assert endpoint.key_encrypted != stored
    assert encryption._keys_in_file() != before
    assert len(encryption._keys_in_file()) == 1
    assert server_of(endpoint).key.reveal() == KEY


def test_money_is_exact():
    assert price_of(Decimal("0.15")) == 150
    assert per_million(150) == Decimal("0.15")
    assert cost_of((150, 600), n_tokens_in=1000, n_tokens_out=500) == 450_000
    assert amount_of(Decimal("12.34")) == 12_340_000_000
    assert in_words(12_340_000_000, "USD") == "12.34 USD"
    assert in_words(450_000, "USD") == "0.000450 USD"
    assert in_words(0, "EUR") == "0.00 EUR"
