"""Feishu and Lark: a card of plain text to a custom bot, signed where the bot asks for it.

The key of the signature is `timestamp\\nsecret`, and what is signed is empty. The bot answers 200
with a code, which is 0 where it took the message.
"""

import base64
import hashlib
import hmac

from annotate.notices.webhook_formats.request import (
    Message,
    Refusal,
    Request,
    as_json,
    cut,
    read_json,
)

LONGEST_TITLE, LONGEST_TEXT = 200, 5000  # a request has at most 20 KB
TOO_OFTEN = 11232
# Its form, token, signature, address or key words: the same message would be refused again.
FOR_GOOD = (9499, 19001, 19021, 19022, 19024)


def request(url: str, message: Message, *, secret: str, now: float) -> Request:
    button = {
        "tag": "button",
        "text": _plain("Accord"),
        "url": message.url,
        "type": "default",
    }
    content: dict[str, object] = {
        "msg_type": "interactive",
        "card": {
            "header": {"title": _plain(cut(message.title, LONGEST_TITLE))},
            "elements": [
                {"tag": "div", "text": _plain(cut(message.text, LONGEST_TEXT))},
                {"tag": "action", "actions": [button]},
            ],
        },
    }
    if secret:
        timestamp = str(int(now))
        content |= {"timestamp": timestamp, "sign": signature(timestamp, secret)}
    return Request(url, as_json(content))


def signature(timestamp: str, secret: str) -> str:
    key = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def refusal(body: bytes) -> Refusal | None:
    answer = read_json(body)
    code = answer.get("code", answer.get("StatusCode", 0))
    if code == 0:
        return None
    said = f"{code} {answer.get('msg', '')}"
    return Refusal(
        said, may_pass=code not in FOR_GOOD, wait_seconds=60 if code == TOO_OFTEN else None
    )


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}
