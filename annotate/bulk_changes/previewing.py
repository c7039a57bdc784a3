"""What a bulk change would do, told before it is done."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotate.bulk_changes.actions.offered import ACTIONS
from annotate.bulk_changes.chosen_comparisons import Selection, selected
from annotate.database.time_limit import TookTooLong, time_limit
from annotate.models import Project

MOST_SECONDS = 5.0  # of one statement; what cannot be told by then is not


@dataclass(frozen=True)
class Preview:
    """Numbers are None where the database would take too long to count."""

    n_selected: int | None
    n_changing: int | None
    told: list[str]


def preview(*, project: Project, action: str, value: str, selection: Selection) -> Preview:
    """Raises: InvalidInput."""
    declared = ACTIONS[action]
    value = declared.check(value)
    rows = selected(project, selection)
    changing = rows.filter(declared.would_change(value))
    try:
        with time_limit(MOST_SECONDS):
            n_selected = rows.count()
            n_changing = changing.count()
            told = list(declared.told(changing)) if n_changing else []
    except TookTooLong:
        return Preview(
            None, None, [_("There are too many to say beforehand what it brings about.")]
        )
    return Preview(n_selected, n_changing, told)
