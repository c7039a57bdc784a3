"""Models beside one another: who won how often, and strengths with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment_core.agreement.figures.figure import (
    ALL_TIES,
    CLUSTER_SANDWICH,
    MODELS_UNKNOWN,
    NO_JUDGEMENTS,
    NO_VARIATION,
    NOT_FOUND,
    NOT_TOLD_APART,
    ONE_MODEL,
    Figure,
)
from alignment_core.agreement.figures.intervals import Interval, caution_of
from alignment_core.agreement.figures.setting_checks import check_level
from alignment_core.agreement.figures.shares import clustered_share
from alignment_core.agreement.further.origins import Meetings, Origins, meetings_of
from alignment_core.agreement.ratings.matches import Matches, NotConnectedError
from alignment_core.agreement.ratings.rating import Ratings, check_ties, rate_models
from alignment_core.agreement.reading import (
    read_difference,
    read_nothing,
    read_rating,
    with_reading,
)
from alignment_core.agreement.tables.columns import FloatArray, IntArray, encode_keys
from alignment_core.agreement.tables.table import JudgementTable

MOST_PAIRS = 200  # that are listed, those that met most


def rated_models(
    table: JudgementTable,
    origins: Origins,
    *,
    level: float = 0.95,
    verdicts: Sequence[str] = ("first", "second", "tie"),
    ties: str = "rao_kupper",
) -> dict[str, Any]:
    """How often each model won, lost and tied, and its strength by a model that knows ties.

    Args:
        table: judgements; where verdicts decided how many there are, those that
            `without_selected` keeps. origins: of its comparisons.
        level: of the intervals, in (0, 1).
        verdicts: the categories that mean the first is better, the second is, and a tie.
        ties: the model of them, as `rate_models`.
    Returns: ready for JSON; docs/statistics/further.md lists its keys. Strengths have mean 0 and
        intervals robust to judgements of one prompt being alike.
    Raises: ValueError if a setting or the origins are not as stated.
    """
    check_level(level)
    check_ties(ties)
    met = meetings_of(table, origins, verdicts)
    prompt = _prompts(table, met)
    section = _Section(met, origins, prompt, len(np.unique(prompt)), level, ties)
    rated = section.rated(_why_nothing(table, met))
    at_equal_length = section.rated(rated.undefined, at_equal_length=True)
    places = met.models.tolist()
    return {
        "undefined": rated.undefined,
        "ties": ties,
        "groups": rated.groups,
        "n_judgements": len(met.score),
        "n_prompts": section.n_prompts,
        "left_out": met.left_out,
        "n_ties": int((met.score == 0.5).sum()),
        "tie_width": None if rated.ratings is None else _first(rated.ratings.tie),
        "length": with_reading(section.of_length(at_equal_length), read_nothing),
        "models": [section.model(i, rated, at_equal_length) for i in places],
        "pairs": section.pairs(rated),
    }


@dataclass(frozen=True, eq=False)
class _Rated:
    """Ratings, or why there are none; `place` of each model among those that are rated."""

    ratings: Ratings | None
    place: dict[int, int]
    undefined: str | None
    groups: list[list[str]]


@dataclass(frozen=True, eq=False)
class _Section:
    met: Meetings
    origins: Origins
    prompt: IntArray
    n_prompts: int
    level: float
    ties: str

    def rated(self, nothing: str | None, *, at_equal_length: bool = False) -> _Rated:
        lengths = self.origins.length_difference
        if nothing is not None:
            return _Rated(None, {}, nothing, [])
        if at_equal_length and lengths is None:
            return _Rated(None, {}, NOT_TOLD_APART, [])
        covariate = (
            lengths[self.met.comparison] if at_equal_length and lengths is not None else None
        )
        matches = Matches.from_arrays(
            self.met.first,
            self.met.second,
            self.met.score,
            prompt=self.prompt,
            covariate=covariate,
        )
        try:
            ratings = rate_models(matches, ties=self.ties, level=self.level)
        except NotConnectedError as error:
            groups = [[self.origins.names[i] for i in group] for group in error.groups]
            return _Rated(None, {}, error.reason, groups)
        except (ArithmeticError, np.linalg.LinAlgError):  # whatever a fit ends by, the rest stands
            return _Rated(None, {}, NOT_TOLD_APART if at_equal_length else NOT_FOUND, [])
        place = {int(model): i for i, model in enumerate(ratings.models.tolist())}
        return _Rated(ratings, place, None, [])

    def of_length(self, rated: _Rated) -> Figure:
        """How much a unit more of length adds to the log-odds of being preferred."""
        everything = np.arange(len(self.met.score))
        if rated.ratings is None or not rated.ratings.covariates:
            return self._figure(None, None, everything, rated.undefined)
        ((value, error),) = rated.ratings.covariates
        return self._figure(value, self._around(value, error, rated), everything, None)

    def model(self, model: int, rated: _Rated, at_equal_length: _Rated) -> dict[str, Any]:
        own = np.flatnonzero((self.met.first == model) | (self.met.second == model))
        score = self._score(model, own)
        met = np.unique([self.met.first[own], self.met.second[own]])
        return {
            "model": self.origins.names[model],
            **_counted(score),
            "n_opponents": len(met) - 1,
            "share_of_decided": with_reading(self._share(own, score), read_nothing),
            "strength": with_reading(self._strength(model, rated, own), read_rating),
            "strength_at_equal_length": with_reading(
                self._strength(model, at_equal_length, own), read_rating
            ),
        }

    def pairs(self, rated: _Rated) -> list[dict[str, Any]]:
        """Models that met, those that met most first."""
        low = np.minimum(self.met.first, self.met.second)
        high = np.maximum(self.met.first, self.met.second)
        n = len(self.origins.names)
        codes, entry, size = np.unique(low * n + high, return_inverse=True, return_counts=True)
        by_pair = np.split(np.argsort(entry, kind="stable"), np.cumsum(size)[:-1])
        order = np.argsort(-size, kind="stable")[:MOST_PAIRS]
        return [self._pair(*divmod(int(codes[i]), n), by_pair[i], rated) for i in order]

    def _pair(self, first: int, second: int, own: IntArray, rated: _Rated) -> dict[str, Any]:
        score = self._score(first, own)
        return {
            "first": self.origins.names[first],
            "second": self.origins.names[second],
            **_counted(score),
            "share_of_decided": with_reading(self._share(own, score), read_nothing),
            "difference": with_reading(
                self._difference(first, second, own, rated), read_difference
            ),
        }

    def _score(self, model: int, own: IntArray) -> FloatArray:
        """Of a model, in judgements of its own."""
        score = self.met.score[own]
        found: FloatArray = np.where(self.met.first[own] == model, score, 1 - score)
        return found

    def _share(self, own: IntArray, score: FloatArray) -> Figure:
        decided = own[score != 0.5]
        return clustered_share(
            score[score != 0.5] == 1,
            self.prompt[decided],
            self.met.comparison[decided],
            level=self.level,
            reason=ALL_TIES,
        )

    def _strength(self, model: int, rated: _Rated, own: IntArray) -> Figure:
        if rated.ratings is None:
            return self._figure(None, None, own, rated.undefined)
        i = rated.place[model]
        value, error = float(rated.ratings.strength[i]), float(rated.ratings.error[i])
        return self._figure(value, self._around(value, error, rated), own, None)

    def _difference(self, first: int, second: int, own: IntArray, rated: _Rated) -> Figure:
        if rated.ratings is None:
            return self._figure(None, None, own, rated.undefined)
        value, low, high = rated.ratings.difference(rated.place[first], rated.place[second])
        return self._figure(value, _interval(low, high, rated.ratings), own, None)

    def _around(self, value: float, error: float, rated: _Rated) -> Interval:
        ratings = rated.ratings
        if ratings is None:
            return Interval(None, None, None)
        half = ratings.quantile * error
        return _interval(value - half, value + half, ratings)

    def _figure(
        self, value: float | None, interval: Interval | None, own: IntArray, undefined: str | None
    ) -> Figure:
        known = Interval(None, None, None) if interval is None else interval
        return Figure(
            value=value,
            low=known.low,
            high=known.high,
            level=self.level,
            n_comparisons=len(np.unique(self.met.comparison[own])),
            n_judgements=len(own),
            n_pairs=0,
            prevalence={},
            undefined=undefined,
            interval_undefined=known.undefined,
            method=CLUSTER_SANDWICH,
            caution=caution_of(self.n_prompts) if known.low is not None else None,
        )


def _why_nothing(table: JudgementTable, met: Meetings) -> str | None:
    if not table.n_judgements:
        return NO_JUDGEMENTS
    if (met.score != 0.5).any():
        return None
    if len(met.score) or met.left_out["other_verdict"]:
        return ALL_TIES
    return ONE_MODEL if met.left_out["same_model"] else MODELS_UNKNOWN


def _prompts(table: JudgementTable, met: Meetings) -> IntArray:
    """What belongs together: the prompt of each meeting, or else its comparison."""
    keys = table.comparisons if table.prompts is None else table.prompts
    _keys, place = encode_keys(keys)
    return place[met.comparison]


def _counted(score: FloatArray) -> dict[str, int]:
    return {
        "n_wins": int((score == 1).sum()),
        "n_ties": int((score == 0.5).sum()),
        "n_losses": int((score == 0).sum()),
    }


def _interval(low: float, high: float, ratings: Ratings) -> Interval:
    if ratings.interval_undefined is not None:
        return Interval(None, None, ratings.interval_undefined)
    if high - low < 1e-12:
        return Interval(None, None, NO_VARIATION)
    return Interval(low, high, None)


def _first(pair: tuple[float, float] | None) -> float | None:
    return None if pair is None else pair[0]
