"""Changes to one step of a chain: the numbers by which steps are named move with them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from training.automation.step_sources import renumbered
from training.errors import RecipeRefused

Steps = list[dict[str, Any]]


def with_step(steps: Steps, number: int, step: dict[str, Any]) -> Steps:
    """The step in place of what stands there."""
    _check_number(number, steps)
    return [*steps[: number - 1], step, *steps[number:]]


def with_step_after(steps: Steps, number: int, step: dict[str, Any]) -> Steps:
    """The step behind that of the number; 0 is before the first."""
    if not 0 <= number <= len(steps):
        raise _no_such_step(number)
    numbers = {n: n if n <= number else n + 1 for n in range(1, len(steps) + 1)}
    return [*steps[:number], step, *(renumbered(later, numbers) for later in steps[number:])]


def without_step(steps: Steps, number: int) -> Steps:
    """Raises: RecipeRefused where a later step works on its result."""
    _check_number(number, steps)
    numbers = {n: n if n < number else n - 1 for n in range(1, len(steps) + 1) if n != number}
    return _all_renumbered([*steps[: number - 1], *steps[number:]], numbers, gone=number)


def with_step_earlier(steps: Steps, number: int) -> Steps:
    """The step and the one before it in each other's places.

    Whether it may stand there, the check of the chain says.
    """
    _check_number(number, steps)
    _check_number(number - 1, steps)
    numbers = {n: n for n in range(1, len(steps) + 1)} | {number: number - 1, number - 1: number}
    swapped = [*steps[: number - 2], steps[number - 1], steps[number - 2], *steps[number:]]
    return _all_renumbered(swapped, numbers)


def _all_renumbered(steps: Steps, numbers: Mapping[int, int], *, gone: int = 0) -> Steps:
    changed = []
    for place, step in enumerate(steps, start=1):
        try:
            changed.append(renumbered(step, numbers))
        except KeyError as error:
            raise RecipeRefused(
                _("Step %(later)d works on the result of step %(gone)d: change that first.")
                % {"later": place + 1, "gone": gone},
                field="steps",
                value=gone,
            ) from error
    return changed


def _check_number(number: int, steps: Steps) -> None:
    if not 1 <= number <= len(steps):
        raise _no_such_step(number)


def _no_such_step(number: int) -> RecipeRefused:
    return RecipeRefused(_("There is no step %(n)d.") % {"n": number}, field="steps", value=number)
