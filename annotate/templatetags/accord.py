"""Tags of all pages: icons, progress bars, status chips, safe text."""

from datetime import date, datetime, time, tzinfo
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from annotate.access.permissions import leads_any
from annotate.demo.loader import language_of_replies
from annotate.exports.beside import names_beside
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.left_out_rows import in_words
from annotate.models import Export, Project
from annotate.templatetags.icons import PATHS
from annotate.text.markdown import Shown, render_markdown, show
from annotate.text.moments import (
    clock_in_words,
    day_in_words,
    elapsed_in_words,
    moment_elsewhere,
    moment_in_words,
)

register = template.Library()

BAR_WIDTH = 1000
STATES = {
    "queued": ("quiet", "clock", _("waiting")),
    "running": ("busy", "running", _("running")),
    "succeeded": ("good", "check", _("done")),
    "failed": ("bad", "error", _("failed")),
    "cancelled": ("warn", "stop", _("cancelled")),
    "waiting": ("quiet", "clock", _("not begun")),  # for others before it
    "skipped": ("quiet", "skip", _("skipped")),
    "preparing": ("quiet", "clock", _("being prepared")),
    "open": ("busy", "running", _("being judged")),
    "closed": ("good", "check", _("closed")),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline picture that says nothing by itself: a word always stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        PATHS[name],
    )


@register.simple_tag
def htmx() -> SafeString:
    """The script for pages that poll; the judging screen does without it."""
    return format_html('<script src="{}" defer></script>', static("vendor/htmx-2.0.11.min.js"))


@register.filter
def export_name(format: str) -> str | Promise:
    """The words for a format that was exported; one that is gone since shows as its name."""
    chosen = EXPORT_FORMATS.get(format)
    return format if chosen is None else chosen.label


@register.filter
def beside_names(export: Export) -> list[str]:
    """The small files beside a finished export."""
    return names_beside(export)


@register.filter
def left_out_words(left_out: dict[str, int]) -> list[tuple[int, str | Promise]]:
    """How many rows an export left out, and why."""
    return in_words(left_out)


@register.filter
def moment(when: datetime | None) -> SafeString | str:
    """A point in time in the reader's time zone and language, and for machines."""
    return "" if when is None else _time(when, moment_in_words(when))


@register.filter
def moment_in(when: datetime | None, zone: tzinfo | None) -> SafeString | str:
    """The same in a zone that something has for its own, which is named."""
    if when is None:
        return ""
    words = moment_elsewhere(when, zone)
    return format_html(  # two of them: the line may break between
        '<time class="elsewhere" datetime="{}">{}</time>', _for_machines(when), words
    )


@register.filter
def day(when: date | None) -> SafeString | str:
    """The day alone."""
    if when is None:
        return ""
    shown = timezone.localtime(when).date() if isinstance(when, datetime) else when
    return format_html('<time datetime="{}">{}</time>', shown.isoformat(), day_in_words(shown))


@register.filter
def clock(when: datetime | time | None) -> SafeString | str:
    """The minute alone: of a time of day, or where the day stands beside it."""
    if isinstance(when, time):
        words = clock_in_words(when)
        return format_html('<time datetime="{}">{}</time>', words, words)
    return "" if when is None else _time(when, clock_in_words(when))


@register.filter
def elapsed(when: datetime) -> SafeString:
    """How long ago, such as "3 minutes"; exactly when, to whoever points at it or comes by key."""
    return format_html(
        '<time class="elapsed" datetime="{}" title="{}" tabindex="0">{}</time>',
        _for_machines(when),
        moment_in_words(when),
        elapsed_in_words(when),
    )


@register.filter
def markdown(text: str) -> SafeString:
    return render_markdown(text)


@register.filter
def shown(text: str) -> Shown:
    """Markdown as HTML, and whether the source has more to show."""
    return show(text)


@register.filter
def message_text(message: dict[str, Any]) -> str:
    """The words of a chat message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n\n".join(part.get("text") or "" for part in content if isinstance(part, dict))


@register.inclusion_tag("_progress.html")
def progress_bar(done: int, total: int, label: str, simulated: int = 0) -> dict[str, object]:
    """A bar of `done` in `total`; `simulated` of the done ones are hatched apart."""
    share = min(done / total, 1) if total else 0
    return {
        "label": label,
        "percent": round(100 * share),
        "done_width": str(round(BAR_WIDTH * share)),  # text: a locale would group the digits
        "simulated_width": str(round(BAR_WIDTH * min(simulated / total, share))) if total else "0",
    }


@register.inclusion_tag("_chip.html")
def state_chip(state: str) -> dict[str, object]:
    """Where long work stands, in colour, icon and word; an unknown state shows as its name."""
    tone, name, word = STATES.get(state, ("quiet", "stop", state))
    return {"tone": tone, "icon": name, "word": word}


register.simple_tag(leads_any)


@register.inclusion_tag("_navigation.html", takes_context=True)
def navigation(context: template.Context, *, is_lead: bool) -> dict[str, object]:
    """The links of the header that this user may follow; `is_lead` of any project."""
    request = context.get("request")
    return {
        "path": request.path if request else "",
        "is_admin": context["user"].is_site_admin,
        "training_url": _url("training:index") if is_lead else "",
    }


@register.simple_tag
def trial_url(project: Project) -> str:
    """Where a small model follows one's votes; empty in projects that are no such demonstration."""
    return "" if language_of_replies(project) is None else _url("training:trial", project.slug)


def _time(when: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', _for_machines(when), words)


def _for_machines(when: datetime) -> str:
    return timezone.localtime(when).isoformat(timespec="seconds")


def _url(name: str, *arguments: str) -> str:
    """Empty where the training app is not installed."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
