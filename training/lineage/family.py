"""Which checkpoint came from which: the whole family in three queries, however long its chains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from training.models import Checkpoint, Run


@dataclass(frozen=True, kw_only=True)
class Family:
    """By keys. A checkpoint comes from what its run started from, what rewarded that run, and what
    it lies over.
    """

    parents: Mapping[int, tuple[int, ...]]  # of each
    starts: Mapping[int, int]  # of those that started from another, or lie over it

    @classmethod
    def of_all(cls, *asked_for: int, with_brought_back: bool = False) -> Self:
        """Of every final checkpoint, and of others that are asked for.

        Args:
            with_brought_back: a base with the weights of one that was made here comes from that
                one, too: who took a model away and brought it back did not make it forget. Whoever
                sees such a base need not see what it was.
        """
        rows = list(
            Checkpoint.objects.filter(Q(is_final=True) | Q(pk__in=asked_for)).values_list(
                "pk", "run", "run__base", "lies_over"
            )
        )
        judges: dict[int, list[int]] = {}
        rewarded = Run.reward_models.through.objects.order_by("pk")
        for run, judge in rewarded.values_list("run", "checkpoint"):
            judges.setdefault(run, []).append(judge)
        brought_back = _brought_back() if with_brought_back else {}
        parents: dict[int, tuple[int, ...]] = {}
        starts = {}
        for pk, run, base, beneath in rows:
            start = beneath if base is None else base
            if start is not None:
                starts[pk] = start
            found = (base, beneath, *judges.get(run, ()), *brought_back.get(pk, ()))
            parents[pk] = tuple(one for one in found if one is not None)
        return cls(parents=parents, starts=starts)

    def line(self, key: int) -> list[int]:
        """This one, what it started from, and so on to what was brought along."""
        found = [key]
        while (start := self.starts.get(found[-1])) is not None and start not in found:
            found.append(start)
        return found

    def behind(self, keys: Iterable[int]) -> list[int]:
        """These and all that they came from, generation by generation; each once."""
        return _followed(keys, self.parents)

    def after(self, keys: Iterable[int]) -> list[int]:
        """These and all that came of them, generation by generation; each once."""
        children: dict[int, list[int]] = {}
        for pk, parents in self.parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(pk)
        return _followed(keys, children)


def _brought_back() -> dict[int, list[int]]:
    """Bases that were brought along, each with those that were made here of the same weights."""
    made = Checkpoint.objects.filter(run__isnull=False)
    brought = Checkpoint.objects.filter(run=None, digest__in=made.values("digest"))
    bases = list(brought.values_list("pk", "digest"))
    by_digest: dict[str, list[int]] = {}
    twins = made.filter(digest__in={digest for _pk, digest in bases}).order_by("pk")
    for pk, digest in twins.values_list("pk", "digest"):
        by_digest.setdefault(digest, []).append(pk)
    return {pk: by_digest[digest] for pk, digest in bases}


def _followed(keys: Iterable[int], ways: Mapping[int, Iterable[int]]) -> list[int]:
    found = dict.fromkeys(keys)
    new = list(found)
    while new:
        new = list(dict.fromkeys(one for key in new for one in ways.get(key, ())))
        new = [one for one in new if one not in found]
        found |= dict.fromkeys(new)
    return list(found)
