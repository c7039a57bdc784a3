"""Webhooks made, changed and tried by the leads of a project."""

import base64
import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.endpoints.address_guard import WEBHOOKS
from annotate.endpoints.encryption import Secret, encrypt
from annotate.endpoints.guarded_http import PORTS, split_url
from annotate.errors import InvalidInput
from annotate.models import Annotator, Channel, Delivery, Project, Webhook, WebhookFormat
from annotate.notices.links import absolute_url
from annotate.notices.notice_rules.known_rules import OF_PROJECTS
from annotate.notices.outbox import ring_on_commit
from annotate.notices.webhook_formats.plain_json import PREFIX
from annotate.text.free_text import refuse_unstorable
from annotate.text.language import in_language_of

MOST_WEBHOOKS = 10  # of a project
CHANGEABLE = ("name", "format", "kinds", "language", "is_active")
LONGEST_URL = 2000
LONGEST_SECRET = 500
SIGNED = (WebhookFormat.JSON, WebhookFormat.FEISHU, WebhookFormat.DINGTALK)
TITLE_LENGTH = 200


def new_secret() -> str:
    """A secret for plain JSON: 32 bytes, as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def make_webhook(
    *, project: Project, made_by: Annotator, url: str, secret: str = "", **fields: Any
) -> Webhook:
    """Raises: InvalidInput."""
    Project.objects.select_for_update().get(pk=project.pk)  # so that the bound is one
    if project.webhooks.count() >= MOST_WEBHOOKS:
        says = _("A project has at most %(n)d webhooks.") % {"n": MOST_WEBHOOKS}
        raise InvalidInput(says, field="name")
    webhook = Webhook(project=project, made_by=made_by, language=get_language() or "")
    _set(webhook, fields)
    _set_url(webhook, url)
    _set_secret(webhook, secret)
    _save(webhook)
    _record(webhook, made_by, "webhook.made", after=_facts(webhook))
    return webhook


@transaction.atomic
def change_webhook(
    *, webhook: Webhook, changed_by: Annotator, url: str = "", secret: str = "", **fields: Any
) -> Webhook:
    """Without a new address or secret the old ones stay.

    A secret is not sent to an address that somebody else typed: where the address changes, it
    must be given anew. Raises: InvalidInput.
    """
    webhook = Webhook.objects.select_for_update().select_related("project").get(pk=webhook.pk)
    before = _facts(webhook)
    _set(webhook, fields)
    if url:
        if webhook.secret_encrypted and not secret:
            raise InvalidInput(
                _("The secret belongs to the old address: with another one, enter it again."),
                field="secret",
            )
        _set_url(webhook, url)
    if secret:
        _set_secret(webhook, secret)
    _save(webhook)
    after = _facts(webhook)
    after |= {"url": "changed"} if url else {}
    after |= {"secret": "changed"} if secret else {}
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        _record(
            webhook,
            changed_by,
            "webhook.changed",
            before={name: before.get(name) for name in changed},
            after={name: after[name] for name in changed},
        )
    return webhook


@transaction.atomic
def delete_webhook(*, webhook: Webhook, deleted_by: Annotator) -> None:
    """It goes with the history of what was sent to it."""
    _record(webhook, deleted_by, "webhook.deleted", before=_facts(webhook))
    webhook.delete()


@transaction.atomic
def queue_trial_of(*, webhook: Webhook) -> Delivery:
    """A message by which a lead sees that messages arrive."""
    with in_language_of(webhook):
        title = _("A trial from Accord")
        text = _("Somebody asked whether messages of “%(project)s” arrive here. They do.") % {
            "project": webhook.project.name
        }
    return queue_message(
        webhook=webhook,
        type="trial",
        title=title,
        text=text,
        path=f"/projects/{webhook.project.slug}/",
    )


def queue_message(
    *,
    webhook: Webhook,
    type: str,
    title: str,
    text: str,
    path: str,
    data: dict[str, Any] | None = None,
) -> Delivery:
    """Have one message sent once the caller's transaction stands."""
    project = webhook.project
    delivery = Delivery.objects.create(
        channel=Channel.WEBHOOK,
        webhook=webhook,
        project=project,
        title=title[:TITLE_LENGTH],
        document={
            "type": type,
            "project": {"slug": project.slug, "name": project.name},
            "title": title,
            "text": text,
            "url": absolute_url(path),
            "data": data or {},
        },
    )
    ring_on_commit(Channel.WEBHOOK)
    return delivery


def _set(webhook: Webhook, fields: dict[str, Any]) -> None:
    """Raises: InvalidInput."""
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    for name, value in fields.items():
        setattr(webhook, name, value)
    refuse_unstorable(webhook.name, field="name")
    if not webhook.name.strip():
        raise InvalidInput(_("This text is empty."), field="name")
    if webhook.format not in WebhookFormat.values:
        raise InvalidInput(_("This format is not known."), field="format", value=webhook.format)
    wrong = [kind for kind in webhook.kinds if kind not in OF_PROJECTS]
    if wrong:
        raise InvalidInput(_("This kind is not known."), field="kinds", value=wrong[0])
    if webhook.language not in ("", *dict(settings.LANGUAGES)):
        raise InvalidInput(
            _("This language is not spoken here."), field="language", value=webhook.language
        )


def _set_url(webhook: Webhook, url: str) -> None:
    """Raises: InvalidInput, which does not repeat the address: there may be a secret in it."""
    url = url.strip()
    if len(url) > LONGEST_URL:
        raise InvalidInput(_("This is no address of a server."), field="url")
    try:
        parts = split_url(url, may_have_query=True, allow=WEBHOOKS)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="url") from error
    port = parts.port
    is_usual = port in (None, PORTS[parts.scheme])
    webhook.host = str(parts.hostname) if is_usual else f"{parts.hostname}:{port}"
    webhook.url_encrypted = encrypt(Secret(url))


def _set_secret(webhook: Webhook, secret: str) -> None:
    """Raises: InvalidInput, which does not repeat the secret."""
    secret = secret.strip()
    if len(secret) > LONGEST_SECRET or not secret.isascii() or not (secret.isprintable()):
        raise InvalidInput(_("This is no key: it has signs that no key has."), field="secret")
    if secret and webhook.format not in SIGNED:
        raise InvalidInput(_("This service takes no secret beside its address."), field="secret")
    webhook.secret_encrypted = encrypt(Secret(secret)) if secret else ""


def _save(webhook: Webhook) -> None:
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError as error:
        raise InvalidInput(
            _("The project has a webhook of this name already."), field="name", value=webhook.name
        ) from error


def _facts(webhook: Webhook) -> dict[str, Any]:
    """What the record of changes says: neither address nor secret."""
    return {name: getattr(webhook, name) for name in CHANGEABLE} | {
        "host": webhook.host,
        "is_signed": bool(webhook.secret_encrypted),
    }


def _record(
    webhook: Webhook,
    actor: Annotator,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record_event(
        actor=actor,
        action=action,
        target=f"webhook:{webhook.public_id}",
        project=webhook.project,
        before=before,
        after=after,
    )
