"""Microsoft Teams: an Adaptive Card, as a workflow "when a webhook request is received" takes it.

The older connectors and their MessageCard have been retired. Rich text blocks hold no Markdown, so
that nothing in them is markup. A workflow answers 202.
"""

from annotate.notices.webhook_formats.request import Message, Refusal, Request, as_json, cut

LONGEST_TITLE, LONGEST_TEXT = 200, 8000  # a message has at most 28 KB


def request(url: str, message: Message, *, secret: str, now: float) -> Request:  # noqa: ARG001
    title = {"type": "TextRun", "text": cut(message.title, LONGEST_TITLE), "weight": "Bolder"}
    text = {"type": "TextRun", "text": cut(message.text, LONGEST_TEXT)}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in (title, text)],
        "actions": [{"type": "Action.OpenUrl", "title": "Accord", "url": message.url}],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return Request(url, as_json({"type": "message", "attachments": [attachment]}))


def refusal(body: bytes) -> Refusal | None:  # noqa: ARG001  (a status of 2xx is enough)
    return None
