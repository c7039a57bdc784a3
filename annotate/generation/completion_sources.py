"""What writes a completion: a model at an endpoint, with the settings of its sampling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from alignment_core.canonical import digest_of_json
from annotate.endpoints.endpoints import check_model
from annotate.errors import InvalidInput
from annotate.models import Endpoint, GenerationSource

N_SOURCES = 2  # people compare two; sets of more would be made in comparing.py
MOST_TOKENS = 32_768


@dataclass(frozen=True)
class Source:
    """A source as somebody asks for it; what is None is left to the endpoint."""

    endpoint: Endpoint
    model: str
    max_tokens: int = 1024
    temperature: float | None = 1.0
    top_p: float | None = None
    seed: int | None = None

    @property
    def sampling(self) -> dict[str, Any]:
        """The settings as they are sent."""
        given = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
        }
        return {name: value for name, value in given.items() if value is not None}


def check_sources(sources: Sequence[Source]) -> None:
    """Raises: InvalidInput for sources that cannot be asked, or that would write the same."""
    if len(sources) != N_SOURCES:
        raise InvalidInput(_("People compare two answers: choose two sources."), field="sources")
    for source in sources:
        check_model(source.endpoint, source.model)
        _check_range("max_tokens", source.max_tokens, 1, MOST_TOKENS)
        _check_range("temperature", source.temperature, 0, 2)
        _check_range("top_p", source.top_p, 0, 1)
        _check_range("seed", source.seed, 0, 2**31 - 1)
    first, second = sources
    if first == second and (first.temperature == 0 or first.seed is not None):
        raise InvalidInput(
            _("Both sources would write the same: give them two seeds, or a temperature above 0."),
            field="sources",
        )
    if first.endpoint.currency != second.endpoint.currency:
        raise InvalidInput(
            _("The two endpoints count in different currencies, so no limit could hold for both."),
            field="sources",
        )


def origin_of(source: GenerationSource) -> dict[str, Any]:
    """What is recorded of where a completion comes from, besides its model's name."""
    return {
        "endpoint": source.endpoint.name,
        "model": source.model,
        "settings": source.sampling,
        "settings_digest": digest_of_json(source.sampling),
    }


def _check_range(field: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InvalidInput(
            _("This should be a number from %(low)s to %(high)s.") % {"low": low, "high": high},
            field=field,
            value=value,
        )
