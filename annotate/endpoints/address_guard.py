"""Which addresses this installation may call: public ones, and those that its operator names.

Whoever may type an address could otherwise have this server call what only it can reach: itself,
its neighbours, or the address from which a cloud hands out the machine's own credentials. So every
connection is checked when it is made, and made to the very address that was checked: a name that
answers otherwise a second time gains nothing.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from threading import Thread
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _

from annotate.errors import AccordError

# The settings that hold allow-lists. Whoever may type the address of a webhook is not to reach the
# servers that the operator named for models.
ENDPOINTS, WEBHOOKS = "ACCORD_ENDPOINT_ALLOW", "ACCORD_WEBHOOK_ALLOW"

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special addresses, written out: `is_global` differs between Pythons.
NOT_PUBLIC = [
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # not IANA's: Azure answers each machine there, about itself
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
]
PUBLIC_IPV6 = ip_network("2000::/3")  # all else of IPv6 is local, reserved or unassigned
NAT64 = ip_network("64:ff9b::/96")  # an IPv4 address in the last 32 bits
# A name on the allow-list does not open these: there live the credentials of cloud machines.
ONLY_BY_NUMBER = [
    ip_network(text)
    for text in (
        *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32"),
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
    )
]


class AddressRefused(AccordError):
    code = "address_refused"
    default_message = _("This address may not be called.")


class NameUnknown(AccordError):
    code = "name_unknown"
    status = 502


@dataclass(frozen=True)
class Allowed:
    """One entry of the allow-list: a name or a network, on one port or, without one, on all."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    @classmethod
    def of(cls, host: str, port: int | None) -> Self:
        try:
            return cls(network=ip_network(host), port=port)
        except ValueError:
            return cls(host=host.lower(), port=port)

    def opens(self, host: str, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is not None:
            return address in self.network
        return self.host == host.lower() and not _within(address, ONLY_BY_NUMBER)


Resolver = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system finds them: each once, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def in_time(resolver: Resolver, seconds: float) -> Resolver:
    """The system takes what time it likes to look a name up, so it is asked in a thread.

    Nobody waits for that thread when the time is over: it ends when the system gives up.
    """

    def look_up(host: str, port: int) -> Sequence[str]:
        found: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                found.set_result(resolver(host, port))
            except Exception as error:
                found.set_exception(error)

        Thread(target=ask, name="name look-up", daemon=True).start()
        return found.result(seconds)  # TimeoutError is an OSError: no address was found

    return look_up


def checked_addresses(
    host: str, port: int, *, resolver: Resolver | None = None, allow: str = ENDPOINTS
) -> list[str]:
    """The addresses of a host, all of which may be called on this port.

    A name with one address inside and one outside is refused whole. Raises: AddressRefused,
    NameUnknown.
    """
    try:
        found = (resolver or resolve)(host, port)
    except (OSError, UnicodeError) as error:
        raise NameUnknown(_("No address was found for “%(host)s”.") % {"host": host}) from error
    allow_list = allowed(allow)
    for text in found:
        if not may_call(host, text, port, allow_list):
            raise AddressRefused(
                _(
                    "“%(host)s” leads to %(address)s, which is no public address. Whoever runs "
                    "this installation can allow it: %(setting)s=%(entry)s."
                )
                % {"host": host, "address": text, "setting": allow, "entry": _as_entry(host, port)}
            )
    return list(found)


def may_call(host: str, address: str, port: int, allow_list: Iterable[Allowed]) -> bool:
    """Whether one address of a host may be called: by its kind, or as the operator says."""
    try:
        found = _plain(ip_address(address))
    except ValueError:  # an address with a zone is local to a link
        return False
    return is_public(found) or any(entry.opens(host, found, port) for entry in allow_list)


def is_named(host: str, port: int, *, allow: str = ENDPOINTS) -> bool:
    """Whether the operator named this host or number: then it may be called without TLS, too."""
    try:
        address: Address | None = _plain(ip_address(host))
    except ValueError:
        address = None
    for entry in allowed(allow):
        if entry.port in (None, port) and (
            (entry.network is not None and address is not None and address in entry.network)
            or (entry.host and entry.host == host.lower())
        ):
            return True
    return False


def is_public(address: Address) -> bool:
    """Whether anybody on the internet reaches the same machine by it."""
    if isinstance(address, IPv6Address) and address not in PUBLIC_IPV6:
        return False
    return not _within(address, NOT_PUBLIC)


def allowed(setting: str) -> list[Allowed]:
    """What the operator has allowed besides public addresses."""
    return [Allowed.of(host, port) for host, port in getattr(settings, setting)]


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address only wraps."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _as_entry(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
