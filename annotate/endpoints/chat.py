"""Models behind an OpenAI-compatible server: a conversation out, one completion back.

What can go wrong is of three kinds, as whoever asks must act differently on each: it may pass, it
is about this conversation alone, or every other one would end the same way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _

from alignment_core.formats.checks import legible
from annotate.endpoints.address_guard import AddressRefused, NameUnknown, Resolver
from annotate.endpoints.encryption import Secret
from annotate.endpoints.guarded_http import (
    NotReached,
    NotTrusted,
    Received,
    TooLarge,
    exchange,
)
from annotate.endpoints.retry_after import asked_wait
from annotate.errors import AccordError, InvalidInput

MOST_BYTES = 8 * 2**20
MOST_TOKENS = 10**8  # a server that says more cannot be believed
LONGEST_SAYING = 300
OF_THIS_CONVERSATION = (400, 413, 422)
MAY_PASS = (408, 409, 425)
NO_MONEY = ("insufficient_quota", "billing_not_active", "billing_hard_limit_reached")


@dataclass(frozen=True)
class Server:
    """What is needed to call an endpoint; its key is asked for only when the call is made."""

    base_url: str
    key: Secret
    seconds: float
    length_field: str = "max_tokens"  # newer models of OpenAI say max_completion_tokens
    resolver: Resolver | None = None


@dataclass(frozen=True)
class Written:
    """What a model wrote, and what the server says of it; None where it does not say."""

    text: str
    finish_reason: str
    request_id: str
    n_tokens_in: int | None
    n_tokens_out: int | None

    @property
    def is_cut(self) -> bool:
        """Whether it ends where its length did, and not where the model meant to."""
        return self.finish_reason == "length"


class FailureKind(Enum):
    MAY_PASS = "it may pass"  # noqa: S105
    OF_THIS_CONVERSATION = "of this conversation"
    OF_THE_ENDPOINT = "of the endpoint"


class ChatFailed(AccordError):
    """No completion came; `kind` says what to do about it.

    `may_cost`: the server may have written one all the same, and ask for its price.
    """

    code = "chat_failed"
    status = 502

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind,
        wait_seconds: float | None = None,
        may_cost: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.wait_seconds = wait_seconds  # as the server asks
        self.may_cost = may_cost


def ask(
    server: Server,
    *,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    sampling: Mapping[str, Any],
    idempotency_key: str,
) -> Written:
    """Have a model continue a conversation. Raises: ChatFailed."""
    body = {"model": model, "messages": list(messages), "stream": False, **sampling}
    body[server.length_field] = body.pop("max_tokens")
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Idempotency-Key": idempotency_key,
    }
    if server.key.reveal():
        headers["Authorization"] = f"Bearer {server.key.reveal()}"
    try:
        received = exchange(
            "POST",
            f"{server.base_url.rstrip('/')}/chat/completions",
            headers=headers,
            body=json.dumps(body, allow_nan=False).encode(),
            seconds=server.seconds,
            most_bytes=MOST_BYTES,
            resolver=server.resolver,
        )
    except NotReached as error:
        raise ChatFailed(str(error), kind=FailureKind.MAY_PASS, may_cost=error.was_sent) from error
    except NameUnknown as error:
        raise ChatFailed(str(error), kind=FailureKind.MAY_PASS) from error
    except (AddressRefused, NotTrusted, InvalidInput) as error:
        raise ChatFailed(str(error), kind=FailureKind.OF_THE_ENDPOINT) from error
    except TooLarge as error:
        raise ChatFailed(
            str(error), kind=FailureKind.OF_THIS_CONVERSATION, may_cost=True
        ) from error
    if received.status != 200:
        raise _refusal(received, server.key)
    return _written(received)


def _written(received: Received) -> Written:
    """Raises: ChatFailed for an answer that is not as the protocol has it."""
    try:
        answer = json.loads(received.body)
        choice = answer["choices"][0]
        text = _text_of(choice["message"])
        usage = answer.get("usage") or {}
        named = received.headers.get("x-request-id") or answer.get("id")
        return Written(
            text=text,
            finish_reason=legible(str(choice.get("finish_reason") or ""))[:40],
            request_id=legible(str(named or ""))[:200],
            n_tokens_in=_count(usage.get("prompt_tokens")),
            n_tokens_out=_count(usage.get("completion_tokens")),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ChatFailed(
            _("The answer is not as an OpenAI-compatible server gives it."),
            kind=FailureKind.MAY_PASS,
            may_cost=True,
        ) from error


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part.get("type") == "text")
    if not isinstance(content, str):
        raise TypeError("content is no text")
    return content


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MOST_TOKENS else None


def _refusal(received: Received, key: Secret) -> ChatFailed:
    code, said = _error_in(received.body, key)
    kind, sentence = _meaning(402 if code in NO_MONEY else received.status)
    words = {"status": received.status, "said": f" “{said}”" if said else ""}
    wait = asked_wait(received.headers) if kind == FailureKind.MAY_PASS else None
    return ChatFailed(sentence % words, kind=kind, wait_seconds=wait)


def _meaning(status: int) -> tuple[FailureKind, str]:
    """What a status says, with places for itself and for what the server says besides."""
    of_endpoint = {
        401: _("The server does not accept the key (%(status)d).%(said)s"),
        402: _("The account at the server has no credit left (%(status)d).%(said)s"),
        403: _("The server does not accept the key (%(status)d).%(said)s"),
        404: _("The server knows no such address or model (%(status)d).%(said)s"),
    }
    if status in of_endpoint:
        return FailureKind.OF_THE_ENDPOINT, of_endpoint[status]
    if status in OF_THIS_CONVERSATION:
        said = _("The server does not take this request (%(status)d).%(said)s")
        return FailureKind.OF_THIS_CONVERSATION, said
    if status == 429:
        said = _("The server asks for fewer calls (%(status)d).%(said)s")
        return FailureKind.MAY_PASS, said
    if status in MAY_PASS or status >= 500:
        return FailureKind.MAY_PASS, _("The server had a fault (%(status)d).%(said)s")
    if 300 <= status < 400:
        said = _("The server sends its callers elsewhere (%(status)d), which is not followed.")
        return FailureKind.OF_THE_ENDPOINT, said
    return FailureKind.OF_THE_ENDPOINT, _("The server refuses (%(status)d).%(said)s")


def _error_in(body: bytes, key: Secret) -> tuple[str, str]:
    """The code and the sentence of an error, as the protocol has them; what else came is unsaid.

    It may be a page of some other server, which is nobody's business here.
    """
    try:
        error = json.loads(body)["error"]
        code, said = str(error.get("code") or ""), error.get("message")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""
    return code, legible(key.hidden_in(said))[:LONGEST_SAYING] if isinstance(said, str) else ""
