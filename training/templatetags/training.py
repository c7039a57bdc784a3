"""Tags of the training pages: shares with their interval, times, digests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import template
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from training.contrast.sentences import two_in_words
from training.models.stored_document import NOT_WHOLE
from training.reports.alarms import alarm_in_words
from training.reports.charts import short_number
from training.reports.evaluation_figures import more_figures
from training.runs.estimates import Estimate
from training.words.alarm_advice import WHAT_TO_DO
from training.words.preflight import reason_in_words, warning_in_words
from training.words.signed import signed

register = template.Library()

# What the library says of a figure that it cannot compute; listed so that it is translated.
UNDEFINED = (
    gettext_noop("because there is no held-out pair with a preference"),
    gettext_noop("because no held-out data was given"),
    NOT_WHOLE,
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
    ends = {name: figure[name] for name in ("value", "low", "high", "level")}
    return {
        "label": label,
        **{name: None if end is None else percent(end) for name, end in ends.items()},
        "count": n_pairs,
        "count_label": ngettext("pair", "pairs", n_pairs),
        "word": word,
    }


register.simple_tag(more_figures)
register.filter(alarm_in_words)
register.filter(warning_in_words)
register.filter(reason_in_words)
register.filter(two_in_words)


# What a worker is about, by the name of its state: tone, icon, word.
WORKER_STATES = {
    "idle": ("good", "check", _("ready")),
    "busy": ("busy", "running", _("busy")),
    "draining": ("warn", "pause", _("busy, then no more")),
    "drained": ("warn", "pause", _("drained")),
    "gone": ("bad", "error", _("no longer heard of")),
}


@register.inclusion_tag("_chip.html")
def worker_chip(state: str) -> dict[str, Any]:
    tone, icon, word = WORKER_STATES[state]
    return {"tone": tone, "icon": icon, "word": word}


@register.filter
def device_in_words(device: dict[str, Any]) -> str:
    """A device with its memory, where that is known."""
    name = device.get("name", "")
    if device.get("cores"):
        name = ngettext("%(n)d core", "%(n)d cores", device["cores"]) % {"n": device["cores"]}
    memory = device.get("memory_mib")
    return f"{name}, {memory / 1024:.1f} GiB" if memory else str(name)


@register.filter
def what_to_do(alarm: dict[str, Any]) -> str:
    """Empty for an alarm of a later library."""
    return str(WHAT_TO_DO.get(alarm.get("name", ""), ""))


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
    if not figure or figure.get("value") is None:
        return "–"
    ends = {name: figure.get(name) for name in ("value", "low", "high")}
    words = {name: "–" if end is None else percent(end) for name, end in ends.items()}
    return gettext("%(value)s (%(low)s – %(high)s), n = %(n)d") % {**words, "n": figure["n"]}


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
        name: signed(100 * shared[key])
        for name, key in (("value", "difference"), ("low", "low"), ("high", "high"))
    }


@register.filter
def behind_in_points(shared: dict[str, Any]) -> str:
    """By how much it differs from the first, which the difference is taken of."""
    return difference_in_words(_turned(shared))


@register.filter
def behind_in_values(shared: dict[str, Any]) -> str:
    """The same in the unit of the figure."""
    turned = _turned(shared)
    return gettext("%(value)s (%(low)s to %(high)s)") % {
        "value": short_number(turned["difference"]),
        "low": short_number(turned["low"]),
        "high": short_number(turned["high"]),
    }


def _turned(shared: dict[str, Any]) -> dict[str, Any]:
    return {"difference": -shared["difference"], "low": -shared["high"], "high": -shared["low"]}


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
def duration_in_words(lasted: timedelta | None) -> str:
    """How long something took, by its two largest units; a dash where that is not known."""
    if lasted is None:
        return "–"
    minutes, seconds = divmod(max(0, round(lasted.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    return gettext("%(seconds)d s") % {"seconds": seconds}


@register.filter
def memory_in_words(mib: float | None) -> str:
    if mib is None:
        return "–"
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"


@register.filter
def seconds_in_words(seconds: float | None) -> str:
    return duration_in_words(None if seconds is None else timedelta(seconds=seconds))


@register.filter
def time_in_words(estimate: Estimate) -> str:
    """A time with its range and what it rests on, or why there is none."""
    if estimate.seconds is None:
        return gettext("not known until a run has ended well on this worker")
    time = seconds_in_words(estimate.seconds)
    runs = ngettext("from %(n)d earlier run", "from %(n)d earlier runs", estimate.n_runs) % {
        "n": estimate.n_runs
    }
    if estimate.low is None or estimate.high is None:
        return gettext("about %(time)s (%(runs)s; how far off is not known yet)") % {
            "time": time,
            "runs": runs,
        }
    return gettext("about %(time)s (%(low)s to %(high)s, %(runs)s)") % {
        "time": time,
        "low": seconds_in_words(estimate.low),
        "high": seconds_in_words(estimate.high),
        "runs": runs,
    }


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
