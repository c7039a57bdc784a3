"""A declaration as a whole: checked when it is made, and checked against when it is answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput, NotAsked, PartMissing
from annotate.judging.answers import Answer
from annotate.judging.protocols.acceptability import Acceptability
from annotate.judging.protocols.criteria import Criteria
from annotate.judging.protocols.edit import Edit
from annotate.judging.protocols.note import Note
from annotate.judging.protocols.part import About, Keys, Part
from annotate.judging.protocols.question import Given, Places, Question
from annotate.judging.protocols.ranking import Ranking
from annotate.judging.protocols.reasons import Reasons
from annotate.judging.protocols.strength import Strength
from annotate.judging.protocols.verdicts import Verdicts
from annotate.judging.protocols.wording import Wording

Declaration = Mapping[str, Any]

# In the order in which they are asked.
PARTS: tuple[Part, ...] = (
    Verdicts(),
    Ranking(),
    Wording(),
    Strength(),
    Acceptability(),
    Criteria(),
    Reasons(),
    Note(),
    Edit(),
)
ORDER = PARTS[:2]  # the verdict, and the ranking that says it
BY_NAME = {part.name: part for part in PARTS}


def checked_declaration(declaration: Any) -> dict[str, Any]:
    """The declaration complete and in one order. Raises: InvalidInput, with the field at fault."""
    if not isinstance(declaration, Mapping):
        raise InvalidInput(
            _("This must be an object of settings."),
            field="declaration",
            value=str(declaration)[:80],
        )
    for name in declaration:
        if name not in BY_NAME:
            raise InvalidInput(_("A protocol has no such part."), field=str(name), value=str(name))
    asked = {"verdicts": [], **declaration}
    checked = {part.name: part.declared(asked[part.name]) for part in PARTS if part.name in asked}
    for part in parts_of(checked):
        part.check_beside(checked)
    return checked


def parts_of(declaration: Declaration) -> list[Part]:
    """The parts asked for, in the order in which they are asked."""
    return [part for part in PARTS if part.name in declaration]


def asks_further(declaration: Declaration) -> bool:
    """Whether anything is asked that the verdict's button does not say itself."""
    return not all(part.is_on_buttons for part in parts_of(declaration))


def keys_for(declaration: Declaration) -> Keys:
    """What a judgement takes on the keyboard, with Enter where one is needed to send it."""
    keys = [part.keys(declaration[part.name]) for part in parts_of(declaration)]
    enter = 1 if asks_further(declaration) else 0
    return Keys(
        sum(key.least for key in keys) + enter,
        sum(key.most for key in keys) + enter,
        any(key.is_typed for key in keys),
    )


def check_answer(answer: Answer, declaration: Declaration, about: About) -> None:
    """Whether an answer has all that is asked for, and nothing else.

    Raises: VerdictNotOffered, PartMissing, NotAsked, InvalidInput.
    """
    _check_parts(answer, declaration, about, PARTS)


def _check_parts(
    answer: Answer, declaration: Declaration, about: About, parts: Sequence[Part]
) -> None:
    for part in parts:
        given = part.given(answer)
        settings = declaration.get(part.name)
        if settings is None:
            if given is not None:
                raise NotAsked(field=part.field, value=str(given)[:80])
        elif given is not None:
            part.check(given, settings, about)
        elif part.is_required(settings, about):
            raise PartMissing(field=part.field)


def check_beside(answer: Answer, declaration: Declaration, about: About) -> None:
    """`check_answer` of what comes beside the order of a set: its reasons and its note.

    A set is ranked whatever its project asks for, so the order itself is checked by whoever
    records it.
    """
    _check_parts(answer, declaration, about, [part for part in PARTS if part not in ORDER])


def answer_schema(declaration: Declaration) -> dict[str, Any]:
    """JSON Schema of the parts of a judgement as the API takes them.

    What is required only with some verdicts is not marked as required here.
    """
    asked = [part for part in parts_of(declaration) if part.field]
    if Ranking.name in declaration:  # its verdicts are what the order says
        asked = [part for part in asked if not isinstance(part, Verdicts)]
    return {
        "type": "object",
        "properties": {part.field: part.schema(declaration[part.name]) for part in asked},
        "required": [part.field for part in asked if _is_always_required(part, declaration)],
    }


def _is_always_required(part: Part, declaration: Declaration) -> bool:
    if part.is_always_asked:
        return True
    is_whatever_the_verdict = type(part).is_required is Part.is_required
    return is_whatever_the_verdict and bool(declaration[part.name]["required"])


def exported_columns() -> list[str]:
    """Names of a judgement's columns that hold what protocols ask for."""
    return [column for part in PARTS for column in part.columns]


def questions_of(declaration: Declaration) -> list[Question]:
    """What a declaration asks that is measured by how far people agree, in order."""
    verdicts = declaration["verdicts"]
    return [
        question
        for part in PARTS
        if part.name in declaration
        for question in part.questions(declaration[part.name], verdicts)
    ]


def places_of(question: Question, given: Given) -> Places:
    return BY_NAME[question.part].places(question, given)
