"""A pair's stake over its decisive votes: a picture that the server draws, and its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from django.utils.translation import gettext as _

from annotate.agreement.plain_text import rounded, whole

DECIDES = 20.0  # a stake of so much decides a pair
LEFT, RIGHT, TOP, BOTTOM = 36, 330, 10, 126  # of the field, in a picture of 340 by 150
FEWEST_VOTES = 10  # that the field is wide
LOWEST, HIGHEST = 1e-3, 1e4  # stakes that are told apart in it
MOST_ROWS = 16  # of the table


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line across the field, and what stands beside it; `decides` is the one to reach."""

    at: str
    word: str
    decides: bool = False


@dataclass(frozen=True, kw_only=True)
class EvidenceCurve:
    """line: the path. end: where it is now. decided: where it first reached the line, or none."""

    line: str
    end: tuple[str, str]
    decided: tuple[str, str] | None
    stakes: Sequence[Tick]
    votes: Sequence[Tick]
    rows: Sequence[tuple[str, str]]


def evidence_curve(
    stakes: Sequence[tuple[int, float]], *, decided_after: int | None
) -> EvidenceCurve:
    """Of the stakes after 0 votes to all of them, as `stakes_on_the_way` has them."""
    field = _Field.of(stakes)
    points = [field.point(n, stake) for n, stake in stakes]
    by_votes = dict(zip((n for n, _stake in stakes), points, strict=True))
    most = field.most_votes
    return EvidenceCurve(
        line="M" + "L".join(f"{x} {y}" for x, y in points),
        end=points[-1],
        decided=None if decided_after is None else by_votes.get(decided_after),
        stakes=[
            Tick(at=field.point(0, stake)[1], word=whole(round(stake)), decides=stake == DECIDES)
            for stake in (1.0, DECIDES)
        ],
        votes=[Tick(at=field.point(n, 1)[0], word=whole(n)) for n in (0, most // 2, most)],
        rows=[(whole(n), stake_in_words(stake)) for n, stake in _few(stakes, decided_after)],
    )


def stake_in_words(stake: float) -> str:
    if stake >= 1000:
        return _("over %(number)s") % {"number": whole(1000)}
    return rounded(stake, 0 if stake >= 10 else 2)


@dataclass(frozen=True)
class _Field:
    """Votes run to the right, logarithms of stakes upwards."""

    most_votes: int
    low: float
    high: float

    @classmethod
    def of(cls, stakes: Sequence[tuple[int, float]]) -> "_Field":
        values = [stake for _n, stake in stakes]
        return cls(
            max(FEWEST_VOTES, stakes[-1][0]),
            log(max(LOWEST, min([0.5, *values]))),
            log(min(HIGHEST, max([2 * DECIDES, *values]))),
        )

    def point(self, n: int, stake: float) -> tuple[str, str]:
        height = log(max(stake, LOWEST / 10))
        share = (min(max(height, self.low), self.high) - self.low) / (self.high - self.low)
        x = LEFT + (RIGHT - LEFT) * n / self.most_votes
        return f"{x:.1f}", f"{BOTTOM - (BOTTOM - TOP) * share:.1f}"


def _few(stakes: Sequence[tuple[int, float]], decided_after: int | None) -> list[tuple[int, float]]:
    """As many as a table may have: evenly, with the first, the last and the deciding one."""
    step = max(1, -(-len(stakes) // MOST_ROWS))
    last = len(stakes) - 1
    return [
        (n, stake)
        for i, (n, stake) in enumerate(stakes)
        if i % step == 0 or i == last or n == decided_after
    ]
