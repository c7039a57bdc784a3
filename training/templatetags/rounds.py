"""What came of rounds and of what they decide, in a sentence."""

from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from training.models import Round, RoundStep
from training.templatetags.training import difference_in_words

register = template.Library()

SAID: dict[str, str | Promise] = {
    "better": gettext_lazy("Better than the champion."),
    "worse": gettext_lazy("Worse than the champion."),
    "unclear": gettext_lazy("Not told apart from the champion."),
    "unknown": gettext_lazy("Measured on too few pairs in common to say anything."),
}
SAID_IN_SHORT: dict[str, str | Promise] = {
    "better": pgettext_lazy("a candidate", "better than the champion"),
    "worse": pgettext_lazy("a candidate", "worse than the champion"),
    "unclear": pgettext_lazy("a candidate", "not told apart from the champion"),
    "unknown": pgettext_lazy("a candidate", "measured on too little"),
}


@register.filter
def steps_done(shown: Round) -> str:
    """How many of its steps; the steps are prefetched."""
    steps = list(shown.steps.all())
    done = sum(step.state in RoundStep.DONE for step in steps)
    return _("%(done)d of %(all)d") % {"done": done, "all": len(steps)}


@register.filter
def outcome(shown: Round) -> str:
    """The reason of a failure, or what was decided; empty where there is nothing to say yet."""
    if shown.reason:
        return shown.reason
    said = [
        str(SAID_IN_SHORT[step.result["said"]])
        for step in shown.steps.all()
        if step.kind == "compare" and step.result.get("said") in SAID_IN_SHORT
    ]
    proposals = [step for step in shown.steps.all() if step.kind == "propose" and step.result]
    return ", ".join([*said, *([_("proposed")] if proposals else [])])


@register.filter
def hours(seconds: float) -> str:
    """Machine time as people think of it, to a tenth of an hour."""
    return localize(round(seconds / 3600, 1))


@register.inclusion_tag("training/_decision.html")
def decision(step: RoundStep) -> dict[str, Any]:
    """What a step has found or laid before people."""
    found = step.result
    compared = found if "difference" in found else None
    return {
        "said": SAID.get(found.get("said", ""), ""),
        "compared": compared,
        "difference": difference_in_words(compared) if compared else "",
        "proposal": found.get("proposal"),
    }
