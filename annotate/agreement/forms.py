"""What judgements were asked, by version of the protocol; else what they say without it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from annotate.agreement.taking_part import TAKES_PART
from annotate.judging.protocols.criteria import HIGHEST, MOST_CRITERIA
from annotate.judging.protocols.declaration import questions_of
from annotate.judging.protocols.question import Question
from annotate.judging.protocols.reasons import MOST_CHOICES
from annotate.judging.protocols.strength import SCALES, strength_question
from annotate.models import Judgement, Project, Verdict

CHUNK = 5000
SAYS_NOTHING = Q(strength=None, criteria={}, reasons=[]) & Q(
    first_acceptable=None, second_acceptable=None
)


@dataclass(frozen=True)
class Form:
    """One version of a project's protocol; version None: what was said though no version asked, in
    imported votes or before protocols had versions.
    """

    project: str
    version: int | None
    questions: tuple[Question, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"project": self.project, "version": self.version}


@dataclass(frozen=True)
class Forms:
    """by_number: of each form, a number that no other project's has. by_version: the numbers of
    versions that ask for more than a verdict. unasked: that of judgements which say more although
    no version asked; None where there are none.
    """

    by_number: Mapping[int, Form]
    by_version: Mapping[int, int]
    unasked: int | None = None

    def __iter__(self) -> Iterator[Question]:
        """Every question once, in the order in which forms ask them."""
        asked = (question for form in self.by_number.values() for question in form.questions)
        return iter(dict.fromkeys(asked))

    def asking(self, question: Question) -> dict[int, Form]:
        return {n: form for n, form in self.by_number.items() if question in form.questions}

    def beside(self, other: "Forms") -> "Forms":
        return Forms({**self.by_number, **other.by_number}, {})


NO_FORMS = Forms({}, {})


def read_forms(project: Project) -> Forms:
    forms, by_version = {}, {}
    for protocol in project.protocols.order_by("version"):
        questions = tuple(questions_of(protocol.declaration))
        if questions:
            forms[protocol.pk] = Form(project.slug, protocol.version, questions)
            by_version[protocol.version] = protocol.pk
    seen = _seen(_said_unasked(project, list(by_version)))
    if not seen:
        return Forms(forms, by_version)
    unasked = -project.pk  # no protocol has a number below 0
    return Forms({**forms, unasked: Form(project.slug, None, seen)}, by_version, unasked)


def _said_unasked(project: Project, asking: Sequence[int]) -> QuerySet[Judgement]:
    """Judgements that say more than a verdict, under none of the versions that ask for it."""
    judgements = Judgement.objects.filter(TAKES_PART, project=project)
    other = judgements.filter(Q(protocol_version=None) | ~Q(protocol_version__in=asking))
    return other.exclude(SAYS_NOTHING).order_by()


def _seen(judgements: QuerySet[Judgement]) -> tuple[Question, ...]:
    """The questions that these seem to have answered: as many as a protocol may ask."""
    names: dict[str, Counter[str]] = {"criteria": Counter(), "reasons": Counter()}
    strengths: set[int] = set()
    is_acceptable, highest = False, 4
    columns = "verdict", "strength", "criteria", "reasons", "first_acceptable", "second_acceptable"
    for verdict, strength, criteria, reasons, *acceptable in judgements.values_list(
        *columns
    ).iterator(chunk_size=CHUNK):
        is_acceptable |= any(one is not None for one in acceptable)
        if strength is not None and verdict in (Verdict.FIRST, Verdict.SECOND):
            strengths.add(strength)
        rated = criteria if isinstance(criteria, dict) else {}
        names["criteria"].update(list(rated))  # of a mapping it would add up the values
        highest = max([highest, *_ratings(rated)])
        names["reasons"].update(
            {one for one in reasons if isinstance(one, str)} if isinstance(reasons, list) else ()
        )
    declaration: dict[str, Any] = {"verdicts": list(Verdict.values)}
    for part, field, most in (
        ("criteria", "names", MOST_CRITERIA),
        ("reasons", "choices", MOST_CHOICES),
    ):
        if names[part]:
            commonest = [name for name, _times in names[part].most_common(most)]
            declaration[part] = {field: sorted(commonest)}
    if "criteria" in declaration:
        declaration["criteria"]["most"] = highest
    if is_acceptable:
        declaration["acceptability"] = {}
    found = questions_of(declaration)
    if strengths:
        steps = SCALES["four" if 0 in strengths else "three"]
        found = [strength_question(steps, has_ties=True), *found]
    return tuple(found)


def _ratings(criteria: Mapping[str, Any]) -> Iterator[int]:
    """Of both answers, such as any scale may have."""
    for of_each in criteria.values():
        for rating in of_each.values() if isinstance(of_each, dict) else ():
            if type(rating) is int and rating <= HIGHEST:
                yield rating
