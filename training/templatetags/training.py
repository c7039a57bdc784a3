"""Tags of the training pages: shares with their interval, times, digests."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from training.contrast.sentences import two_in_words
from training.reports.alarms import alarm_in_words
from training.reports.charts import short_number
from training.reports.evaluation_figures import more_figures
from training.words.preflight import reason_in_words, warning_in_words

register = template.Library()

# What the library says of a figure that it cannot compute; listed so that it is translated.
UNDEFINED = (
    gettext_noop("because there is no held-out pair with a preference"),
    gettext_noop("because no held-out data was given"),
    gettext_noop("because no held-out comparison has two or more votes"),
    gettext_noop("because the method learns from rewards of its own samples, not from pairs"),
)
# The library names phases; here they are put into the reader's language.
PHASES = {
    "prepare": _("preparing"),
    "reference": _("reading the reference"),
    "train": _("training"),
    "eval": _("measuring"),
    "evaluate": _("measuring"),
    "sample": _("writing answers"),
    "rollout": _("writing answers"),
}


@register.inclusion_tag("_figure.html")
def share_figure(label: str, figure: dict[str, Any] | None, word: str = "") -> dict[str, Any]:
    """A share with its interval and count, or why it is undefined."""
    figure = figure or {"undefined": gettext("because it was not measured")}
    if "undefined" in figure:
        return {"label": label, "undefined": gettext(figure["undefined"])}
    n_pairs = figure["n"]
    return {
        "label": label,
        "value": percent(figure["value"]),
        "low": percent(figure["low"]),
        "high": percent(figure["high"]),
        "level": percent(figure["level"]),
        "count": n_pairs,
        "count_label": ngettext("pair", "pairs", n_pairs),
        "word": word,
    }


register.simple_tag(more_figures)
register.filter(alarm_in_words)
register.filter(warning_in_words)
register.filter(reason_in_words)
register.filter(two_in_words)


@register.filter
def percent(share: float) -> str:
    return gettext("%(number)s %%") % {"number": f"{100 * share:.0f}"}


@register.filter
def phase_word(phase: str) -> str:
    """What a run is doing; an unknown phase shows as its name."""
    return str(PHASES.get(phase, phase))


@register.filter
def share_in_words(figure: dict[str, Any] | None) -> str:
    """A share on one line of a table: value, interval, count; a dash where there is none."""
    if not figure or "undefined" in figure:
        return "–"
    return gettext("%(value)s (%(low)s – %(high)s), n = %(n)d") % {
        **{name: percent(figure[name]) for name in ("value", "low", "high")},
        "n": figure["n"],
    }


@register.filter
def figure_in_words(figure: dict[str, Any] | None) -> str:
    """A figure that is no share on one line of a table: value, interval, count."""
    if not figure or figure.get("value") is None:
        return "–"
    ends = {name: figure.get(name) for name in ("value", "low", "high")}
    words = {name: "–" if end is None else short_number(end) for name, end in ends.items()}
    return gettext("%(value)s (%(low)s – %(high)s), n = %(n)d") % {**words, "n": figure["n"]}


@register.filter
def difference_in_words(shared: dict[str, Any]) -> str:
    """A difference of two shares in percentage points, with its sign and interval."""
    return gettext("%(value)s points (%(low)s to %(high)s)") % {
        name: f"{100 * shared[key]:+.0f}".replace("-", "\u2212")
        for name, key in (("value", "difference"), ("low", "low"), ("high", "high"))
    }


@register.filter
def time_left(seconds: float | None) -> str:
    """A rough time in words; empty where it is unknown."""
    if seconds is None:
        return ""
    if seconds < 60:
        return gettext("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {
            "n": minutes
        }
    hours = round(minutes / 60)
    return ngettext("about %(n)d hour left", "about %(n)d hours left", hours) % {"n": hours}


@register.filter
def short_digest(digest: str) -> str:
    return digest[:12]


@register.filter
def number(value: Any) -> str:
    """A reward or a score with three digits behind the point."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


@register.filter
def plain(value: Any) -> str:
    """A stored setting as people write it: no brackets, no None."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(plain(entry) for entry in value) or "–"
    if isinstance(value, dict):  # such as one of several rewards
        return " ".join(f"{name}={plain(entry)}" for name, entry in value.items())
    return "–" if value is None else str(value)


@register.filter
def counted(value: float | None) -> str:
    """A large whole number in groups of three; a dash where it is unknown."""
    return "–" if value is None else f"{value:,.0f}"


@register.filter
def spent_time(seconds: float | None) -> str:
    """How long something took, such as 42 s, 3 min 20 s or 5 h 12 min."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.3g}" if whole < 10 else whole}
    if whole < 3600:
        return gettext("%(minutes)d min %(seconds)d s") % {
            "minutes": whole // 60,
            "seconds": whole % 60,
        }
    return gettext("%(hours)d h %(minutes)d min") % {
        "hours": whole // 3600,
        "minutes": whole % 3600 // 60,
    }


@register.filter
def with_rows(values: Sequence[Any], rows: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each value beside the row that it is of."""
    return list(zip(rows, values, strict=True))
