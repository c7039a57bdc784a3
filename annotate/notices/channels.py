"""The channels of the outbox, and how each sends."""

from annotate.models import Channel
from annotate.notices.calling import call_webhook
from annotate.notices.mail import send_email
from annotate.notices.outbox import Sender, send_due

SENDERS: dict[str, Sender] = {Channel.EMAIL: send_email, Channel.WEBHOOK: call_webhook}


def send_by(channel: str) -> int:
    """Send what is due by one channel; how many tries that were."""
    return send_due(channel, SENDERS)
