"""Money as whole billionths of a currency, so that sums of many small prices are exact."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.formats import number_format

UNIT = 10**9  # billionths in one of a currency
MILLION = 10**6  # tokens, for which prices are known
MOST_PRICE = UNIT  # of one token: a million of them for a million of the currency


def price_of(per_million: Decimal) -> int:
    """A price for a million tokens, as the price of one."""
    return int((per_million * UNIT / MILLION).to_integral_value(ROUND_CEILING))


def per_million(price: int) -> Decimal:
    return Decimal(price) * MILLION / UNIT


def amount_of(value: Decimal) -> int:
    return int((value * UNIT).to_integral_value(ROUND_CEILING))


def value_of(amount: int) -> Decimal:
    return Decimal(amount) / UNIT


def in_words(amount: int, currency: str) -> str:
    """An amount for people: with cents, or three digits of a small one."""
    value = value_of(amount)
    places = 2 if value >= 1 or not amount else min(9, 2 - value.adjusted())
    text = number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{text} {currency}"


def cost_of(prices: tuple[int, int], *, n_tokens_in: int, n_tokens_out: int) -> int:
    price_in, price_out = prices
    return price_in * n_tokens_in + price_out * n_tokens_out


def most_tokens_of(messages: Iterable[Mapping[str, Any]]) -> int:
    """No tokenizer in use makes more tokens of a text than it has bytes; a turn has its marks."""
    return sum(len(_text(message).encode(errors="replace")) + 16 for message in messages)


def likely_tokens_of(messages: Iterable[Mapping[str, Any]]) -> int:
    """About four characters of English, or one of Chinese, are a token."""
    n_tokens = 0
    for message in messages:
        text = _text(message)
        n_wide = sum(character > "\u2e7f" for character in text)
        n_tokens += 4 + n_wide + (len(text) - n_wide + 3) // 4
    return n_tokens


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return "\n\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
