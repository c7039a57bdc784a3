"""The outbox: what waits to be sent is sent at least once, and never forgotten.

A row is claimed like any long work, so that one worker at a time tries it. A worker that is killed
after sending and before marking leaves a row that is sent again under the same id: the receiver
can tell, and nothing is lost.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.audit import record_event
from annotate.errors import AccordError
from annotate.models import Annotator, Channel, Delivery, DeliveryTry, WorkState
from annotate.notices.sent import Sent
from annotate.text.language import in_language_of
from annotate.work.bells import ring_once, take_bell
from annotate.work.claims import STALE_SECONDS, Claim, ClaimLost, take
from annotate.work.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

SEND = "annotate.tasks.send_deliveries"
# Seconds after the first try, the second, …: a day in all, then it is given up.
WAITS = (60, 300, 900, 3_600, 10_800, 28_800, 43_200)
MOST_TRIES = len(WAITS) + 1
LONGEST_WAIT = 86_400  # a server that asks for more is asked again after this
JITTER = 0.2  # what failed together is not tried again together
TURN_SECONDS = 60.0  # then a worker lets other work come in between

Sender = Callable[[Delivery], Sent]


class NotToBeSentAgain(AccordError):
    code = "not_to_be_sent_again"
    status = 409
    default_message = gettext_lazy("Only what has ended, and is still kept, can be sent again.")


def ring_on_commit(channel: str) -> None:
    """Tell a worker that something waits, once it is there to be read."""
    transaction.on_commit(lambda: ring_once(SEND, channel))


def ring_for_due() -> None:
    """Ring for what is due although its bell was lost, its time has come, or its worker died."""
    for channel in Channel.values:
        if _due(channel).exists():
            ring_once(SEND, channel)


def send_due(channel: str, senders: Mapping[str, Sender]) -> int:
    """Send what is due by a channel, one after another; how many tries that were.

    One worker at a time: whoever is at it already looks again before it ends.
    """
    take_bell(SEND, channel)
    if _alive(channel).exists():
        return 0
    ends_at, n_tries = time.monotonic() + TURN_SECONDS, 0
    while begun := _claim_next(channel):
        _try(*begun, senders[channel])
        n_tries += 1
        if time.monotonic() > ends_at:
            ring_once(SEND, channel)
            break
    return n_tries


@transaction.atomic
def send_again(*, delivery: Delivery, asked_by: Annotator) -> None:
    """Begin afresh with what was given up, or what a webhook was told before.

    Raises: NotToBeSentAgain.
    """
    told = Q(channel=Channel.WEBHOOK, state=WorkState.SUCCEEDED)
    given_up = Q(state=WorkState.FAILED) & (Q(channel=Channel.WEBHOOK) | ~Q(content_encrypted=""))
    n_begun = Delivery.objects.filter(told | given_up, pk=delivery.pk).update(
        state=WorkState.QUEUED, token=None, attempt=0, due_at=Now(), finished_at=None, reason=""
    )
    if not n_begun:
        raise NotToBeSentAgain
    record_event(
        actor=asked_by,
        action="delivery.sent_again",
        target=f"delivery:{delivery.public_id}",
        project=delivery.project,
    )
    ring_on_commit(delivery.channel)


def wait_after(n_tries: int, *, draw: Callable[[], float] = random.random) -> float:
    """Seconds until the next try, with some jitter either way."""
    return WAITS[min(n_tries, len(WAITS)) - 1] * (1 + JITTER * (2 * draw() - 1))


def _due(channel: str) -> QuerySet[Delivery]:
    waits = Q(state=WorkState.QUEUED, due_at__lte=Now())
    is_silent = Q(
        state=WorkState.RUNNING, heartbeat_at__lt=Now() - timedelta(seconds=STALE_SECONDS)
    )
    return Delivery.objects.filter(waits | is_silent, channel=channel)


def _alive(channel: str) -> QuerySet[Delivery]:
    since = Now() - timedelta(seconds=STALE_SECONDS)
    return Delivery.objects.filter(
        channel=channel, state=WorkState.RUNNING, heartbeat_at__gte=since
    )


def _claim_next(channel: str) -> tuple[Claim[Delivery], DeliveryTry] | None:
    """The one that is due longest, and the try that has begun; None where nothing is due."""
    while pk := _due(channel).order_by("due_at", "pk").values_list("pk", flat=True).first():
        with transaction.atomic():
            token = take(_due(channel).filter(pk=pk))
            if token is None:  # another worker was quicker
                continue
            row = Delivery.objects.select_related("project", "webhook__project").get(pk=pk)
            held = Claim(row)
            if row.attempt > MOST_TRIES:  # cut short again and again
                _give_up(held, _("Given up after %(n)d tries.") % {"n": MOST_TRIES})
                continue
            begun = DeliveryTry.objects.create(delivery=row, number=row.attempt)
        return held, begun
    return None


def _try(held: Claim[Delivery], begun: DeliveryTry, sender: Sender) -> None:
    row = held.row
    with in_language_of(None):
        with Heartbeat(held):
            try:
                sent = sender(row)
            except Exception:  # a fault of ours: the row must not hold up all others
                logger.exception("%s could not be sent", row)
                sent = Sent(False, _("Something went wrong here; the log says what."))
        # How the try ended is kept whoever holds the row by now; the row is its holder's alone.
        DeliveryTry.objects.filter(pk=begun.pk).update(
            ended_at=Now(), is_good=sent.is_good, status=sent.status, said=sent.said
        )
        with suppress(ClaimLost):
            _mark(held, sent)


def _mark(held: Claim[Delivery], sent: Sent) -> None:
    """Raises: ClaimLost."""
    n_tries = held.row.attempt
    if sent.is_good:
        held.succeed(token=None, content_encrypted="")
    elif sent.may_pass and n_tries < MOST_TRIES:
        wait = wait_after(n_tries)
        if sent.wait_seconds is not None:
            wait = min(max(wait, sent.wait_seconds), LONGEST_WAIT)
        due_at = Now() + timedelta(seconds=wait)
        held.write(state=WorkState.QUEUED, token=None, due_at=due_at, reason=sent.said)
        if sent.is_of_server:  # a server that is away is not tried by each that waits for it
            rest = _due(held.row.channel).filter(webhook=held.row.webhook_id)
            rest.filter(state=WorkState.QUEUED).update(due_at=due_at)
    else:
        _give_up(held, sent.said)


def _give_up(held: Claim[Delivery], reason: str) -> None:
    """Raises: ClaimLost."""
    held.fail(reason, token=None)
