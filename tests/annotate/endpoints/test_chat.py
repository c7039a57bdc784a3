"""Completions of a real small server, and the three kinds of what can go wrong."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from annotate.endpoints.chat import ChatFailed, FailureKind, Server, ask
from annotate.endpoints.encryption import Secret
from tests.model_server import cut, endless, model_server, raw, send, status

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi?"}]


@pytest.fixture
def server(settings):
    with model_server() as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", served.port)]
        yield served


def asked(server, *, key=None, seconds=5, **fields):
    return ask(
        Server(server.base_url, Secret(server.key if key is None else key), seconds, **fields),
        model="tiny",
        messages=MESSAGES,
        sampling={"max_tokens": 20, "temperature": 0.5, "seed": 3},
        idempotency_key="once",
    )


def failure(server, **how):
    with pytest.raises(ChatFailed) as caught:
        asked(server, **how)
    return caught.value


def test_the_whole_conversation_goes_and_the_completion_comes_with_its_origin(server):
    written = asked(server)
    assert (written.text, written.finish_reason, written.is_cut) == ("tiny: 3", "stop", False)
    assert (written.request_id, written.n_tokens_in, written.n_tokens_out) == ("chatcmpl-1", 11, 7)
    assert server.bodies == [
        {
            "model": "tiny",
            "messages": MESSAGES,
            "stream": False,
            "temperature": 0.5,
            "seed": 3,
            "max_tokens": 20,
        }
    ]
    assert server.keys == {"once": 1}


def test_newer_models_are_told_the_length_under_another_name(server):
    asked(server, length_field="max_completion_tokens")
    assert "max_tokens" not in server.bodies[0]
    assert server.bodies[0]["max_completion_tokens"] == 20


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(429), FailureKind.MAY_PASS),
        (status(500), FailureKind.MAY_PASS),
        (status(503), FailureKind.MAY_PASS),
        (status(529), FailureKind.MAY_PASS),
        (raw(b"<html>not JSON"), FailureKind.MAY_PASS),
        (raw(b'{"choices": []}'), FailureKind.MAY_PASS),
        (raw(b'{"choices": [{"message": {"content": 5}}]}'), FailureKind.MAY_PASS),
        (raw(b"[" * 100_000), FailureKind.MAY_PASS),
        (cut, FailureKind.MAY_PASS),
        (status(400), FailureKind.OF_THIS_CONVERSATION),
        (status(413), FailureKind.OF_THIS_CONVERSATION),
        (endless, FailureKind.OF_THIS_CONVERSATION),
        (status(401), FailureKind.OF_THE_ENDPOINT),
        (status(403), FailureKind.OF_THE_ENDPOINT),
        (status(404), FailureKind.OF_THE_ENDPOINT),
        (status(302, Location="http://169.254.169.254/"), FailureKind.OF_THE_ENDPOINT),
    ],
)
def test_what_went_wrong_says_what_to_do_about_it(server, fault, kind):
    server.faults = [fault]
    assert failure(server).kind == kind
    assert len(server.bodies) == 1


def test_no_credit_left_is_no_matter_of_waiting(server):
    error = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    server.faults = [lambda handler: send(handler, 429, error)]
    assert failure(server).kind == FailureKind.OF_THE_ENDPOINT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("999999", 3600), ("soon", None), ("nan", None)],
)
def test_the_wait_that_a_server_asks_for_is_heard(server, header, seconds):
    server.faults = [status(429, Retry_After=header)]
    assert failure(server).wait_seconds == seconds


def test_the_wait_may_be_until_a_date(server):
    at = datetime.now(UTC) + timedelta(seconds=30)
    server.faults = [status(503, Retry_After=format_datetime(at, usegmt=True))]
    assert failure(server).wait_seconds == pytest.approx(30, abs=3)


def test_an_endpoint_inside_that_nobody_named_is_not_called(server, settings):
    settings.ACCORD_ENDPOINT_ALLOW = []
    assert failure(server).kind == FailureKind.OF_THE_ENDPOINT
    assert not server.bodies


def test_the_key_is_in_no_message_and_no_log_even_where_the_server_repeats_it(server, caplog):
    caplog.set_level(logging.DEBUG)
    error = failure(server, key="canary-that-is-wrong")
    assert error.kind == FailureKind.OF_THE_ENDPOINT
    assert "Incorrect API key provided" in str(error)
    asked(server)
    for text in (str(error), repr(error), caplog.text):
        assert "canary" not in text


def test_a_page_of_another_server_is_not_repeated(server):
    server.faults = [lambda handler: send(handler, 500, b"<html>root:x:0:0</html>")]
    assert "root" not in str(failure(server))
