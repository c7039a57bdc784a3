"""An endpoint, as people write it down: prices for a million tokens, money with its point."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.endpoints.money import amount_of, per_million, price_of, value_of
from annotate.models import Endpoint

MOST_MONEY = Decimal(10**6)


def _number(most: int, *, required: bool, **words: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=most, required=required, **words)


def money_field(*, places: int, **words: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=0,
        max_value=MOST_MONEY,
        max_digits=7 + places,
        decimal_places=places,
        widget=forms.NumberInput(attrs={"step": "any"}),
        **words,
    )


class EndpointForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    base_url = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("What stands before /chat/completions, such as https://api.example.org/v1."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    model_names = forms.CharField(
        label=_("Models"),
        help_text=_("Their names as the server has them, one in each line."),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )
    key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=1000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_key = forms.BooleanField(label=_("Forget the key"), required=False)
    length_field = forms.ChoiceField(
        label=_("What the greatest length is called"),
        choices=Endpoint._meta.get_field("length_field").choices or [],
        help_text=_("Newer models of OpenAI know it as max_completion_tokens only."),
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="USD")
    price_in = money_field(
        label=_("Price of a million tokens read"), places=3, required=False, initial=0
    )
    price_out = money_field(
        label=_("Price of a million tokens written"),
        places=3,
        required=False,
        initial=0,
        help_text=_("Without prices nothing counts against limits of cost."),
    )
    monthly_limit = money_field(
        label=_("Most that a month may cost"),
        places=2,
        required=False,
        help_text=_("Over all projects. The call that might exceed it is not made."),
    )
    requests_per_minute = _number(10**9, required=False, label=_("Requests a minute"))
    tokens_per_minute = _number(10**9, required=False, label=_("Tokens a minute"))
    most_at_once = _number(64, required=True, label=_("Requests at once"), initial=4)
    timeout_seconds = _number(600, required=True, label=_("Seconds for an answer"), initial=120)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, given: Any = None, *, endpoint: Endpoint | None = None) -> None:
        super().__init__(given, initial=_as_written(endpoint) if endpoint else None)
        key = self.fields["key"]
        if endpoint is None or not endpoint.key_encrypted:
            del self.fields["forget_key"]
            key.help_text = _("Kept encrypted, and never shown again. Empty: it needs none.")
        else:
            key.help_text = _("Empty: the one that is kept (…%(end)s) stays.") % {
                "end": endpoint.key_tail
            }

    def clean_model_names(self) -> list[str]:
        lines = self.cleaned_data["model_names"].splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def values(self) -> dict[str, Any]:
        """What a valid form says, as the services take it."""
        given = dict(self.cleaned_data)
        limit = given["monthly_limit"]
        return {
            **given,
            "price_in": price_of(given["price_in"] or Decimal(0)),
            "price_out": price_of(given["price_out"] or Decimal(0)),
            "monthly_limit": None if limit is None else amount_of(limit),
        }


def _as_written(endpoint: Endpoint) -> dict[str, Any]:
    limit = endpoint.monthly_limit
    return {
        **{name: getattr(endpoint, name) for name in EndpointForm.base_fields if name in _PLAIN},
        "model_names": "\n".join(endpoint.model_names),
        "price_in": _trimmed(per_million(endpoint.price_in)),
        "price_out": _trimmed(per_million(endpoint.price_out)),
        "monthly_limit": None if limit is None else _trimmed(value_of(limit)),
    }


_PLAIN = {
    *("name", "base_url", "length_field", "currency", "requests_per_minute"),
    *("tokens_per_minute", "most_at_once", "timeout_seconds", "is_active"),
}


def _trimmed(value: Decimal) -> str:
    return f"{value.normalize():f}"
