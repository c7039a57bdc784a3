"""One try at calling a webhook: to a checked address, bounded, and without following anybody on."""

import time
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

from django.utils.translation import gettext as _

from annotate.endpoints.address_guard import WEBHOOKS, AddressRefused, NameUnknown
from annotate.endpoints.encryption import Secret, SecretUnreadable, decrypt
from annotate.endpoints.guarded_http import NotReached, NotTrusted, TooLarge, opened, split_url
from annotate.endpoints.retry_after import asked_wait
from annotate.errors import InvalidInput
from annotate.models import Delivery, WebhookFormat
from annotate.notices.sent import Sent, shortened
from annotate.notices.webhook_formats import dingtalk, feishu, plain_json, slack, teams
from annotate.notices.webhook_formats.request import Message, Request

FORMATS: Mapping[str, ModuleType] = {
    WebhookFormat.JSON: plain_json,
    WebhookFormat.SLACK: slack,
    WebhookFormat.TEAMS: teams,
    WebhookFormat.FEISHU: feishu,
    WebhookFormat.DINGTALK: dingtalk,
}
SECONDS = 10.0
MOST_BYTES = 2**16  # of an answer; more of it is nobody's concern
FOR_GOOD = (400, 410, 413, 415, 422)


def call_webhook(delivery: Delivery) -> Sent:
    """One try; the same delivery has the same id whenever it is sent."""
    webhook = delivery.webhook
    if webhook is None or not webhook.is_active:
        return Sent(False, _("The webhook is not in use any more."), may_pass=False)
    try:
        url = decrypt(webhook.url_encrypted)
        secret = decrypt(webhook.secret_encrypted) if webhook.secret_encrypted else Secret("")
    except SecretUnreadable as error:
        return Sent(False, str(error), may_pass=False)
    format = FORMATS[webhook.format]
    message = _message_of(delivery)
    request = format.request(url.reveal(), message, secret=secret.reveal(), now=time.time())
    sent = _call(request, format)
    return replace(sent, said=secret.hidden_in(url.hidden_in(sent.said)))


def _message_of(delivery: Delivery) -> Message:
    told = delivery.document or {}
    return Message(
        id=str(delivery.public_id),
        title=delivery.title,
        text=told.get("text", ""),
        url=told.get("url", ""),
        data={"id": str(delivery.public_id), **told},
    )


def _call(request: Request, format: ModuleType) -> Sent:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Accord",
        **request.headers,
    }
    try:
        parts = split_url(request.url, may_have_query=True, allow=WEBHOOKS)
        with opened(
            "POST",
            parts,
            headers=headers,
            body=request.body,
            seconds=SECONDS,
            most_bytes=MOST_BYTES,
            allow=WEBHOOKS,
        ) as answer:
            status, named = answer.status, answer.headers
            body = b"".join(answer.chunks)
    except (AddressRefused, InvalidInput) as error:
        return Sent(False, str(error), may_pass=False)
    except (NotReached, NameUnknown, NotTrusted) as error:
        return Sent(False, str(error), is_of_server=True)
    except TooLarge as error:
        return Sent(False, str(error))
    return judged(status, named, body, format)


def judged(status: int, headers: Mapping[str, str], body: bytes, format: ModuleType) -> Sent:
    """What an answer means."""
    said = f"{status} {shortened(body[:4000].decode('utf-8', 'replace'))}".strip()
    if 200 <= status < 300:
        refused = format.refusal(body)
        if refused is None:
            return Sent(True, said, status)
        return Sent(
            False,
            shortened(refused.said),
            status,
            may_pass=refused.may_pass,
            is_of_server=refused.wait_seconds is not None,
            wait_seconds=refused.wait_seconds,
        )
    if 300 <= status < 400:
        words = _("%(said)s: it sends its callers on, which is not followed.")
        return Sent(False, words % {"said": status}, status, may_pass=False)
    return Sent(
        False,
        said,
        status,
        may_pass=status not in FOR_GOOD,
        is_of_server=status in (429, 502, 503, 504),
        wait_seconds=asked_wait(headers),
    )
