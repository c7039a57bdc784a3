"""Models in an arena: blind votes in, standings, decided pairs and what carries them out.

A vote for "both bad" says nothing of who is better: it is left out of the ratings, and counted on
an axis of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.figures.figure import (
    ALL_TIES,
    CLUSTER_SANDWICH,
    NO_JUDGEMENTS,
    NOT_FOUND,
    NOT_TOLD_APART,
    Figure,
)
from alignment_core.agreement.figures.intervals import caution_of
from alignment_core.agreement.figures.setting_checks import check_level, check_seed
from alignment_core.agreement.figures.shares import clustered_share
from alignment_core.agreement.further.ballots import BOTH_BAD, TIE, Ballots, verdict_counts
from alignment_core.agreement.ratings.e_process import (
    ALPHA,
    PairDecision,
    decide_pairs,
    stakes_on_the_way,
    stand_among_all,
)
from alignment_core.agreement.ratings.fragility import fewest_votes_that_change_the_leader
from alignment_core.agreement.ratings.matches import NotConnectedError
from alignment_core.agreement.ratings.places import Places, places_of
from alignment_core.agreement.ratings.rating import Ratings, check_ties, rate_models
from alignment_core.agreement.tables.columns import IntArray


def arena_standings(
    ballots: Ballots,
    *,
    level: float = 0.95,
    alpha: float = ALPHA,
    ties: str = "rao_kupper",
    seed: int = 0,
) -> dict[str, Any]:
    """Contestants in order of strength, pairs with their decisions, and what the order hangs on.

    Args:
        ballots: all votes. level: of the intervals, in (0, 1). alpha: as `decide_pair`; among all
            pairs, as `stand_among_all`. ties: the model of them, as `rate_models`. seed: of the
            places.
    Returns: ready for JSON; docs/statistics/arena.md lists its keys.
    """
    check_level(level)
    check_ties(ties)
    check_seed(seed)
    arena = _Arena(ballots, level, ties)
    plain = arena.rated(())
    adjusted, used = arena.adjusted(plain)
    places = None if plain.ratings is None else places_of(plain.ratings, seed=seed)
    order = arena.order(plain)
    return {
        "undefined": plain.undefined,
        "groups": plain.groups,
        "ties": ties,
        "n_judgements": len(ballots.first),
        "n_prompts": len(np.unique(ballots.prompt)),
        "n_annotators": len(np.unique(ballots.annotator)),
        "n_ties": int((ballots.verdict == TIE).sum()),
        "n_both_bad": int((ballots.verdict == BOTH_BAD).sum()),
        "by_annotator": plain.ratings is not None and plain.ratings.by_annotator,
        "contestants": [arena.contestant(i, plain, adjusted, places) for i in order],
        "covariates": arena.covariates(adjusted, used),
        "fragility": arena.fragility(plain),
        "pairs": arena.pairs(plain, alpha),
    }


def strengths_alone(
    ballots: Ballots, *, level: float = 0.95, ties: str = "rao_kupper"
) -> dict[str, Any]:
    """As `arena_standings`, without what pairs decide: of some votes among others.

    To decide pairs by each of many parts of the votes would find winners by chance.
    """
    check_level(level)
    check_ties(ties)
    arena = _Arena(ballots, level, ties)
    rated = arena.rated(())
    nothing = _Rated(None, rated.undefined or NOT_TOLD_APART)
    return {
        "undefined": rated.undefined,
        "n_judgements": len(ballots.first),
        "n_prompts": len(np.unique(ballots.prompt)),
        "n_annotators": len(np.unique(ballots.annotator)),
        "contestants": [arena.contestant(i, rated, nothing, None) for i in arena.order(rated)],
    }


@dataclass(frozen=True, eq=False)
class _Rated:
    ratings: Ratings | None
    undefined: str | None = None
    groups: Sequence[Sequence[int]] = ()

    def place(self, contestant: int) -> int | None:
        """Where a contestant stands among those that are rated."""
        if self.ratings is None:
            return None
        found = np.flatnonzero(self.ratings.models == contestant)
        return int(found[0]) if found.size else None


@dataclass(frozen=True, eq=False)
class _Arena:
    ballots: Ballots
    level: float
    ties: str

    def rated(self, covariates: Sequence[int]) -> _Rated:
        if not (self.ballots.verdict != BOTH_BAD).any():
            return _Rated(None, NO_JUDGEMENTS)
        matches = self.ballots.matches(covariates)
        if not matches.has_decided:
            return _Rated(None, ALL_TIES)
        try:
            return _Rated(rate_models(matches, ties=self.ties, level=self.level))
        except NotConnectedError as error:
            return _Rated(None, error.reason, [[int(i) for i in group] for group in error.groups])
        except (ArithmeticError, np.linalg.LinAlgError):  # whatever a fit ends by, the rest stands
            return _Rated(None, NOT_TOLD_APART if covariates else NOT_FOUND)

    def adjusted(self, plain: _Rated) -> tuple[_Rated, list[int]]:
        """Ratings with each covariate that can be told apart beside those before it."""
        best, used = _Rated(None, plain.undefined or NOT_TOLD_APART), list[int]()
        if plain.ratings is None:
            return best, used
        for covariate in range(len(self.ballots.covariate_names)):
            rated = self.rated([*used, covariate])
            if rated.ratings is not None:
                best, used = rated, [*used, covariate]
        return best, used

    def order(self, rated: _Rated) -> list[int]:
        """Positions of all contestants, the strongest first, those without a strength last."""
        strength = np.full(len(self.ballots.names), -np.inf)
        if rated.ratings is not None:
            strength[rated.ratings.models.astype(np.int64)] = rated.ratings.strength
        order: list[int] = np.argsort(-strength, kind="stable").tolist()
        return order

    def contestant(
        self, contestant: int, plain: _Rated, adjusted: _Rated, places: Places | None
    ) -> dict[str, Any]:
        b = self.ballots
        own = np.flatnonzero((b.first == contestant) | (b.second == contestant))
        place = plain.place(contestant)
        sure = places if place is not None else None
        return {
            "contestant": contestant,
            "name": b.names[contestant],
            **verdict_counts(b.seen_by(contestant, own)),
            "strength": self.strength(contestant, plain, own).to_dict(),
            "adjusted": self.strength(contestant, adjusted, own).to_dict(),
            "both_bad": clustered_share(
                b.verdict[own] == BOTH_BAD,
                b.prompt[own],
                b.prompt[own],
                level=self.level,
                reason=NO_JUDGEMENTS,
            ).to_dict(),
            "probability_best": sure and float(sure.probability_best[place]),
            "places": sure and [int(sure.best[place]), int(sure.worst[place])],
        }

    def strength(self, contestant: int, rated: _Rated, own: IntArray) -> Figure:
        place = rated.place(contestant)
        if rated.ratings is None or place is None:
            return self._figure(None, None, own, rated.undefined or NO_JUDGEMENTS, None)
        ratings = rated.ratings
        ends = float(ratings.low[place]), float(ratings.high[place])
        return self._figure(
            float(ratings.strength[place]), ends, own, None, ratings.interval_undefined
        )

    def covariates(self, rated: _Rated, used: Sequence[int]) -> list[dict[str, Any]]:
        """How far each covariate moves the log-odds of being preferred."""
        everything = np.arange(len(self.ballots.first))
        found = []
        for i, name in enumerate(self.ballots.covariate_names):
            figure = self._figure(None, None, everything, rated.undefined or NOT_TOLD_APART, None)
            if rated.ratings is not None and i in used:
                value, error = rated.ratings.covariates[used.index(i)]
                half = rated.ratings.quantile * error
                why = rated.ratings.interval_undefined
                figure = self._figure(value, (value - half, value + half), everything, None, why)
            found.append({"name": name, "effect": figure.to_dict()})
        return found

    def fragility(self, rated: _Rated) -> dict[str, Any] | None:
        if rated.ratings is None:
            return None
        matches = self.ballots.matches()
        found = fewest_votes_that_change_the_leader(matches, ties=self.ties)
        if found is None:
            return None
        return {
            "leader": int(matches.models[found.leader]),
            "challenger": int(matches.models[found.challenger]),
            "n_votes": found.n_votes,
            "of_votes": len(matches.first),
        }

    def pairs(self, rated: _Rated, alpha: float) -> list[dict[str, Any]]:
        """Every two contestants, those that met most first."""
        n = len(self.ballots.names)
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
        pairs.sort(key=lambda pair: -len(self.ballots.meeting(*pair)))
        votes = [self.ballots.first_decisive(*pair) for pair in pairs]
        decisions = decide_pairs(votes, alpha=alpha)
        stands = stand_among_all([one.e_value for one in decisions], alpha=alpha).tolist()
        return [
            {**self.pair(pair, rated, decision, stood), "stakes": _curve(won)}
            for pair, won, decision, stood in zip(pairs, votes, decisions, stands, strict=True)
        ]

    def pair(
        self, pair: tuple[int, int], rated: _Rated, decision: PairDecision, stood: bool
    ) -> dict[str, Any]:
        own = self.ballots.meeting(*pair)
        winner = None if decision.winner is None else pair[decision.winner]
        return {
            "first": pair[0],
            "second": pair[1],
            **verdict_counts(self.ballots.seen_by(pair[0], own)),
            "decision": {**asdict(decision), "winner": winner},
            "stands_among_all": stood,
            "difference": self.difference(*pair, rated, own).to_dict(),
        }

    def difference(self, i: int, j: int, rated: _Rated, own: IntArray) -> Figure:
        first, second = rated.place(i), rated.place(j)
        if rated.ratings is None or first is None or second is None:
            return self._figure(None, None, own, rated.undefined or NO_JUDGEMENTS, None)
        value, low, high = rated.ratings.difference(first, second)
        return self._figure(value, (low, high), own, None, rated.ratings.interval_undefined)

    def _figure(
        self,
        value: float | None,
        ends: tuple[float, float] | None,
        own: IntArray,
        undefined: str | None,
        interval_undefined: str | None,
    ) -> Figure:
        has_interval = ends is not None and interval_undefined is None
        n_prompts = len(np.unique(self.ballots.prompt))
        return Figure(
            value=value,
            low=ends[0] if ends is not None and has_interval else None,
            high=ends[1] if ends is not None and has_interval else None,
            level=self.level,
            n_comparisons=len(np.unique(self.ballots.prompt[own])),
            n_judgements=len(own),
            n_pairs=0,
            prevalence={},
            undefined=undefined,
            interval_undefined=interval_undefined,
            method=CLUSTER_SANDWICH,
            caution=caution_of(n_prompts) if has_interval else None,
        )


def _curve(first_won: npt.NDArray[np.bool_]) -> list[list[float]]:
    """Stakes on the way, as exactly as a picture needs them."""
    return [[n, float(f"{stake:.5g}")] for n, stake in stakes_on_the_way(first_won)]
