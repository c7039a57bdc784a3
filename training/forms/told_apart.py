"""Two rows of one name, told apart wherever somebody chooses among them."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from annotate.text.moments import moment_in_words
from training.models import Checkpoint, Run, Snapshot

Row = Snapshot | Checkpoint | Run
DIGITS = 8  # of a digest or an id


def labels_for(rows: Iterable[Row]) -> Callable[[Row], str]:
    """How each of the rows is called in a list: by its name, with more where others share it."""
    shared = {name for name, n in Counter(str(row) for row in rows).items() if n > 1}
    return lambda row: f"{row} · {_known_by(row)}" if str(row) in shared else str(row)


def _known_by(row: Row) -> str:
    when = moment_in_words(_made_at(row))
    if isinstance(row, Snapshot):
        return _("%(when)s · %(n)d pairs · %(digest)s") % {
            "when": when,
            "n": row.n_pairs,
            "digest": row.digest[:DIGITS],
        }
    named = str(row.public_id) if isinstance(row, Run) else row.digest
    return f"{when} · {named[:DIGITS]}"


def _made_at(row: Row) -> datetime:
    if isinstance(row, Snapshot):
        return row.frozen_at
    return row.queued_at if isinstance(row, Run) else row.created_at
