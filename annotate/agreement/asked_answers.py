"""What judgements say beside the verdict, as columns: where each lies on a question's scale."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alignment_core.agreement import JudgementTable
from annotate.agreement.forms import CHUNK, Form, Forms
from annotate.agreement.taking_part import TAKES_PART
from annotate.judging.protocols.declaration import places_of
from annotate.judging.protocols.question import Given, Question
from annotate.models import Judgement, Project, Verdict

NOWHERE = -1
TURNED = {Verdict.FIRST.value: Verdict.SECOND.value, Verdict.SECOND.value: Verdict.FIRST.value}


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to one question, one entry for each judgement that was asked.

    comparison, annotator, prompt: numbers, (n,). place: on the scale, of the pair, (n, 1), or of
    its first and second answer, (n, 2); NOWHERE where it was not said.
    """

    question: Question
    forms: tuple[Form, ...]
    comparison: npt.NDArray[np.int64]
    annotator: npt.NDArray[np.int64]
    prompt: npt.NDArray[np.int64]
    place: npt.NDArray[np.int8]

    def of(self, table: JudgementTable) -> "Answers":
        """Those of judgements that a table holds."""
        rows = table.rows
        if rows is None or not len(rows):
            return self._take(np.zeros(len(self.comparison), dtype=bool))
        most = max(int(self.annotator.max(initial=0)), int(rows.annotators.max())) + 1
        held = table.comparisons[rows.comparison] * most + rows.annotators[rows.annotator]
        return self._take(np.isin(self.comparison * most + self.annotator, held))

    def beside(self, other: "Answers") -> "Answers":
        """These, and those of another project to the same question."""
        return replace(
            self,
            forms=self.forms + other.forms,
            comparison=np.concatenate([self.comparison, other.comparison]),
            annotator=np.concatenate([self.annotator, other.annotator]),
            prompt=np.concatenate([self.prompt, other.prompt]),
            place=np.concatenate([self.place, other.place]),
        )

    def table(self) -> JudgementTable:
        """As a table of judgements on the scale, each answer of a pair apart where each was asked
        about; what was not said is left out.
        """
        n_each = self.place.shape[1]
        said = self.place.ravel() != NOWHERE
        unit = (self.comparison[:, None] * n_each + np.arange(n_each)).ravel()[said]
        found = JudgementTable.from_arrays(
            unit,
            np.repeat(self.annotator, n_each)[said],
            self.place.ravel()[said],
            categories=range(len(self.question.scale)),
            prompt=np.repeat(self.prompt, n_each)[said],
        )
        return replace(found, categories=self.question.scale)

    def _take(self, mask: npt.NDArray[np.bool_]) -> "Answers":
        return replace(
            self,
            comparison=self.comparison[mask],
            annotator=self.annotator[mask],
            prompt=self.prompt[mask],
            place=self.place[mask],
        )


def read_answers(project: Project, forms: Forms) -> list[Answers]:
    """By question, in the order in which forms ask them; questions never answered are left out."""
    questions = list(forms)
    if not questions:
        return []
    asked_by = {
        number: [place for place, question in enumerate(questions) if question in form.questions]
        for number, form in forms.by_number.items()
    }
    found: list[list[tuple[int, ...]]] = [[] for _ in questions]
    rows = Judgement.objects.filter(TAKES_PART, project=project).order_by()
    for comparison, prompt, annotator, version, is_swapped, *values in rows.values_list(
        "comparison_id",
        "comparison__prompt_id",
        "annotator_id",
        "protocol_version",
        "comparison__is_swapped",
        *Given._fields,
    ).iterator(chunk_size=CHUNK):
        given = Given(*values)
        number = forms.by_version.get(version, None if given.is_bare else forms.unasked)
        if number is None:
            continue
        for place in asked_by[number]:
            places = _places(questions[place], given, is_swapped=is_swapped)
            found[place].append((comparison, prompt, annotator, *places))
    return [
        _answers(question, tuple(forms.asking(question).values()), rows)
        for question, rows in zip(questions, found, strict=True)
        if rows
    ]


def _places(question: Question, given: Given, *, is_swapped: bool) -> list[int]:
    """Where it lies; "first" is what those who voted called so, as in the figures of verdicts."""
    if is_swapped:
        given = given._replace(verdict=TURNED.get(given.verdict, given.verdict))
    places = [NOWHERE if at is None else at for at in places_of(question, given)]
    # What is said of each answer is stored by completion, whatever voters called them.
    return places[::-1] if is_swapped and question.is_of_each else places


def _answers(
    question: Question, forms: tuple[Form, ...], rows: Sequence[tuple[int, ...]]
) -> Answers:
    columns = np.array(rows, dtype=np.int64)
    comparison, prompt, annotator = columns[:, :3].T
    return Answers(question, forms, comparison, annotator, prompt, columns[:, 3:].astype(np.int8))
