"""Tags of the training pages: shares with their interval, times, digests."""

from typing import Any

from django import template
from django.utils.translation import get_language, gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from training.evaluation_figures import more_figures

register = template.Library()

# What the library says of a figure that it cannot compute; listed so that it is translated.
UNDEFINED = (
    gettext_noop("because there is no held-out pair with a preference"),
    gettext_noop("because no held-out data was given"),
    gettext_noop("because no held-out comparison has two or more votes"),
    gettext_noop("because the method learns from rewards of its own samples, not from pairs"),
)
# The library names phases and alarms; here they are put into the reader's language.
PHASES = {
    "prepare": _("preparing"),
    "reference": _("reading the reference"),
    "train": _("training"),
    "eval": _("measuring"),
    "evaluate": _("measuring"),
    "sample": _("writing answers"),
}
ALARMS = {
    "accuracy_saturated": _(
        "Every pair was ranked right from the start; the learning rate may be too high, "
        "or the data too easy."
    ),
    "chosen_log_prob_falls": _(
        "The chosen completions have become much less likely than before training."
    ),
    "below_longer_wins": _(
        "Held-out accuracy is below what always taking the longer completion reaches."
    ),
    "reference_mismatch": _(
        "Policy and reference differed before anything was learnt: the reference may be another "
        "model."
    ),
    "margin_without_accuracy": _(
        "The held-out margin grew in the second half, but accuracy did not: the model grows surer, "
        "not better."
    ),
    "length_drifts": _(
        "Samples have become much longer or much shorter: the reward may pay for length, or for "
        "its lack."
    ),
    "equal_rewards": _(
        "For most prompts all samples earned the same, so nothing was learnt from them: the reward "
        "is too easy, too hard or too coarse, or the policy always says the same."
    ),
    "samples_ran_dry": _(
        "No prompt was left whose samples earn differently, so the run ended early."
    ),
    "kl_over_budget": _(
        "The policy is further from its reference than the budget allows: rewards gained that far "
        "away are often not real."
    ),
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


@register.filter
def percent(share: float) -> str:
    return gettext("%(number)s %%") % {"number": f"{100 * share:.0f}"}


@register.filter
def phase_word(phase: str) -> str:
    """What a run is doing; an unknown phase shows as its name."""
    return str(PHASES.get(phase, phase))


@register.filter
def alarm_sentence(alarm: dict[str, str]) -> str:
    """The library's own sentence holds the figures; it is English, so others read a translation."""
    if (get_language() or "").startswith("en"):
        return alarm["message"]
    return str(ALARMS.get(alarm["name"], alarm["message"]))


@register.filter
def share_in_words(figure: dict[str, Any] | None) -> str:
    """A share on one line of a table: value, interval; a dash where there is none."""
    if not figure or "undefined" in figure:
        return "–"
    return f"{percent(figure['value'])} ({percent(figure['low'])} – {percent(figure['high'])})"


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
        return ", ".join(str(entry) for entry in value) or "–"
    return "–" if value is None else str(value)
