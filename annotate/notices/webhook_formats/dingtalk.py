"""DingTalk: plain text to a custom robot, signed where the robot asks for it.

The signature stands in the address: HMAC-SHA256 over `timestamp\\nsecret` under the secret, with
the time in milliseconds. The robot answers 200 with `errcode`, which is 0 where it took the
message. It takes twenty messages a minute; after more it refuses all for ten minutes.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus, urlsplit, urlunsplit

from annotate.notices.webhook_formats.request import (
    Message,
    Refusal,
    Request,
    as_json,
    cut,
    read_json,
)

LONGEST_TITLE, LONGEST_TEXT = 200, 5000
TOO_OFTEN = 130101
TOO_OFTEN_SECONDS = 600
# Its token, its form, and its key words, signature or address: it would be refused again.
FOR_GOOD = (300005, 310000, 400101, 400102, 400103, 400105)


def request(url: str, message: Message, *, secret: str, now: float) -> Request:
    lines = (cut(message.title, LONGEST_TITLE), cut(message.text, LONGEST_TEXT), message.url)
    content = {"msgtype": "text", "text": {"content": "\n".join(line for line in lines if line)}}
    return Request(signed(url, secret, now) if secret else url, as_json(content))


def signed(url: str, secret: str, now: float) -> str:
    timestamp = str(int(now * 1000))
    sign = quote_plus(signature(timestamp, secret))
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, f"timestamp={timestamp}&sign={sign}") if part)
    return urlunsplit(parts._replace(query=query))


def signature(timestamp: str, secret: str) -> str:
    text = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def refusal(body: bytes) -> Refusal | None:
    answer = read_json(body)
    code = answer.get("errcode", 0)
    if code == 0:
        return None
    wait = TOO_OFTEN_SECONDS if code == TOO_OFTEN else None
    said = f"{code} {answer.get('errmsg', '')}"
    return Refusal(said, may_pass=code not in FOR_GOOD, wait_seconds=wait)
