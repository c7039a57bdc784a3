"""What they wrote to the same prompts, or how they scored the same pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment_core.canonical import canonical_json
from training.contrast.compared import Compared

MOST_PROMPTS = 10
Sample = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Prompted:
    """One prompt, and the sample of each, in their order; None where one has none."""

    prompt: list[dict[str, Any]]
    samples: tuple[Sample | None, ...]
    pair: Sample | None  # of reward models: the pair that all of them scored

    @property
    def n_samples(self) -> int:
        return sum(sample is not None for sample in self.samples)


def answers_beside(rows: Sequence[Compared]) -> list[Prompted]:
    """Prompts that at least two answered, those that most did first; at most ten."""
    given = [_by_prompt(row) for row in rows]
    found = []
    for key in dict.fromkeys(key for samples in given for key in samples):
        samples = tuple(of_one.get(key) for of_one in given)
        first = next(sample for sample in samples if sample is not None)
        found.append(
            Prompted(
                prompt=list(first["prompt"]),
                samples=samples,
                pair=first if "chosen" in first else None,
            )
        )
    shared = [one for one in found if one.n_samples > 1]
    return sorted(shared, key=lambda one: -one.n_samples)[:MOST_PROMPTS]


def _by_prompt(row: Compared) -> dict[str, Sample]:
    """The newest sample to each prompt; a scored pair is another one with other answers."""
    found: dict[str, Sample] = {}
    for evaluation in row.evaluations:
        for sample in evaluation.samples:
            texts = [sample.get("chosen"), sample.get("rejected")]
            found.setdefault(canonical_json([sample["prompt"], *texts]), sample)
    return found
