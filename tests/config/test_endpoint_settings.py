"""What the operator says of calls to servers outside."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import allowed_addresses, encryption_keys


def allowed(text):
    return allowed_addresses({"A": text}, "A")


def test_names_and_networks_with_their_ports():
    assert allowed("") == []
    assert allowed("gpu.lan:8000, 10.1.0.0/16:* ,[::1]:80,[fd00::/8]:443") == [
        ("gpu.lan", 8000),
        ("10.1.0.0/16", None),
        ("::1", 80),
        ("fd00::/8", 443),
    ]


@pytest.mark.parametrize(
    "text", ["gpu.lan", "gpu.lan:", ":80", "gpu:0", "gpu:99999", "10.0.0.0/99:1"]
)
def test_what_is_neither_is_refused_at_the_start(text):
    with pytest.raises(ImproperlyConfigured, match="A:"):
        allowed(text)


def test_an_encryption_key_that_is_none_is_refused_and_not_shown():
    with pytest.raises(ImproperlyConfigured) as caught:
        encryption_keys({"A": "canary"}, "A")
    assert "canary" not in str(caught.value)
