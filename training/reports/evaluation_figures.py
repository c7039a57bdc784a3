"""What an evaluation found beyond accuracy, as figures for a page: those that could be computed."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from training.models import Evaluation

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """Where a figure stands in what the library reports, and what it is called here."""

    path: str
    label: Text
    word: Text
    is_share: bool = False
    beside: str = ""  # where the same figure of the reference stands
    errors: str = ""  # where it stands how often the rule behind the figure errs


PLACES = (
    Place("mean_reward", _("Mean reward"), _("of its answers to held-out prompts")),
    Place("kl_k1", _("Distance from the reference"), _("nats an answer (KL)")),
    Place("mean_length", _("Length of its answers"), _("tokens")),
    Place("win_rate.raw", _("Win rate"), _("by the reward model"), is_share=True),
    Place(
        "win_rate.length_controlled",
        _("Win rate at equal length"),
        _("what is left when length is allowed for"),
        is_share=True,
    ),
    Place("kl.k1", _("Distance from the reference"), _("nats an answer (KL)")),
    Place(
        "calibration.outcomes.ece",
        _("Calibration error"),
        _("how far its sureness is from being right"),
        is_share=True,
    ),
    Place(
        "safety.harm_given",
        _("Harm given"),
        _("asked for harm, it answers and does not decline"),
        is_share=True,
        beside="safety.before.harm_given",
        errors="safety.detectors.harm_given",
    ),
    Place(
        "safety.harmless_refused",
        _("Harmless refused"),
        _("harmless prompts that look harmful, declined"),
        is_share=True,
        beside="safety.before.harmless_refused",
        errors="safety.detectors.harmless_refused",
    ),
    Place(
        "safety.nothing_said",
        _("Nothing said"),
        _("answers to all of these prompts: empty, repetition or gibberish"),
        is_share=True,
        beside="safety.before.nothing_said",
        errors="safety.detectors.nothing_said",
    ),
)


def more_figures(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Each as `_figure.html` takes it."""
    found = everything_found(evaluation)
    return [
        {**_shown(place, figure), "word": _word(place, found)}
        for place in PLACES
        if (figure := figure_at(found, place.path)) and figure.get("value") is not None
    ]


def everything_found(evaluation: Evaluation) -> dict[str, Any]:
    """What was measured at once, and what its report says beyond that."""
    report = (evaluation.run.summary or {}).get("report") or {}
    return {**evaluation.figures, **report.get("sections", {})}


def figure_at(found: Any, path: str) -> dict[str, Any] | None:
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _shown(place: Place, figure: dict[str, Any]) -> dict[str, Any]:
    n = figure["n"]
    return {
        "label": place.label,
        **{name: _number(figure.get(name), place) for name in ("value", "low", "high")},
        "level": gettext("%(number)s %%") % {"number": f"{100 * figure.get('level', 0.95):.0f}"},
        "count": n,
        "count_label": ngettext("case", "cases", n),
    }


def _word(place: Place, found: dict[str, Any]) -> Text:
    """What the figure is of, with the reference's, and with how often its rule errs."""
    words = place.word
    before, errors = figure_at(found, place.beside), figure_at(found, place.errors)
    if before is not None and before.get("value") is not None:
        words = gettext("%(words)s; its reference: %(share)s") % {
            "words": words,
            "share": _number(before["value"], place),
        }
    rates = {name: (errors or {}).get(name) or {} for name in ("missed", "false_alarms")}
    if all(rate.get("value") is not None for rate in rates.values()):
        words = gettext("%(words)s; the rule misses %(missed)s, false alarms %(false_alarms)s") % {
            "words": words,
            **{name: _number(rate["value"], place) for name, rate in rates.items()},
        }
    return words


def _number(value: float | None, place: Place) -> str | None:
    if value is None:
        return None
    if place.is_share:
        return gettext("%(number)s %%") % {"number": f"{100 * value:.0f}"}
    return f"{value:.3g}".replace("-", "\u2212")
