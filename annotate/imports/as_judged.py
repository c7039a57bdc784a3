"""The first pieces of work that a file would bring, as they will be judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from alignment_core.formats.rows import NewComparison
from annotate.models import Project


@dataclass(frozen=True)
class AsJudged:
    """A pair, or a set of answers that are put in order."""

    messages: list[dict[str, Any]]
    language: str
    answers: list[str]
    verdict: str = ""  # on record, of a pair

    @property
    def is_set(self) -> bool:
        return len(self.answers) > 2


def as_judged(project: Project, pairs: Iterable[NewComparison], *, most: int) -> list[AsJudged]:
    """The first few; the pairs of a set are one piece of work where the project ranks answers."""
    ranks = project.current_protocol.asks_ranking
    sets: dict[UUID, AsJudged] = {}
    work: list[AsJudged] = []
    for pair in pairs:
        texts = [pair.first_text, pair.second_text]
        of_set = pair.of_set if ranks else None
        known = sets.get(of_set.id) if of_set is not None else None
        if known is not None:
            known.answers.extend(text for text in texts if text not in known.answers)
            continue
        piece = AsJudged(pair.messages, pair.language, texts, pair.recorded_verdict)
        work.append(piece)
        if of_set is not None:
            sets[of_set.id] = piece
    return list(islice(work, most))
