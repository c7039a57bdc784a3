"""E-mail: plain text, through the one mail server that the operator names.

A letter goes through the outbox: `queue_email` writes a row in the transaction of what happened,
and a worker sends it. What the row holds of its text is encrypted, and gone once it is sent.
"""

import smtplib
from dataclasses import replace
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.endpoints.encryption import Secret, decrypt, encrypt
from annotate.errors import AccordError, InvalidInput
from annotate.models import Channel, Delivery, Project, User
from annotate.notices.links import absolute_url
from annotate.notices.outbox import ring_on_commit
from annotate.notices.sent import Sent, shortened
from annotate.text.free_text import refuse_unstorable

LONGEST_TITLE = 200


class NoMailServer(AccordError):
    code = "no_mail_server"
    status = 409
    default_message = gettext_lazy(
        "This installation sends no e-mail: whoever runs it names a mail server by "
        "ACCORD_MAIL_HOST."
    )


def has_mail_server() -> bool:
    """Whether e-mail can be sent at all; where it cannot, pages say so instead of offering it."""
    return bool(settings.EMAIL_HOST)


def queue_email(
    *, to: str, title: str, text: str, user: User | None = None, project: Project | None = None
) -> Delivery:
    """Have one letter sent once the caller's transaction stands.

    `title` and `text` are in the reader's language: write them within `in_language_of(user)`.
    Raises: NoMailServer; InvalidInput.
    """
    if not has_mail_server():
        raise NoMailServer
    to = to.strip()
    try:
        validate_email(to)
    except ValidationError as error:
        raise InvalidInput(_("This is no e-mail address."), field="email", value=to) from error
    refuse_unstorable(text, field="text")
    delivery = Delivery.objects.create(
        channel=Channel.EMAIL,
        user=user,
        project=project,
        address=to,
        title=" ".join(title.split())[:LONGEST_TITLE],
        content_encrypted=encrypt(Secret(text)),
    )
    ring_on_commit(Channel.EMAIL)
    return delivery


@transaction.atomic
def queue_trial(*, user: User) -> Delivery:
    """A letter by which an admin sees that letters arrive. Raises: NoMailServer, InvalidInput."""
    if not user.email:
        raise InvalidInput(
            _("Your account has no e-mail address to send a letter to."), field="email"
        )
    text = _("This letter was sent by Accord, because you asked whether letters arrive.")
    return queue_email(
        to=user.email,
        title=_("A letter from Accord"),
        text=f"{text}\n\n{absolute_url('/')}\n",
        user=user,
    )


def send_email(delivery: Delivery) -> Sent:
    """One try. The same letter has the same Message-ID whenever it is sent."""
    try:
        text = decrypt(delivery.content_encrypted).reveal()
    except AccordError as error:
        return Sent(False, str(error), may_pass=False)
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    letter = EmailMessage(
        delivery.title,
        text,
        sender,
        [delivery.address],
        headers={
            "Message-ID": f"<{delivery.public_id}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(*next(iter(error.recipients.values())))
    except smtplib.SMTPAuthenticationError as error:
        refused = _refused(error.smtp_code, error.smtp_error)
        return replace(refused, may_pass=True, is_of_server=True)  # the operator mends it
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        words = _("The mail server cannot be reached, or broke off: %(reason)s.")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        said = words % {"reason": shortened(reason).rstrip(".")}
        return Sent(False, said, is_of_server=True)
    return Sent(True, _("The mail server took it."))


def _refused(code: int, said: bytes | str) -> Sent:
    """A server's code of 500 and above is for good."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = _("The mail server refused it: %(code)d %(said)s")
    sentence = words % {"code": code, "said": shortened(text)}
    return Sent(False, sentence, status=code, may_pass=code < 500)
