"""One exchange with a server outside: to a checked address, bounded in time and size.

No redirect is followed, no proxy is asked and nothing is unpacked; certificates are checked
against the name in the address. `httpcore2` lets its connections be made by us, which is where the
address guard stands.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ssl import SSLCertVerificationError, SSLContext
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore2
from django.utils.translation import gettext as _

from annotate.endpoints.address_guard import (
    ENDPOINTS,
    AddressRefused,
    NameUnknown,
    Resolver,
    checked_addresses,
    in_time,
    is_named,
    resolve,
)
from annotate.errors import AccordError, InvalidInput

LARGEST_HEADERS = 2**17
CONNECT_SECONDS = 10.0  # for each address of a name
PORTS = {"http": 80, "https": 443}


class NotReached(AccordError):
    """It may go better in a while. `was_sent`: the server may have acted on the request."""

    code = "not_reached"
    status = 502

    def __init__(self, message: str, *, was_sent: bool = False) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class NotTrusted(AccordError):
    code = "not_trusted"
    status = 502


class TooLarge(AccordError):
    code = "answer_too_large"
    status = 502


@dataclass(frozen=True)
class Received:
    """What a server answered, whatever its status; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
    most_bytes: int,
    resolver: Resolver | None = None,
) -> Received:
    """Send one request and take its whole answer.

    Raises: AddressRefused and NotTrusted, which stay so; NotReached and NameUnknown, which may
    pass; TooLarge; InvalidInput for what is no address of a server.
    """
    parts = split_url(url)
    with opened(
        method,
        parts,
        headers=headers,
        body=body,
        seconds=seconds,
        most_bytes=most_bytes,
        resolver=resolver,
    ) as answer:
        return Received(answer.status, answer.headers, b"".join(answer.chunks))


@dataclass(frozen=True)
class Opened:
    """What a server answers, its body as it comes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]


@contextmanager
def opened(
    method: str,
    parts: SplitResult,
    *,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
    most_bytes: int,
    resolver: Resolver | None = None,
    allow: str = ENDPOINTS,
) -> Iterator[Opened]:
    """Send one request; what is taken of its answer within the block. Raises as `exchange`."""
    bounds = _Bounds(ends_at=time.monotonic() + seconds, most_bytes=most_bytes + LARGEST_HEADERS)
    pool = httpcore2.ConnectionPool(
        ssl_context=_trusted(),
        proxy=None,
        max_connections=1,
        http2=False,
        network_backend=_GuardedBackend(bounds, resolver, allow),
    )
    url, sent = parts.geturl(), _sent(headers, parts)
    try:
        with pool, pool.stream(method, url, headers=sent, content=body) as answer:
            chunks = _within(answer.iter_stream(), most_bytes)
            yield Opened(answer.status, _named(answer.headers), chunks)
    except httpcore2.TimeoutException as error:
        words = _("%(host)s did not answer within %(n)g seconds.")
        words %= {"host": parts.netloc, "n": seconds}
        raise NotReached(words, was_sent=bounds.is_sent) from error
    except httpcore2.ConnectError as error:
        raise _not_connected(parts.netloc, error) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        words = _("%(host)s broke off, or does not speak HTTP.") % {"host": parts.netloc}
        raise NotReached(words, was_sent=bounds.is_sent) from error


def split_url(url: str, *, may_have_query: bool = False, allow: str = ENDPOINTS) -> SplitResult:
    """The parts of an address that may be called as far as its form says. Raises: InvalidInput."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError as error:
        raise InvalidInput(_("This is no address of a server."), field="base_url") from error
    if port is None or not parts.hostname or not url.isascii() or any(map(str.isspace, url)):
        raise InvalidInput(
            _("This is no address of a server: it begins with https:// and a name."),
            field="base_url",
        )
    has_more = parts.fragment or (parts.query and not may_have_query)
    if parts.username is not None or parts.password is not None or has_more:
        raise InvalidInput(
            _("An address here has no user, no password, no “?” and no “#” in it."),
            field="base_url",
        )
    if parts.scheme == "http" and not is_named(parts.hostname, port, allow=allow):
        raise InvalidInput(
            _(
                "Without https anybody on the way reads the key: it must be https, unless whoever "
                "runs this installation names the server in %(setting)s."
            )
            % {"setting": allow},
            field="base_url",
        )
    return parts


@dataclass
class _Bounds:
    """How long an exchange may still take, and how much may still come."""

    ends_at: float
    most_bytes: int
    n_bytes: int = 0
    is_sent: bool = False

    def seconds_left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left

    def count(self, n: int) -> None:
        self.n_bytes += n
        if self.n_bytes > self.most_bytes:
            raise _too_large()


class _GuardedBackend(httpcore2.NetworkBackend):
    """Connects to the addresses that were checked, and to nothing else."""

    def __init__(self, bounds: _Bounds, resolver: Resolver | None, allow: str) -> None:
        self._bounds = bounds
        self._allow = allow
        self._resolver = resolver
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  (here and below: the bounds are the whole's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception | None = None
        resolver = in_time(self._resolver or resolve, self._bounds.seconds_left())
        for address in checked_addresses(host, port, resolver=resolver, allow=self._allow):
            seconds = min(self._bounds.seconds_left(), CONNECT_SECONDS)
            try:
                stream = self._sockets.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error  # the next address of the name may answer
            else:
                return _BoundedStream(stream, self._bounds)
        raise failed or httpcore2.ConnectError("no address")


class _BoundedStream(httpcore2.NetworkStream):
    """A connection every step of which ends when the whole exchange has to.

    A limit for each step alone would let a server hold us for ever, one byte at a time.
    """

    def __init__(self, stream: httpcore2.NetworkStream, bounds: _Bounds) -> None:
        self._stream = stream
        self._bounds = bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        received = self._stream.read(max_bytes, self._bounds.seconds_left())
        self._bounds.count(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._bounds.is_sent = True
        self._stream.write(buffer, self._bounds.seconds_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._bounds.seconds_left())
        return _BoundedStream(secured, self._bounds)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _trusted() -> SSLContext:
    """The certificates that this machine trusts, or those of SSL_CERT_FILE: slow to read."""
    return httpcore2.default_ssl_context()


def _sent(headers: Mapping[str, str], parts: SplitResult) -> list[tuple[bytes | str, bytes | str]]:
    # Unpacked, a small answer could be a huge one: so none may come packed.
    ours = {"Host": parts.netloc, "Accept-Encoding": "identity", "Connection": "close"}
    return list({**ours, **headers}.items())


def _within(chunks: Iterable[bytes], most_bytes: int) -> Iterable[bytes]:
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > most_bytes:
            raise _too_large()
        yield chunk


def _too_large() -> TooLarge:
    return TooLarge(_("The answer is larger than is taken here."))


def _named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _not_connected(host: str, error: httpcore2.ConnectError) -> AccordError:
    cause = error.args[0] if error.args else error  # the pool cuts the chain of causes
    if isinstance(cause, SSLCertVerificationError):
        return NotTrusted(
            _("The certificate of %(host)s is not valid: %(reason)s.")
            % {"host": host, "reason": cause.verify_message.rstrip(".")}
        )
    reason = getattr(cause, "strerror", None) or type(cause).__name__
    words = _("%(host)s cannot be reached: %(reason)s.") % {"host": host, "reason": reason}
    return NotReached(words, was_sent=False)


__all__ = [
    "AddressRefused",
    "NameUnknown",
    "NotReached",
    "NotTrusted",
    "Opened",
    "Received",
    "TooLarge",
    "exchange",
    "opened",
    "split_url",
]
