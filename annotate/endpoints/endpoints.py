"""Endpoints made, changed and tried; whoever may do so is asked at the doors."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.endpoints.chat import ChatFailed, Server, Written, ask
from annotate.endpoints.encryption import Secret, decrypt, encrypt
from annotate.endpoints.guarded_http import split_url
from annotate.endpoints.money import MOST_PRICE, cost_of, most_tokens_of
from annotate.endpoints.permits import NotNow, end_call, open_call
from annotate.errors import AccordError, InvalidInput
from annotate.models import Annotator, CallState, Endpoint, EndpointCall, Project
from annotate.text.free_text import refuse_unstorable, replace_unstorable

CHANGEABLE = (
    *("name", "base_url", "model_names", "length_field", "currency", "price_in", "price_out"),
    *("monthly_limit", "requests_per_minute", "tokens_per_minute", "most_at_once"),
    *("timeout_seconds", "is_active"),
)
LONGEST_KEY = 1000
LONGEST_TIMEOUT = 600
MOST_AT_ONCE = 64
MOST_MODELS = 50
SHORTEST_SHOWN_KEY = 12  # of a shorter one, four characters would be too much to show
TRY_SECONDS = 20
TRY_TOKENS = 16


def endpoints_for(project: Project) -> QuerySet[Endpoint]:
    """What a project may use: the installation's endpoints, and its own."""
    return Endpoint.objects.filter(Q(project=None) | Q(project=project), is_active=True).order_by(
        "name"
    )


def server_of(endpoint: Endpoint, *, seconds: float | None = None) -> Server:
    """How to call an endpoint. Raises: SecretUnreadable."""
    key = decrypt(endpoint.key_encrypted) if endpoint.key_encrypted else Secret("")
    return Server(
        endpoint.base_url, key, seconds or endpoint.timeout_seconds, endpoint.length_field
    )


@transaction.atomic
def make_endpoint(
    *, made_by: Annotator | None, project: Project | None = None, key: str = "", **fields: Any
) -> Endpoint:
    """Raises: InvalidInput."""
    endpoint = Endpoint(project=project, made_by=made_by, **fields)
    _check(endpoint)
    _set_key(endpoint, key)
    _save(endpoint)
    _record(endpoint, made_by, "endpoint.made", after=_facts(endpoint))
    return endpoint


@transaction.atomic
def change_endpoint(
    *,
    endpoint: Endpoint,
    changed_by: Annotator | None,
    key: str = "",
    forget_key: bool = False,
    **fields: Any,
) -> Endpoint:
    """Change some of what may be changed; without a new key the old one stays.

    A key is not sent to an address that somebody else typed: where the address changes, the key
    must be given anew. Raises: InvalidInput.
    """
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    before = _facts(endpoint)
    old_url = endpoint.base_url
    for name, value in fields.items():
        setattr(endpoint, name, value)
    _check(endpoint)
    if endpoint.base_url != old_url and endpoint.key_encrypted and not (key or forget_key):
        raise InvalidInput(
            _("The key belongs to the old address: with another one, enter it again."), field="key"
        )
    if key or forget_key:
        _set_key(endpoint, key)
    _save(endpoint)
    after = _facts(endpoint)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        _record(
            endpoint,
            changed_by,
            "endpoint.changed",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return endpoint


@dataclass(frozen=True)
class Trial:
    """What came of trying an endpoint: a sentence, and what the model wrote if it did."""

    is_good: bool
    sentence: str
    written: Written | None = None


def try_endpoint(endpoint: Endpoint, *, model: str) -> Trial:
    """Have a model say one word. Raises: InvalidInput for a model that is not the endpoint's."""
    check_model(endpoint, model)
    messages = [{"role": "user", "content": "Say OK."}]
    n_tokens_in = most_tokens_of(messages)
    try:
        call = open_call(
            endpoint.pk,
            model=model,
            purpose="trial",
            n_tokens=n_tokens_in + TRY_TOKENS,
            cost=_cost(endpoint, n_tokens_in, TRY_TOKENS),
        )
    except NotNow:
        return Trial(False, _("A limit of the endpoint is reached: try again in a while."))
    except AccordError as error:
        return Trial(False, str(error))
    try:
        written = ask(
            server_of(endpoint, seconds=min(endpoint.timeout_seconds, TRY_SECONDS)),
            model=model,
            messages=messages,
            sampling={"max_tokens": TRY_TOKENS},
            idempotency_key=str(call.public_id),
        )
    except AccordError as error:
        settle(endpoint, call, error)
        return Trial(False, str(error))
    settle(endpoint, call, written)
    written = replace(written, text=replace_unstorable(written.text))  # as it is shown
    if written.n_tokens_out is None:
        sentence = _("It answers, but does not say how many tokens it used.")
        return Trial(True, sentence + " " + _("The most they may be is counted."), written)
    return Trial(True, _("It answers."), written)


def settle(
    endpoint: Endpoint, call: EndpointCall, written: Written | AccordError
) -> tuple[int, int, int]:
    """End a call by what the server says it used; its tokens in, tokens out and cost.

    Where it does not say, the most counts. A refused call costs nothing; one that got no answer
    may have been paid for.
    """
    if isinstance(written, AccordError):
        if isinstance(written, ChatFailed) and written.may_cost:
            end_call(call, state=CallState.LOST, n_tokens=call.n_tokens, cost=call.cost)
            return 0, 0, call.cost
        end_call(call, state=CallState.FAILED, n_tokens=0, cost=0)
        return 0, 0, 0
    n_in, n_out = written.n_tokens_in, written.n_tokens_out
    if n_in is None or n_out is None:
        end_call(call, state=CallState.ANSWERED, n_tokens=call.n_tokens, cost=call.cost)
        return n_in or 0, n_out or 0, call.cost
    cost = _cost(endpoint, n_in, n_out)
    end_call(call, state=CallState.ANSWERED, n_tokens=n_in + n_out, cost=cost)
    return n_in, n_out, cost


def check_model(endpoint: Endpoint, model: str) -> None:
    """Raises: InvalidInput."""
    if model not in endpoint.model_names:
        raise InvalidInput(
            _("“%(name)s” offers these models: %(models)s.")
            % {"name": endpoint.name, "models": ", ".join(endpoint.model_names)},
            field="model",
            value=model,
        )


def _cost(endpoint: Endpoint, n_tokens_in: int, n_tokens_out: int) -> int:
    prices = endpoint.price_in, endpoint.price_out
    return cost_of(prices, n_tokens_in=n_tokens_in, n_tokens_out=n_tokens_out)


def _check(endpoint: Endpoint) -> None:
    """Raises: InvalidInput."""
    split_url(endpoint.base_url)
    endpoint.base_url = endpoint.base_url.rstrip("/")
    refuse_unstorable(endpoint.name, field="name")
    refuse_unstorable(endpoint.model_names, field="model_names")
    if not endpoint.name.strip():
        raise InvalidInput(_("This text is empty."), field="name")
    names = endpoint.model_names
    if not isinstance(names, list) or not 1 <= len(names) <= MOST_MODELS:
        raise InvalidInput(_("Name at least one model."), field="model_names", value=names)
    for name in names:
        if not isinstance(name, str) or not 1 <= len(name) <= 200:
            raise InvalidInput(_("This is no name of a model."), field="model_names", value=name)
    if not re.fullmatch("[A-Z]{3}", endpoint.currency):
        raise InvalidInput(
            _("A currency has three capital letters, such as USD."),
            field="currency",
            value=endpoint.currency,
        )
    for price in ("price_in", "price_out"):  # sums of costs fit their columns
        _check_range(price, getattr(endpoint, price), MOST_PRICE, low=0)
    _check_range("most_at_once", endpoint.most_at_once, MOST_AT_ONCE)
    _check_range("timeout_seconds", endpoint.timeout_seconds, LONGEST_TIMEOUT)
    for limit in ("requests_per_minute", "tokens_per_minute"):
        value = getattr(endpoint, limit)
        if value is not None:
            _check_range(limit, value, 10**9)


def _check_range(field: str, value: int, most: int, *, low: int = 1) -> None:
    if not low <= value <= most:
        raise InvalidInput(
            _("This should be a number from %(low)s to %(high)s.") % {"low": low, "high": most},
            field=field,
            value=value,
        )


def _set_key(endpoint: Endpoint, key: str) -> None:
    """Raises: InvalidInput, which does not repeat the key."""
    if len(key) > LONGEST_KEY or not key.isascii() or not (key.isprintable() or not key):
        raise InvalidInput(_("This is no key: it has signs that no key has."), field="key")
    endpoint.key_encrypted = encrypt(Secret(key)) if key else ""
    endpoint.key_tail = key[-4:] if len(key) >= SHORTEST_SHOWN_KEY else ""


def _save(endpoint: Endpoint) -> None:
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError as error:
        raise InvalidInput(
            _("There is an endpoint of this name already."), field="name", value=endpoint.name
        ) from error


def _facts(endpoint: Endpoint) -> dict[str, Any]:
    """What the record of changes says of an endpoint: of its key, the end."""
    facts = {name: getattr(endpoint, name) for name in CHANGEABLE}
    return {**facts, "key": f"…{endpoint.key_tail}" if endpoint.key_encrypted else ""}


def _record(
    endpoint: Endpoint,
    actor: Annotator | None,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record_event(
        actor=actor,
        action=action,
        target=f"endpoint:{endpoint.public_id}",
        project=endpoint.project,
        before=before,
        after=after,
    )


__all__ = [
    "CHANGEABLE",
    "ChatFailed",
    "Trial",
    "change_endpoint",
    "check_model",
    "endpoints_for",
    "make_endpoint",
    "server_of",
    "settle",
    "try_endpoint",
]
