"""Plain JSON, signed as Standard Webhooks 1.0 has it: libraries that check it are at hand.

The signature is HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`. The key is what stands
after `whsec_`, in base64; a secret of another form is taken as it is.
"""

import base64
import binascii
import hashlib
import hmac

from annotate.notices.webhook_formats.request import Message, Refusal, Request, as_json

PREFIX = "whsec_"


def request(url: str, message: Message, *, secret: str, now: float) -> Request:
    body = as_json(message.data)
    timestamp = str(int(now))
    headers = {"webhook-id": message.id, "webhook-timestamp": timestamp}
    if secret:
        headers["webhook-signature"] = signature(message.id, timestamp, body, secret)
    return Request(url, body, headers)


def signature(id: str, timestamp: str, body: bytes, secret: str) -> str:
    signed = f"{id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def refusal(body: bytes) -> Refusal | None:  # noqa: ARG001  (a status of 2xx is enough)
    return None


def _key(secret: str) -> bytes:
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()
