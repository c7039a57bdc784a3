"""What came of rounds and of what they decide, in a sentence."""

from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from training.models import Round, RoundStep
from training.promotion.evidence_words import people_in_words
from training.templatetags.training import difference_in_words

register = template.Library()

NOT_TOLD = gettext_lazy(
    "An admin can say what was found: it has to do with what other projects made."
)
SAID: dict[str, str | Promise] = {
    "better": gettext_lazy("Better than the champion."),
    "worse": gettext_lazy("Worse than the champion."),
    "unclear": gettext_lazy("Not told apart from the champion."),
    "unknown": gettext_lazy("Measured on too few pairs in common to say anything."),
    "trained_on": gettext_lazy(
        "Not compared: one of the two was trained on prompts that this snapshot holds out."
    ),
    "of_others": gettext_lazy(
        "Not compared: the snapshot holds votes of projects that neither of them learnt from."
    ),
    "not_told": NOT_TOLD,
}
SAID_BY_PEOPLE: dict[str, str | Promise] = {
    "better": gettext_lazy("People preferred it to the champion."),
    "worse": gettext_lazy("People preferred the champion."),
    "unclear": gettext_lazy("People have not decided."),
    "not_told": NOT_TOLD,
}
SAID_IN_SHORT: dict[str, str | Promise] = {
    "better": pgettext_lazy("a candidate", "better than the champion"),
    "worse": pgettext_lazy("a candidate", "worse than the champion"),
    "unclear": pgettext_lazy("a candidate", "not told apart from the champion"),
    "unknown": pgettext_lazy("a candidate", "measured on too little"),
    "trained_on": pgettext_lazy("a candidate", "not to be compared"),
    "of_others": pgettext_lazy("a candidate", "not to be compared"),
}
SAID_BY_PEOPLE_IN_SHORT: dict[str, str | Promise] = {
    "better": gettext_lazy("people preferred it"),
    "worse": gettext_lazy("people preferred the champion"),
    "unclear": gettext_lazy("people have not decided"),
}
IN_SHORT = {"compare": SAID_IN_SHORT, "arena": SAID_BY_PEOPLE_IN_SHORT}


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
        str(IN_SHORT[step.kind][step.result["said"]])
        for step in shown.steps.all()
        if step.result.get("said") in IN_SHORT.get(step.kind, ())
    ]
    proposals = [step for step in shown.steps.all() if step.kind == "propose" and step.result]
    return pgettext("between items", "; ").join([*said, *([_("proposed")] if proposals else [])])


@register.filter
def hours(seconds: float) -> str:
    """Machine time as people think of it, to a tenth of an hour."""
    return localize(round(seconds / 3600, 1))


@register.inclusion_tag("training/_decision.html")
def decision(step: RoundStep, *, shows_proposal: bool) -> dict[str, Any]:
    """What a step has found or laid before people; its reader may not see the proposal itself."""
    found = step.result
    words = SAID_BY_PEOPLE if step.kind == "arena" else SAID
    compared = found if "difference" in found else None
    return {
        "said": words.get(found.get("said", ""), ""),
        "people": people_in_words(found) if "n_first" in found else "",
        "compared": compared,
        "difference": difference_in_words(compared) if compared else "",
        "proposal": found.get("proposal"),
        "shows_proposal": shows_proposal,
    }
