"""What a protocol costs people in seconds, by those who have judged under it here.

Only people count, and only where enough of them judged that nobody's own pace can be read off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from alignment_core.agreement import clustered_median
from annotate.judging.answers import MOST_SECONDS
from annotate.models import AnnotatorKind, Judgement, Protocol

FEWEST_JUDGEMENTS = 20
FEWEST_PEOPLE = 3
NEWEST = 2_000  # judgements that are looked at, of one version or of those that ask the same
MOST_PROTOCOLS = 10  # of the installation that ask the same: the newest


@dataclass(frozen=True)
class Pace:
    """The median of seconds on the screen; None where too few judged. low, high: at 95 %, or None
    where too few people did for an interval."""

    n_judgements: int
    n_people: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


Timed = tuple[int, float]  # whose, seconds


def pace_under(protocol: Protocol) -> Pace:
    """Of one version of one project."""
    later = protocol.project.protocols.filter(version=protocol.version + 1).first()
    return _pace(_timed(protocol, later))


def paces_of(declarations: Sequence[Mapping[str, Any]]) -> list[Pace]:
    """Of all versions of all projects here that ask just the one thing, for each of these."""
    following: dict[tuple[int, int], Protocol] = {}
    alike: list[list[tuple[Protocol, Protocol | None]]] = [[] for _one in declarations]
    for protocol in Protocol.objects.order_by("-pk"):
        following[protocol.project_id, protocol.version] = protocol
        later = following.get((protocol.project_id, protocol.version + 1))
        for found, declaration in zip(alike, declarations, strict=True):
            if protocol.declaration == declaration and len(found) < MOST_PROTOCOLS:
                found.append((protocol, later))
    return [
        _pace(one for pair in found for one in _timed(*pair, most=NEWEST // len(found)))
        for found in alike
    ]


def _timed(protocol: Protocol, later: Protocol | None, *, most: int = NEWEST) -> Iterable[Timed]:
    """The newest, found by the time in which a version was answered: no index knows versions."""
    judgements = Judgement.objects.filter(
        project=protocol.project_id,
        protocol_version=protocol.version,
        annotator__kind=AnnotatorKind.PERSON,
        withdrawn_at=None,
        seconds__isnull=False,
    )
    if protocol.version > 1:  # the first may be younger than what it was made for
        judgements = judgements.filter(judged_at__gte=protocol.made_at)
    if later is not None:  # what was on a screen then was still answered under the version before
        judgements = judgements.filter(
            judged_at__lt=later.made_at + timedelta(seconds=MOST_SECONDS)
        )
    newest = judgements.order_by("-judged_at").values_list("annotator_id", "seconds")[:most]
    return [(person, seconds) for person, seconds in newest if seconds is not None]


def _pace(timed: Iterable[Timed]) -> Pace:
    timed = list(timed)
    people = [person for person, _seconds in timed]
    n, n_people = len(timed), len(set(people))
    if n < FEWEST_JUDGEMENTS or n_people < FEWEST_PEOPLE:
        return Pace(n, n_people)
    median, interval = clustered_median([seconds for _person, seconds in timed], people)
    return Pace(n, n_people, median, interval.low, interval.high)
