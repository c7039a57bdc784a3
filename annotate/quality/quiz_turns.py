"""Work begins with a quiz, where the project has one: gold and nothing else, until it is passed."""

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput, QuizTooShort
from annotate.models import Membership, Project, Role
from annotate.quality.extra_comparison import Extra
from annotate.quality.gold_turns import find_gold, usable_gold


class QuizTurns:
    def is_due(self, membership: Membership) -> bool:
        return is_in_quiz(membership)

    def find(self, membership: Membership) -> Extra:
        """Raises: QuizTooShort; what the queue has is for those who have passed."""
        found = find_gold(membership)
        if found is None:
            raise QuizTooShort
        return found


def is_in_quiz(membership: Membership) -> bool:
    return (
        membership.project.quiz_size > 0
        and membership.quiz_passed_at is None
        and membership.role == Role.ANNOTATOR
    )


def require_gold_for_quiz(project: Project) -> None:
    """Raises: InvalidInput, if the project has less gold than its quiz asks for."""
    n_gold = usable_gold(project).count()
    if n_gold < project.quiz_size:
        raise InvalidInput(
            _("There are only %(n)d gold comparisons for it.") % {"n": n_gold},
            field="quiz_size",
            value=project.quiz_size,
        )
