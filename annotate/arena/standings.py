"""Where an arena's contestants stand: computed by a worker and stored, read by page and API."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from annotate.arena.counted_votes import CountedVotes, count_votes
from annotate.database.transactions import consistent_read
from annotate.models import Arena

SCHEMA = 2
REST = 20  # where judging never stops, standings take at most one part in so many of a worker
FEWEST_OF_TAG, MOST_TAGS = 30, 8
FEWEST_OF_COHORT = 10  # people: of fewer nothing is shown


def refresh_standings(*, arena_id: int) -> bool:
    """Compute the standings anew where votes have changed; whether they had."""
    from annotate.arena.cast_votes import read_votes  # numpy: for workers alone

    with consistent_read():
        arena = Arena.objects.get(pk=arena_id)
        current = _fingerprint(count_votes(arena))
        if _is_of(arena, current):
            return False
        started_at = time.monotonic()
        votes = read_votes(arena)
    found = _standings(votes)
    seconds = round(time.monotonic() - started_at, 3)
    Arena.objects.filter(pk=arena_id).update(
        standings=found, standings_of={**current, "seconds": seconds}, standings_at=Now()
    )
    return True


def are_of_today(arena: Arena, votes: CountedVotes | None = None) -> bool:
    """Whether the standings are those of the votes that there are now, counted by the caller."""
    return _is_of(arena, _fingerprint(votes or count_votes(arena)))


def rests(arena: Arena) -> bool:
    """Whether the standings took so long that it is too early to compute them again."""
    if arena.standings_at is None:
        return False
    return timezone.now() < arena.standings_at + timedelta(
        seconds=REST * arena.standings_of.get("seconds", 0)
    )


def _fingerprint(votes: CountedVotes) -> dict[str, int | str]:
    return {"schema": SCHEMA, "votes": votes.mark}


def _is_of(arena: Arena, current: Mapping[str, int | str]) -> bool:
    stored: Mapping[str, Any] = arena.standings_of
    return all(stored.get(name) == value for name, value in current.items())


def _standings(votes: Any) -> dict[str, Any]:
    import numpy as np

    from alignment_core.agreement.further.arena import arena_standings, strengths_alone
    from annotate.arena.cast_votes import common_tags, large_cohorts

    tags = common_tags(votes, fewest=FEWEST_OF_TAG, most=MOST_TAGS)
    cohorts = large_cohorts(votes, fewest_people=FEWEST_OF_COHORT)
    of_tag = {tag: np.flatnonzero([tag in tagged for tagged in votes.tags]) for tag in tags}
    of_cohort = {
        name: np.flatnonzero([cohort == name for cohort in votes.cohorts]) for name in cohorts
    }
    return {
        "overall": arena_standings(votes.ballots),
        "tags": [
            {"name": name, **strengths_alone(votes.ballots.take(rows))}
            for name, rows in of_tag.items()
        ],
        "cohorts": [
            {"name": name, **strengths_alone(votes.ballots.take(rows))}
            for name, rows in of_cohort.items()
        ],
        "n_others": votes.n_others,
    }
