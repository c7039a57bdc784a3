"""Ready protocols: what labs ask, to be taken as they are or changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.models.protocol import USUAL_VERDICTS

TWO = ["first", "second"]
REASONS = ["More accurate", "More helpful", "Clearer", "Safer", "Better style"]
CRITERIA = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"]

# Words for what presets name; what a lead names is shown as it is written.
KNOWN_NAMES: dict[str, str | Promise] = {
    "More accurate": _("More accurate"),
    "More helpful": _("More helpful"),
    "Clearer": _("Clearer"),
    "Safer": _("Safer"),
    "Better style": _("Better style"),
    "helpfulness": _("Helpfulness"),
    "correctness": _("Correctness"),
    "coherence": _("Coherence"),
    "complexity": _("Complexity"),
    "verbosity": _("Verbosity"),
}


@dataclass(frozen=True)
class Preset:
    """label and about: for whoever chooses. declaration: complete, as it would be stored."""

    label: str | Promise
    about: str | Promise
    declaration: Mapping[str, Any]


PRESETS: dict[str, Preset] = {
    "two_way": Preset(
        _("One of the two"),
        _("Which answer is better, and no way around it. The fastest."),
        {"verdicts": TWO},
    ),
    "tie_both_bad": Preset(
        _("With “about the same” and “both bad”"),
        _("For answers of models that are close to each other, or that both fail."),
        {"verdicts": USUAL_VERDICTS},
    ),
    "strength_four": Preset(
        _("Strength, four steps on each side"),
        _("From negligibly to much better, without a tie: as for Llama 2."),
        {"verdicts": TWO, "strength": {"scale": "four", "required": True}},
    ),
    "strength_three": Preset(
        _("Strength, −3 to 3"),
        _("Three steps on each side and “about the same” between them: as for HelpSteer 2."),
        {"verdicts": [*TWO, "tie"], "strength": {"scale": "three", "required": True}},
    ),
    "reasons": Preset(
        _("Strength with reasons and a note"),
        _("How much better, and why, in words to pick. A note if somebody has more to say."),
        {
            "verdicts": USUAL_VERDICTS,
            "strength": {"scale": "three", "required": True},
            "reasons": {"choices": REASONS, "required": True},
            "note": {"required": False},
        },
    ),
    "criteria": Preset(
        _("Criteria for each answer"),
        _("Both answers rated from 0 to 4 by each criterion, then which is better."),
        {
            "verdicts": [*TWO, "tie"],
            "criteria": {"names": CRITERIA, "required": True},
        },
    ),
    "acceptability": Preset(
        _("Better, and good enough"),
        _("Whether each answer is acceptable, apart from which is better."),
        {"verdicts": [*TWO, "tie"], "acceptability": {"required": True}},
    ),
    "ranking": Preset(
        _("Rank several answers"),
        _("Two to nine answers in order, ties allowed: every pair of them is compared at once."),
        {"verdicts": [*TWO, "tie"], "ranking": {"required": True}},
    ),
    "edit": Preset(
        _("Strength, then edit the better"),
        _(
            "The better answer is made better still: pairs of edited over chosen and over "
            "rejected come of it."
        ),
        {
            "verdicts": TWO,
            "strength": {"scale": "four", "required": True},
            "edit": {"required": False},
        },
    ),
}
USUAL_PRESET = "tie_both_bad"


def preset_of(declaration: Mapping[str, Any]) -> str:
    """The preset that asks just this; "" if none does."""
    asked = (name for name, preset in PRESETS.items() if preset.declaration == declaration)
    return next(asked, "")
