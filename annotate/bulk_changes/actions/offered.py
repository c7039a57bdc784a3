"""All actions, in the order in which they are offered. Another one is a module and a line here."""

from collections.abc import Mapping

from annotate.bulk_changes.actions.action import Action
from annotate.bulk_changes.actions.archiving import ARCHIVE, RESTORE
from annotate.bulk_changes.actions.overlap import OVERLAP
from annotate.bulk_changes.actions.priority import PRIORITY
from annotate.bulk_changes.actions.ruling import TO_RULING
from annotate.bulk_changes.actions.tags import ADD_TAG, TAKE_TAG

ACTIONS: Mapping[str, Action] = {
    one.name: one for one in (PRIORITY, OVERLAP, ADD_TAG, TAKE_TAG, TO_RULING, ARCHIVE, RESTORE)
}
