"""What one declaration asks that another does not, in sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotate.judging.protocols.declaration import PARTS


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One sentence for each part that came, went, or is set otherwise."""
    found = []
    for part in PARTS:
        was, now = before.get(part.name), after.get(part.name)
        if was == now:
            continue
        if was is None:
            found.append(_("Now asked: %(part)s.") % {"part": part.label})
        elif now is None:
            found.append(_("No longer asked: %(part)s.") % {"part": part.label})
        else:
            settings = part.by_setting(was), part.by_setting(now)
            for setting in part.settings:
                if difference := setting.difference(*settings):
                    words = _("%(part)s – %(difference)s.")
                    found.append(words % {"part": part.label, "difference": difference})
    return found
