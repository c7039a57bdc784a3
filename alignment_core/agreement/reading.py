"""Words for figures, as stable keys that whoever shows a figure translates, with their source.

A band is a convention of its authors and no property of the data; `limits` names the caveat to
show beside it. The ends of the interval are read too: a figure whose ends fall into different
bands does not settle the band.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from alignment_core.agreement.figures.figure import Figure

Band = Callable[[float], str]

# Krippendorff 2004, Content Analysis, 2nd ed., p. 241: for conclusions drawn from the data.
KRIPPENDORFF = "krippendorff_2004"
# Landis & Koch 1977, Biometrics 33, p. 165: "clearly arbitrary", in their own words; for kappa.
LANDIS_KOCH = "landis_koch_1977"
# Raw agreement reported for language model preferences: Bai et al. 2022, arXiv:2204.05862 (63 %,
# researchers with crowdworkers) and Ouyang et al. 2022, arXiv:2203.02155 (73 to 77 %).
PREFERENCE_PRACTICE = "preference_practice_2022"
# Whether the interval leaves out one half, where no preference for a side lies.
EVEN_SIDES = "even_sides"
# Whether the interval leaves out one half, as many longer completions chosen as shorter.
EVEN_LENGTHS = "even_lengths"
# Whether the interval leaves out 0, where nothing changes over time.
NO_CHANGE = "no_change"
# Whether the interval leaves out what verdicts that ignore the answers would reach.
CHANCE_ACCURACY = "chance_accuracy"
# Whether the interval leaves out 0, the mean of the models that are rated together.
MEAN_OF_MODELS = "mean_of_models"
# Whether the interval leaves out 0, where two models are equally strong.
EQUAL_MODELS = "equal_models"
# Whether the interval leaves out 0, where the side shown plays no part.
NO_PULL = "no_pull"

PREFERENCE_USUAL_FROM, PREFERENCE_USUAL_TO = 0.63, 0.77

READING_KEYS = {
    KRIPPENDORFF: ("krippendorff_unreliable", "krippendorff_tentative", "krippendorff_reliable"),
    LANDIS_KOCH: (
        "landis_koch_poor",
        "landis_koch_slight",
        "landis_koch_fair",
        "landis_koch_moderate",
        "landis_koch_substantial",
        "landis_koch_almost_perfect",
    ),
    PREFERENCE_PRACTICE: (
        "preference_below_usual",
        "preference_usual",
        "preference_above_usual",
    ),
    EVEN_SIDES: ("position_right", "position_even", "position_left"),
    EVEN_LENGTHS: ("length_shorter", "length_even", "length_longer"),
    NO_CHANGE: ("drift_falls", "drift_none_shown", "drift_rises"),
    CHANCE_ACCURACY: ("reliability_below_chance", "reliability_unproven", "reliability_shown"),
    MEAN_OF_MODELS: ("rating_below_mean", "rating_none_shown", "rating_above_mean"),
    EQUAL_MODELS: ("models_second", "models_none_shown", "models_first"),
    NO_PULL: ("pull_right", "pull_none_shown", "pull_left"),
}


@dataclass(frozen=True)
class Reading:
    """key: the band of the value. low_key, high_key: those of the interval's ends, or None.

    source: a key of READING_KEYS; limits: the key of that source's caveat.
    """

    key: str
    low_key: str | None
    high_key: str | None
    source: str
    limits: str

    def to_dict(self) -> dict[str, str | None]:
        return asdict(self)


def read_alpha(figure: Figure) -> Reading | None:
    """Krippendorff's alpha: reliable from 0.8, for tentative conclusions from 0.667."""
    return _read(figure, _krippendorff_band, KRIPPENDORFF)


def read_kappa(figure: Figure) -> Reading | None:
    """A kappa or AC1: poor below 0, slight to 0.2, fair to 0.4, moderate to 0.6 and so on."""
    return _read(figure, _landis_koch_band, LANDIS_KOCH)


def read_percent(figure: Figure) -> Reading | None:
    """Raw agreement beside what is usual for preferences between two answers."""
    return _read(figure, _preference_band, PREFERENCE_PRACTICE)


def read_position(figure: Figure) -> Reading | None:
    """Share of left choices: a side is preferred where the interval leaves out one half."""
    return _read_against(figure, 0.5, EVEN_SIDES)


def read_length(figure: Figure) -> Reading | None:
    """Share of longer choices: a length is preferred where the interval leaves out one half."""
    return _read_against(figure, 0.5, EVEN_LENGTHS)


def read_drift(figure: Figure) -> Reading | None:
    """Change over time: shown where the interval leaves out 0."""
    return _read_against(figure, 0.0, NO_CHANGE)


def read_reliability(figure: Figure, chance: float) -> Reading | None:
    """Accuracy: shown where the interval lies above what verdicts that ignore the answers reach.

    Args: chance, in [0, 1], as `AnnotatorReliability.chance`.
    """
    return _read_against(figure, chance, CHANCE_ACCURACY)


def read_rating(figure: Figure) -> Reading | None:
    """Strength of a model: above or below the mean where the interval leaves it out."""
    return _read_against(figure, 0.0, MEAN_OF_MODELS)


def read_difference(figure: Figure) -> Reading | None:
    """Strength of one model less another's: one is stronger where the interval leaves out 0."""
    return _read_against(figure, 0.0, EQUAL_MODELS)


def read_pull(figure: Figure) -> Reading | None:
    """Pull of the left side, as log-odds: shown where the interval leaves out 0."""
    return _read_against(figure, 0.0, NO_PULL)


def with_reading(figure: Figure, read: Callable[[Figure], Reading | None]) -> dict[str, Any]:
    """A figure's fields and its reading, ready for JSON."""
    reading = read(figure)
    return {**figure.to_dict(), "reading": None if reading is None else reading.to_dict()}


def read_nothing(_figure: Figure) -> None:
    """No convention puts a word to it."""


def _read_against(figure: Figure, value: float, source: str) -> Reading | None:
    """Below, not told apart from, or above a value, by the interval alone."""
    if figure.low is None or figure.high is None:
        return None
    below, neither, above = READING_KEYS[source]
    key = above if figure.low > value else below if figure.high < value else neither
    return Reading(key, None, None, source, f"limits_{source}")


def _read(figure: Figure, band: Band, source: str) -> Reading | None:
    if figure.value is None:
        return None
    low, high = (None if end is None else band(end) for end in (figure.low, figure.high))
    return Reading(band(figure.value), low, high, source, f"limits_{source}")


def _krippendorff_band(value: float) -> str:
    unreliable, tentative, reliable = READING_KEYS[KRIPPENDORFF]
    return reliable if value >= 0.8 else tentative if value >= 0.667 else unreliable


def _landis_koch_band(value: float) -> str:
    poor, *bands = READING_KEYS[LANDIS_KOCH]
    if value < 0:
        return poor
    ends = (0.2, 0.4, 0.6, 0.8)
    return bands[sum(value > end for end in ends)]


def _preference_band(value: float) -> str:
    below, usual, above = READING_KEYS[PREFERENCE_PRACTICE]
    if value < PREFERENCE_USUAL_FROM:
        return below
    return usual if value <= PREFERENCE_USUAL_TO else above
