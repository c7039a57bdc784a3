"""Exchanges with a real server on this machine: bounded, unredirected, to an address checked."""

import ipaddress
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from annotate.endpoints import guarded_http
from annotate.endpoints.address_guard import AddressRefused, NameUnknown
from annotate.endpoints.guarded_http import NotReached, NotTrusted, TooLarge, exchange, split_url
from annotate.errors import InvalidInput
from tests.model_server import cut, drip, endless, model_server, raw, send, status


@pytest.fixture
def server(settings):
    with model_server() as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", served.port)]
        yield served


def post(url, *, seconds=5.0, most_bytes=10_000, resolver=None):
    return exchange(
        "POST",
        url,
        headers={},
        body=b'{"model": "m", "messages": []}',
        seconds=seconds,
        most_bytes=most_bytes,
        resolver=resolver,
    )


def test_an_answer_comes_whole_whatever_its_status(server):
    server.faults = [status(418, "a teapot", X_Request_Id="r1")]
    received = post(server.base_url)
    assert (received.status, received.headers["x-request-id"]) == (418, "r1")
    assert b"a teapot" in received.body


def test_a_redirect_to_the_credentials_of_the_machine_is_not_followed(server):
    server.faults = [status(302, Location="http://169.254.169.254/latest/meta-data/")]
    assert post(server.base_url).status == 302


def test_this_machine_is_refused_unless_it_is_named(server, settings):
    settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", server.port + 1)]
    with pytest.raises(InvalidInput):  # not even its form: http
        post(server.base_url)
    with pytest.raises(AddressRefused):
        post(f"https://127.0.0.1:{server.port}/v1")
    assert not server.bodies


def test_a_name_that_answers_otherwise_a_second_time_gains_nothing(server, settings):
    """The name is resolved once for a connection, and that very address is called."""
    settings.ACCORD_ENDPOINT_ALLOW = [("models.test", server.port)]
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    url = f"http://models.test:{server.port}/v1/chat/completions"
    post(url, resolver=rebinding)
    assert asked == ["models.test"] and len(server.bodies) == 1
    with pytest.raises(AddressRefused):
        post(url, resolver=rebinding)
    assert len(server.bodies) == 1


def test_no_proxy_of_the_environment_is_asked(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(server.base_url).status == 404


def test_a_server_that_sends_a_byte_at_a_time_holds_nobody(server):
    server.faults = [drip]
    begun = time.monotonic()
    with pytest.raises(NotReached, match=r"within 0\.5 seconds"):
        post(server.base_url, seconds=0.5)
    assert time.monotonic() - begun < 2


def test_a_server_that_is_slow_is_given_up(server):
    server.delay_seconds = 3
    with pytest.raises(NotReached, match=r"within 0\.3 seconds"):
        post(server.base_url, seconds=0.3)


def test_a_name_that_nobody_answers_for_is_given_up(server):
    begun = time.monotonic()
    with pytest.raises(NameUnknown):
        post(server.base_url, seconds=0.3, resolver=lambda *_: time.sleep(3))
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("fault", [endless, raw(b" " * 20_000)])
def test_a_huge_answer_is_cut_off(server, fault):
    server.faults = [fault]
    with pytest.raises(TooLarge):
        post(server.base_url)


def test_headers_without_an_end_are_cut_off(server):
    server.faults = [lambda handler: send(handler, 200, b"", {"X": "y" * 300_000})]
    with pytest.raises((TooLarge, NotReached)):
        post(server.base_url)


def test_a_packed_answer_stays_packed(server):
    server.faults = [lambda handler: send(handler, 200, b"\x1f\x8b", {"Content-Encoding": "gzip"})]
    assert post(server.base_url).body == b"\x1f\x8b"


def test_a_connection_that_is_cut_may_go_better_later(server):
    server.faults = [cut]
    with pytest.raises(NotReached, match="broke off"):
        post(server.base_url)


def test_nobody_there_may_go_better_later(server, settings):
    settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", 1)]
    with pytest.raises(NotReached, match="cannot be reached"):
        post("http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://models.test/",
        "file:///etc/passwd",
        "https://",
        "https://user:password@models.test/",
        "https://models.test/v1?key=x",
        "https://models.test/v1#x",
        "https://models.test:99999/",
        "https://models.test/\r\nX: y",
        "https://mödels.test/",
        "http://models.test/",
    ],
)
def test_what_is_no_address_is_refused(url, settings):
    settings.ACCORD_ENDPOINT_ALLOW = []
    with pytest.raises(InvalidInput):
        split_url(url)


# --- certificates -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of models.test that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "models.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("models.test"),
                    x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                ]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "models.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure_server(certificate, settings, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with model_server(tls=context) as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.0/8", served.port)]
        yield served


def at_this_machine(host, port):
    return ["127.0.0.1"]


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    secure_server, certificate, monkeypatch
):
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(guarded_http, "_trusted", lambda: trusting)
    url = f"https://models.test:{secure_server.port}/v1"
    assert post(url, resolver=at_this_machine).status == 404
    with pytest.raises(NotTrusted, match="mismatch"):
        post(url.replace("models.test", "other.test"), resolver=at_this_machine)


def test_a_certificate_that_nobody_here_trusts_is_refused(secure_server):
    with pytest.raises(NotTrusted, match="certificate"):
        post(f"https://models.test:{secure_server.port}/v1", resolver=at_this_machine)
    assert not secure_server.bodies
