"""Signs that a run goes wrong: while it runs, and as it ended."""

from typing import Any

from django.utils.translation import gettext, gettext_noop

from alignment_core.runs.alarm_sentences import template_of
from alignment_core.runs.alarms import find_alarms
from training.models import Run
from training.reports.curves import thinned_metrics

PHASES = ("reference", "eval", "train", "dry")  # those whose metrics alarms are found in

# The sentences of the library, which knows no other language; listed so that they are translated.
SENTENCES = (
    gettext_noop(
        "The reward of chosen completions was {reward:.3g} before anything was learnt, where "
        "policy and reference should agree: the reference may be another model."
    ),
    gettext_noop(
        "The policy was {kl:.3g} nats from its reference before the first step, where it should "
        "be at 0: the reference may be another model."
    ),
    gettext_noop(
        "Every pair was ranked right from the start; the learning rate may be too high, or the "
        "data too easy."
    ),
    gettext_noop(
        "The chosen completions have become much less likely than before training: by "
        "{fall:.3g} nats on held-out pairs."
    ),
    gettext_noop(
        "The chosen completions have become much less likely than before training: their reward "
        "is {reward:.3g}."
    ),
    gettext_noop(
        "The held-out margin grew from {half_margin:.3g} to {margin:.3g} in the second half, but "
        "accuracy did not ({half_accuracy:.3f}, then {accuracy:.3f}): the model grows surer, not "
        "better."
    ),
    gettext_noop(
        "Samples went from {first:.0f} to {last:.0f} tokens: the reward may pay for length, or "
        "for its lack."
    ),
    gettext_noop(
        "{share:.0%} of the samples were cut at max_new_tokens before they ended: their rewards "
        "are of unfinished answers, and nothing teaches the policy to end."
    ),
    gettext_noop(
        "The clip of the ratio took the gradient of {share:.0%} of what was learnt from: each "
        "step wants to go much further than it may."
    ),
    gettext_noop(
        "For {share:.0%} of the prompts all samples earned the same, so nothing was learnt "
        "from them: the reward is too easy, too hard or too coarse, or the policy always says the "
        "same."
    ),
    gettext_noop(
        "At the end only {share:.0%} of a rollout's prompts were found, as the samples of the "
        "others earned nearly the same: each step learnt from few prompts."
    ),
    gettext_noop(
        "After step {step} no prompt was left whose samples earn differently, so the run ended "
        "there."
    ),
    gettext_noop(
        "The policy is {kl:.3g} nats a sequence from its reference, beyond the budget of "
        "{budget:.3g}: rewards gained that far away are often not real."
    ),
    gettext_noop(
        "Held-out accuracy {accuracy:.3f} is below {longer_wins:.3f}, which always taking the "
        "longer completion reaches."
    ),
)


def alarms_of(run: Run) -> list[dict[str, Any]]:
    """What its summary says; of a run without one, what its metrics say so far."""
    if run.summary is not None:
        return run.summary.get("alarms") or []
    lines = [
        {**values, "phase": phase, "step": step}
        for phase in PHASES
        for step, values in thinned_metrics(run, phase)
    ]
    return find_alarms(lines, {}, {}, run.settings)


def alarm_in_words(alarm: dict[str, Any]) -> str:
    """An alarm in the reader's language, with its figures; as it was kept where that had none."""
    try:
        return gettext(template_of(alarm["name"], alarm["figures"])).format(**alarm["figures"])
    except (KeyError, TypeError, ValueError):  # without figures, or of a later library
        return str(alarm.get("message") or alarm.get("name", ""))
