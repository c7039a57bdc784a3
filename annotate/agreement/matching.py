"""Which comparisons and prompts of several projects are the same, by their texts."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from alignment_core.agreement import JudgementTable
from annotate.agreement.asked_answers import NOWHERE, Answers
from annotate.agreement.judgement_columns import CATEGORIES, CHUNK, TURNED
from annotate.agreement.taking_part import comparisons_that_count
from annotate.models import Project, Verdict

Pair = tuple[str, frozenset[str]]  # the digests of a prompt, and of two different answers
_TURNED = np.array([CATEGORIES.index(TURNED.get(Verdict(name), name)) for name in CATEGORIES])


@dataclass(frozen=True, eq=False)
class Renamed:
    """How one project's comparisons are called among several, in ascending order of their number.

    own, common: a comparison's number here and among all, (n,). prompt: number of its prompt among
    all, (n,). is_turned: whether what "first" means here is the second there, (n,).
    """

    own: npt.NDArray[np.int64]
    common: npt.NDArray[np.int64]
    prompt: npt.NDArray[np.int64]
    is_turned: npt.NDArray[np.bool_]

    def of(self, table: JudgementTable) -> JudgementTable:
        """The table, by the common numbers and by what "first" means there."""
        rows = table.rows
        if rows is None or not len(table.comparisons):
            return table
        n_first = len(rows)
        if table.repeats is not None:
            rows = rows.beside(table.repeats)
        place = np.searchsorted(self.own, table.comparisons)[rows.comparison]
        turned = self.is_turned[place]
        left = rows.first_left
        if left is not None:
            left = np.where(turned & (left >= 0), 1 - left, left)
        renamed = JudgementTable.from_arrays(
            self.common[place],
            rows.annotators[rows.annotator],
            np.where(turned, _TURNED[rows.category], rows.category),
            categories=range(len(CATEGORIES)),
            prompt=self.prompt[place],
            is_repeat=np.arange(len(rows)) >= n_first,
            left_chosen=rows.left_chosen,
            first_left=left,
            seconds=rows.seconds,
            words=rows.words,
            strength=rows.strength,
            length_difference=rows.length_difference,
            time=rows.time,
            order=rows.order,
            form=rows.form,
        )
        return replace(renamed, categories=CATEGORIES)

    def of_answers(self, answers: Answers) -> Answers:
        """The answers to a question, by the same numbers, the two of a pair as they stand there."""
        place = np.searchsorted(self.own, answers.comparison)
        turned = self.is_turned[place][:, None]
        scale = range(len(answers.question.scale))
        same_said = np.array([answers.question.turned(at) for at in scale])
        other_way = np.where(answers.place == NOWHERE, NOWHERE, same_said[answers.place])
        return replace(
            answers,
            comparison=self.common[place],
            prompt=self.prompt[place],
            place=np.where(turned, other_way[:, ::-1], answers.place).astype(np.int8),
        )


@dataclass
class Matching:
    """Fed one project after another; what is there already keeps the name that it has."""

    comparisons: dict[Pair, tuple[int, str]] = field(default_factory=dict)  # and what is first
    prompts: dict[str, int] = field(default_factory=dict)

    def add(self, project: Project) -> Renamed:
        rows = comparisons_that_count(project).order_by("pk")
        columns = ("pk", "prompt_id", "prompt__digest", "first__digest", "second__digest")
        found = list(rows.values_list(*columns, "is_swapped").iterator(chunk_size=CHUNK))
        pairs = [(prompt, frozenset(texts)) for _pk, _id, prompt, *texts, _swapped in found]
        times = Counter(pairs)
        renamed = []
        for (pk, prompt_id, prompt, *texts, is_swapped), pair in zip(found, pairs, strict=True):
            first = texts[is_swapped]  # as those who voted call it
            common, first_there = pk, first
            if times[pair] == 1 and len(pair[1]) == 2:  # else nobody can say which of them it is
                common, first_there = self.comparisons.setdefault(pair, (pk, first))
            prompt_there = self.prompts.setdefault(prompt, prompt_id)
            renamed.append((pk, common, prompt_there, first != first_there))
        own, common_names, prompts, turned = np.array(renamed, dtype=np.int64).reshape(-1, 4).T
        return Renamed(own, common_names, prompts, turned.astype(bool))
