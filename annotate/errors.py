"""What can go wrong in words people understand; pages and the API only translate these.

AccordError
├── InvalidInput          a value that is refused, named with its field
│   ├── VerdictNotOffered
│   ├── PartMissing        the protocol requires it
│   └── NotAsked           the protocol has no such part
├── NotAMember            judging is for members of the project
├── MemberPaused
│   ├── PausedOnGold      by their answers to gold, until a lead lets them go on
│   ├── QuizNotPassed     until a lead lets them try again
│   ├── QuizFirst         nothing is taken along before it is passed
│   └── QuizTooShort      there is less gold than the quiz asks for
├── InvitationClosed      withdrawn, expired or used up
├── ProjectPaused
├── OfflineNotOffered     the project lets nobody take comparisons along
├── GoldNotShown          the project tells nobody what was expected
├── LeaseLost             the claim is not there, or not theirs
├── KeyReused             the same key came with another body
├── AlreadyJudged
├── NotJudgeable          closed, skipped, or its other judgements were seen
├── NotAdjudicable
├── NothingToUndo
└── ProtocolChanged       somebody else has made another version meanwhile
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AccordError(Exception):
    """Something that was refused, and why, in one translated sentence.

    `code` is for programs, `message` for people, `status` is what the API answers; `field` and
    `value` name the input at fault where there is one.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    default_message: ClassVar[str | Promise] = _("This was refused.")

    def __init__(
        self, message: str | Promise | None = None, *, field: str | None = None, value: Any = None
    ) -> None:
        self.message = self.default_message if message is None else message
        self.field = field
        self.value = value
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    def as_problem(self) -> Mapping[str, Any]:
        """The parts that an answer to a program carries."""
        problem: dict[str, Any] = {"code": self.code, "detail": str(self.message)}
        if self.field is not None:
            problem |= {"field": self.field, "value": self.value}
        return problem


class InvalidInput(AccordError):
    code = "invalid_input"
    default_message = _("A value is not valid.")


class VerdictNotOffered(InvalidInput):
    code = "verdict_not_offered"
    default_message = _("This project does not offer that verdict.")


class PartMissing(InvalidInput):
    code = "required"
    default_message = _("This is required here.")


class NotAsked(InvalidInput):
    code = "not_asked"
    default_message = _("This project does not ask for that.")


class NotAMember(AccordError):
    code = "not_a_member"
    status = 403
    default_message = _("Only members of the project can judge in it.")


class MemberPaused(AccordError):
    code = "member_paused"
    status = 403
    default_message = _("Your part in this project is paused. Ask a lead of the project.")


class InvitationClosed(AccordError):
    code = "invitation_closed"
    status = 410
    default_message = _("This invitation lets nobody in any more.")


class PausedOnGold(MemberPaused):
    code = "paused_on_gold"
    default_message = _(
        "You are paused: of comparisons whose answer is known, you judged too many otherwise. "
        "What you judged is kept. A lead of the project sees this, and can let you go on."
    )


class QuizNotPassed(MemberPaused):
    code = "quiz_not_passed"
    default_message = _(
        "You did not pass the quiz of this project. Read the guidelines once more, and ask a lead "
        "to let you try again."
    )


class QuizFirst(MemberPaused):
    code = "quiz_first"
    default_message = _(
        "Work here begins with a quiz. Take comparisons along once you have passed it."
    )


class QuizTooShort(MemberPaused):
    code = "quiz_too_short"
    default_message = _(
        "Work here begins with a quiz, and there is nothing in it that you do not know yet. Please "
        "tell a lead of the project."
    )


class ProjectPaused(AccordError):
    code = "project_paused"
    status = 409
    default_message = _("This project is paused. Please come back later.")


class OfflineNotOffered(AccordError):
    code = "offline_not_offered"
    status = 409
    default_message = _("In this project nothing is taken along to be judged without a network.")


class GoldNotShown(AccordError):
    code = "gold_not_shown"
    status = 409
    default_message = _("This project tells nobody what was expected of their judgements.")


class LeaseLost(AccordError):
    code = "lease_lost"
    status = 410
    default_message = _("This comparison is no longer held for you. Here is the next one.")


class KeyReused(AccordError):
    code = "key_reused"
    status = 409
    default_message = _("This key was already used for another judgement.")


class AlreadyJudged(AccordError):
    code = "already_judged"
    status = 409
    default_message = _("You have already judged this comparison.")


class NotJudgeable(AccordError):
    code = "not_judgeable"
    status = 409
    default_message = _("You can no longer judge this comparison.")


class NotAdjudicable(AccordError):
    code = "not_adjudicable"
    status = 409
    default_message = _("This comparison cannot be ruled on.")


class NothingToUndo(AccordError):
    code = "nothing_to_undo"
    status = 409
    default_message = _("There is nothing to undo.")


class ProtocolChanged(AccordError):
    code = "protocol_changed"
    status = 409
    default_message = _("Somebody has made another version meanwhile. Nothing was changed.")
