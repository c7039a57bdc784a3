"""A recipe's steps as text: JSON, read so that nothing in it is lost without a word."""

import json
from typing import Any

from django.utils.translation import gettext as _

from training.automation.chain_limits import MOST_CHARACTERS, beginning_of, told_value
from training.errors import RecipeRefused


def steps_as_text(steps: Any) -> str:
    """The steps as people edit them."""
    return json.dumps(steps, ensure_ascii=False, indent=2)


def steps_from_text(text: str) -> Any:
    """What the text says; whether it is a recipe, `checked_chain` finds. Raises: RecipeRefused."""
    if len(text) > 4 * MOST_CHARACTERS:  # with the spaces that make it readable
        raise _refused(
            _("This is longer than %(most)d characters.") % {"most": 4 * MOST_CHARACTERS}
        )
    try:
        return json.loads(text, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise _refused(_("This is no JSON: line %(line)d, column %(column)d.") % where) from error
    except RecursionError as error:
        raise _refused(_("This is nested too deep.")) from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise _refused(_("A number in it is too long.")) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON would keep the last of two values of one name."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RecipeRefused(
                _("“%(name)s” stands twice in one object: with %(first)s and with %(second)s.")
                % {
                    "name": beginning_of(name),
                    "first": beginning_of(json.dumps(found[name], ensure_ascii=False)),
                    "second": beginning_of(json.dumps(value, ensure_ascii=False)),
                },
                field="steps",
                value=told_value(name),
            )
        found[name] = value
    return found


def _refused(message: str) -> RecipeRefused:
    return RecipeRefused(message, field="steps", value=None)
