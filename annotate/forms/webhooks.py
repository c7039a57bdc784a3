"""A webhook, as leads write it down; its address and secret are never shown again."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotate.models import Webhook, WebhookFormat
from annotate.notices.notice_rules.known_rules import TOLD_CHOICES

UNSEEN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    format = forms.ChoiceField(label=_("Format"), choices=WebhookFormat.choices)
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.PasswordInput(attrs=UNSEEN),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs=UNSEEN),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Of what"),
        choices=TOLD_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: of everything."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, given: Any = None, *, webhook: Webhook | None = None, language: str) -> None:
        super().__init__(given, initial=_as_written(webhook) if webhook else {"language": language})
        url, secret = self.fields["url"], self.fields["secret"]
        if webhook is None:
            url.help_text = _("As the service gives it. Kept encrypted, and never shown again.")
            secret.help_text = _(
                "Plain JSON: empty draws one, which is shown once. Feishu and DingTalk: the one "
                "that the bot shows, if it asks for signatures. Slack and Teams have none."
            )
        else:
            url.required = False
            url.help_text = _("Empty: the one that is kept (at %(host)s) stays.") % {
                "host": webhook.host
            }
            secret.help_text = (
                _("Empty: the one that is kept stays.")
                if webhook.secret_encrypted
                else _("None is kept.")
            )


def _as_written(webhook: Webhook) -> dict[str, Any]:
    return {
        name: getattr(webhook, name)
        for name in ("name", "format", "kinds", "language", "is_active")
    }
