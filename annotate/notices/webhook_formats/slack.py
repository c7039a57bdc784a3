"""Slack's incoming webhooks: blocks of plain text, so that nothing in them is markup.

Errors are statuses (400, 403, 404, 410) with a word in the body; 429 has `Retry-After`.
"""

from annotate.notices.webhook_formats.request import Message, Refusal, Request, as_json, cut

LONGEST_TITLE, LONGEST_TEXT = 150, 3000


def request(url: str, message: Message, *, secret: str, now: float) -> Request:  # noqa: ARG001
    blocks = [
        {"type": "header", "text": _plain(cut(message.title, LONGEST_TITLE))},
        {"type": "section", "text": _plain(cut(message.text, LONGEST_TEXT))},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{message.url}|Accord>"}]},
    ]
    # `text` is what notifications show; there the three signs of its markup must be escaped
    return Request(url, as_json({"text": escaped(message.title), "blocks": blocks}))


def refusal(body: bytes) -> Refusal | None:  # noqa: ARG001  (a status of 2xx is enough)
    return None


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}
