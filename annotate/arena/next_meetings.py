"""Who meets next: a few meetings at a time, drawn by what a vote would tell.

Each is drawn for itself: first the pair, in proportion to what one more vote of it narrows, with a
floor for each; then a prompt, evenly among those on which the two have not met. So its probability
is known, and is kept with it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from alignment_core.formats.likeness import look_the_same
from annotate.arena.counted_votes import CountedVotes, peoples_votes
from annotate.arena.put_away import bring_back
from annotate.imports.adding import wake_queue
from annotate.models import (
    Arena,
    ArenaState,
    Comparison,
    ComparisonState,
    Entry,
    Meeting,
)

AHEAD = 40  # meetings that wait to be judged, so that nobody waits for a draw
SOONER = -100  # before everything that was imported, as what models write for people is

IS_WAITING = Q(
    comparison__state=ComparisonState.OPEN, comparison__n_counted__lt=F("comparison__wanted")
)

Pair = tuple[int, int]  # numbers of two contestants, ascending


@transaction.atomic
def draw_meetings(*, arena_id: int) -> int:
    """Fill the queue up to what is wanted; how many meetings are new. Two at once draw in turn."""
    arena = Arena.objects.select_for_update(of=("self",)).select_related("project").get(pk=arena_id)
    if arena.state != ArenaState.OPEN:
        return 0
    n_lacking = lacking(arena)
    if n_lacking <= 0:
        return 0
    field = _Field.of(arena)
    n_drawn = 0
    while n_drawn < n_lacking:
        drawn = field.draw(Random(f"{arena.seed}/{arena.n_drawn}"))
        if drawn is None:
            arena.is_drawn_out = True
            break
        n_drawn += _meet(arena, field, *drawn)
    arena.save(update_fields=["n_drawn", "is_drawn_out"])
    if n_drawn:
        wake_queue(arena.project)
    return n_drawn


def lacking(arena: Arena, votes: CountedVotes | None = None) -> int:
    """How many meetings are to be drawn now; whoever has counted the votes says so."""
    if arena.is_drawn_out:
        return 0
    found = arena.meetings.aggregate(
        n_waiting=Count("pk", filter=IS_WAITING),
        n_awaited=Sum(
            F("comparison__wanted") - F("comparison__n_counted"), filter=IS_WAITING, default=0
        ),
    )
    n_votes = peoples_votes(arena).count() if votes is None else votes.n_of_people
    n_lacking: int = arena.target - n_votes - found["n_awaited"]
    return min(AHEAD - int(found["n_waiting"]), -(-n_lacking // arena.wanted))


def waits(arena: Arena) -> bool:
    """Whether a meeting is still to be judged, or in somebody's hands."""
    return arena.meetings.filter(IS_WAITING).exists()


def _meet(arena: Arena, field: "_Field", pair: Pair, prompt_id: int, probability: float) -> int:
    """Put the meeting into the queue; 0 where it is not to be judged so."""
    arena.n_drawn += 1
    one, other = (field.entries[number][prompt_id] for number in pair)
    comparison, is_adopted = _comparison(arena, one, other)
    if comparison is None:
        return 0
    field.note(pair)
    by_completion = {one.completion_id: one.contestant, other.completion_id: other.contestant}
    Meeting.objects.create(
        arena=arena,
        number=arena.n_drawn,
        comparison=comparison,
        first=by_completion[comparison.first_id],
        second=by_completion[comparison.second_id],
        probability=probability,
        is_adopted=is_adopted,
    )
    return 1


def _comparison(arena: Arena, one: Entry, other: Entry) -> tuple[Comparison | None, bool]:
    """The comparison of two entries, and whether it was there before."""
    first, second = sorted((one.completion, other.completion), key=lambda text: text.public_id)
    there = Comparison.objects.filter(first=first, second=second, repeat_of=None).first()
    if there is None:
        return Comparison.objects.create(
            project=arena.project,
            prompt_id=one.prompt_id,
            first=first,
            second=second,
            wanted=arena.wanted,
            priority=SOONER,
        ), False
    if there.gold_verdict or there.completion_set_id or there.state == ComparisonState.STAGED:
        return None, True
    if there.meetings.filter(arena=arena).exists():
        return None, True
    if there.state == ComparisonState.ARCHIVED and not bring_back([there.pk]):
        return None, True
    Comparison.objects.filter(pk=there.pk, priority__gt=SOONER).update(priority=SOONER)
    return there, True


@dataclass(eq=False)
class _Field:
    """Entries by contestant and prompt, and the prompts on which each pair can still meet."""

    entries: Mapping[int, Mapping[int, Entry]]
    left: dict[Pair, list[int]]
    strength: list[float]
    n_votes: list[list[float]]

    @classmethod
    def of(cls, arena: Arena) -> "_Field":
        n = arena.contestants.count()
        entries: dict[int, dict[int, Entry]] = defaultdict(dict)
        written = Entry.objects.filter(contestant__arena=arena)
        for entry in written.select_related("contestant", "completion").order_by("prompt"):
            entries[entry.contestant.number][entry.prompt_id] = entry
        n_votes = [[0.0] * n for _row in range(n)]
        met: dict[Pair, set[int]] = defaultdict(set)
        cast = Counter(peoples_votes(arena).values_list("comparison", flat=True))
        for comparison, first, second, prompt, state in arena.meetings.values_list(
            *("comparison", "first__number", "second__number"),
            *("comparison__prompt", "comparison__state"),
        ):
            pair = min(first, second), max(first, second)
            met[pair].add(prompt)
            weight = float(max(cast[comparison], state == ComparisonState.OPEN))
            n_votes[first][second] += weight
            n_votes[second][first] += weight
        left = {
            (i, j): _can_meet(entries[i], entries[j], met[i, j])
            for i in range(n)
            for j in range(i + 1, n)
        }
        return cls(entries, left, _strengths(arena, n), n_votes)

    def draw(self, random: Random) -> tuple[Pair, int, float] | None:
        """A pair, a prompt, and how likely that was; None where nobody can meet any more."""
        from alignment_core.agreement.ratings.narrowing import meeting_shares  # numpy: for workers

        shares = meeting_shares(self.strength, self.n_votes)
        pairs = [pair for pair, prompts in self.left.items() if prompts]
        weights = [float(shares[pair]) for pair in pairs]
        if not pairs:
            return None
        (pair,) = random.choices(pairs, weights)
        prompts = self.left[pair]
        probability = weights[pairs.index(pair)] / sum(weights) / len(prompts)
        return pair, prompts.pop(random.randrange(len(prompts))), probability

    def note(self, pair: Pair) -> None:
        """They will be judged once more."""
        i, j = pair
        self.n_votes[i][j] += 1
        self.n_votes[j][i] += 1


def _can_meet(
    one: Mapping[int, Entry], other: Mapping[int, Entry], met: Collection[int]
) -> list[int]:
    """Prompts that both answered, and differently, and on which they have not met."""
    return [
        prompt
        for prompt in sorted((one.keys() & other.keys()) - set(met))
        if not look_the_same(one[prompt].completion.text, other[prompt].completion.text)
    ]


def _strengths(arena: Arena, n: int) -> list[float]:
    """As far as they are known; nobody is stronger than anybody before."""
    found = [0.0] * n
    standings: Mapping[str, Any] = arena.standings or {}
    for entry in standings.get("overall", {}).get("contestants", ()):
        found[entry["contestant"]] = entry["strength"]["value"] or 0.0
    return found
