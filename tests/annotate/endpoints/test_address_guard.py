"""Where this installation may not call, whatever name or spelling leads there."""

import pytest

from annotate.endpoints.address_guard import AddressRefused, NameUnknown, checked_addresses
from config.environment import allowed_addresses

INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.168.0.1",
    "192.0.0.170",
    "168.63.129.16",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
)
PUBLIC = ("8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.fixture
def allow(settings):
    def set_to(text):
        settings.ACCORD_ENDPOINT_ALLOW = allowed_addresses({"A": text}, "A")

    set_to("")
    return set_to


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(allow, address):
    with pytest.raises(AddressRefused):
        checked_addresses("models.test", 443, resolver=lambda host, port: [address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(allow, address):
    assert checked_addresses("models.test", 443, resolver=lambda host, port: [address]) == [address]


def test_one_address_inside_among_public_ones_refuses_the_name(allow):
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        checked_addresses("models.test", 443, resolver=lambda *_: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("spelling", ["localhost", "127.1", "2130706433", "0x7f.1", "0"])
def test_other_spellings_of_this_machine_are_refused(allow, spelling):
    with pytest.raises((AddressRefused, NameUnknown)):
        checked_addresses(spelling, 443)


def test_a_named_host_is_opened_on_its_port_alone(allow):
    allow("gpu.lan:8000")
    at = {"resolver": lambda *_: ["10.0.0.7"]}
    assert checked_addresses("GPU.lan", 8000, **at) == ["10.0.0.7"]
    for host, port in (("gpu.lan", 8001), ("other.lan", 8000)):
        with pytest.raises(AddressRefused):
            checked_addresses(host, port, **at)


def test_a_named_host_never_opens_the_credentials_of_the_machine(allow):
    allow("gpu.lan:*")
    of_clouds = ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd20:ce::254")
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", *of_clouds):
        with pytest.raises(AddressRefused):
            checked_addresses("gpu.lan", 80, resolver=lambda *_, found=address: [found])


def test_a_network_is_opened_under_any_name(allow):
    allow("10.1.0.0/16:*,[::1]:80")
    assert checked_addresses("x.test", 9, resolver=lambda *_: ["10.1.9.9"])
    assert checked_addresses("x.test", 80, resolver=lambda *_: ["::1"])
    with pytest.raises(AddressRefused):
        checked_addresses("x.test", 9, resolver=lambda *_: ["10.2.0.1"])


def test_a_refusal_says_what_the_operator_would_write(allow):
    with pytest.raises(AddressRefused, match=r"ACCORD_ENDPOINT_ALLOW=gpu\.lan:8000"):
        checked_addresses("gpu.lan", 8000, resolver=lambda *_: ["10.0.0.7"])
