"""One wanted completion: sent with its cost set aside, then written, tried again, or given up.

Every step is one short transaction that the claim fences. A completion is stored as it comes, so
that whoever takes over asks for nothing that is there.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.endpoints.chat import ChatFailed, FailureKind, Written
from annotate.endpoints.endpoints import settle
from annotate.endpoints.money import cost_of, in_words, likely_tokens_of, most_tokens_of
from annotate.endpoints.permits import lose_calls, open_call, pause
from annotate.errors import AccordError, InvalidInput
from annotate.models import (
    CutCompletions,
    EndpointCall,
    Generation,
    WantedCompletion,
    WantedState,
)
from annotate.text.free_text import refuse_unstorable
from annotate.work.claims import Claim

MOST_TRIES = 6
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0
WITHHELD = ("content_filter",)


class SpendLimitReached(AccordError):
    code = "spend_limit_reached"
    status = 409


@dataclass(frozen=True)
class Sent:
    """A wanted completion that was sent, or is about to be, with the call that it took."""

    wanted: WantedCompletion
    call: EndpointCall


def purpose_of(generation: Generation) -> str:
    return f"generation:{generation.public_id}"


@transaction.atomic
def take_over(held: Claim[Generation]) -> None:
    """What a dead worker had sent waits again; the calls keep what they took."""
    held.write()
    lose_calls(purpose_of(held.row))
    WantedCompletion.objects.filter(generation=held.row, state=WantedState.SENT).update(
        state=WantedState.WAITING
    )


def next_due(generation: Generation, *, but_for: set[int]) -> WantedCompletion | None:
    """The next completion to ask for, at no endpoint that was asked not to be called just now."""
    return (
        WantedCompletion.objects.filter(
            generation=generation, state=WantedState.WAITING, due_at__lte=Now()
        )
        .exclude(source__endpoint__in=but_for)
        .select_related("source__endpoint", "prompt")
        .order_by("pk")
        .first()
    )


def seconds_to_next(generation: Generation) -> float | None:
    """How long until a completion may be asked for again; None where none waits."""
    waiting = WantedCompletion.objects.filter(generation=generation, state=WantedState.WAITING)
    found = waiting.order_by("due_at").values_list("due_at", Now()).first()
    return None if found is None else max(0.0, (found[0] - found[1]).total_seconds())


@transaction.atomic
def send(held: Claim[Generation], wanted: WantedCompletion) -> Sent:
    """Set the most that the call may cost aside, in the generation and at the endpoint.

    Raises: ClaimLost, NotNow; SpendLimitReached, MonthlyLimitReached, EndpointClosed.
    """
    source = wanted.source
    endpoint, length = source.endpoint, source.sampling["max_tokens"]
    prices = endpoint.price_in, endpoint.price_out
    most_in = most_tokens_of(wanted.prompt.messages)
    cost = cost_of(prices, n_tokens_in=most_in, n_tokens_out=length)
    held.write()
    affordable = held.held.filter(Q(spend_limit=None) | Q(spend_limit__gte=F("spent") + cost))
    if not affordable.update(spent=F("spent") + cost):
        limit = in_words(held.row.spend_limit or 0, held.row.currency)
        raise SpendLimitReached(
            _("It may cost %(limit)s, and the next answer might exceed it.") % {"limit": limit}
        )
    call = open_call(
        endpoint.pk,
        model=source.model,
        purpose=purpose_of(held.row),
        n_tokens=likely_tokens_of(wanted.prompt.messages) + length,
        cost=cost,
    )
    WantedCompletion.objects.filter(pk=wanted.pk).update(
        state=WantedState.SENT, call=call, n_tries=F("n_tries") + 1
    )
    wanted.n_tries += 1
    return Sent(wanted, call)


@transaction.atomic
def take(held: Claim[Generation], sent: Sent, outcome: Written | AccordError) -> str:
    """Store what came of a call; a sentence where no other call would end better.

    Raises: ClaimLost.
    """
    endpoint = sent.wanted.source.endpoint
    held.write()  # rows are locked as `send` locks them: generation, endpoint, month
    if isinstance(outcome, ChatFailed) and outcome.wait_seconds is not None:
        pause(endpoint.pk, seconds=outcome.wait_seconds)
    n_in, n_out, cost = settle(endpoint, sent.call, outcome)
    held.write(
        spent=F("spent") + (cost - sent.call.cost),
        n_tokens_in=F("n_tokens_in") + n_in,
        n_tokens_out=F("n_tokens_out") + n_out,
    )
    if isinstance(outcome, Written):
        _take_written(held, sent.wanted, outcome, cost)
        return ""
    if not isinstance(outcome, ChatFailed) or outcome.kind == FailureKind.OF_THE_ENDPOINT:
        _of(sent.wanted).update(state=WantedState.WAITING, n_tries=F("n_tries") - 1)
        return f"{endpoint.name}: {outcome}"
    if outcome.kind == FailureKind.OF_THIS_CONVERSATION or sent.wanted.n_tries >= MOST_TRIES:
        _give_up(held, sent.wanted, str(outcome))
    else:
        _try_again(held, sent.wanted, outcome)
    return ""


def _take_written(
    held: Claim[Generation], wanted: WantedCompletion, written: Written, cost: int
) -> None:
    facts = {
        "finish_reason": written.finish_reason,
        "request_id": written.request_id,
        "n_tokens_in": written.n_tokens_in or 0,
        "n_tokens_out": written.n_tokens_out or 0,
        "cost": cost,
    }
    reason = _unusable(held.row, written)
    if written.is_cut:
        held.write(n_cut=F("n_cut") + 1)
    if reason:
        _of(wanted).update(**facts)
        _give_up(held, wanted, reason)
        return
    _of(wanted).update(state=WantedState.WRITTEN, text=written.text, reason="", **facts)
    held.write(n_done=F("n_done") + 1)


def _unusable(generation: Generation, written: Written) -> str:
    """Why nobody can judge what a model wrote; nothing if somebody can."""
    if written.finish_reason in WITHHELD:
        return _("The server withheld the answer.")
    if not written.text.strip():
        return _("The answer is empty.")
    if written.is_cut and generation.cut_completions == CutCompletions.LEAVE_OUT:
        return _("The answer was cut at its greatest length.")
    try:
        refuse_unstorable(written.text, field="text")
    except InvalidInput as error:
        return str(error)
    return ""


def _try_again(held: Claim[Generation], wanted: WantedCompletion, failed: ChatFailed) -> None:
    longest = min(FIRST_DELAY_SECONDS * 2 ** (wanted.n_tries - 1), LONGEST_DELAY_SECONDS)
    delay = random.uniform(longest / 2, longest)
    if failed.wait_seconds is not None:
        delay = max(delay, failed.wait_seconds)
    _of(wanted).update(
        state=WantedState.WAITING, due_at=Now() + timedelta(seconds=delay), reason=str(failed)
    )
    held.write(n_retries=F("n_retries") + 1)


def _give_up(held: Claim[Generation], wanted: WantedCompletion, reason: str) -> None:
    _of(wanted).update(state=WantedState.FAILED, reason=reason)
    held.write(n_failed=F("n_failed") + 1)


def _of(wanted: WantedCompletion) -> QuerySet[WantedCompletion]:
    return WantedCompletion.objects.filter(pk=wanted.pk)
