"""What an alarm says, with places for the figures it was found by.

The sentences are English; whoever shows them in another language looks them up as they stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

# Of two of one alarm, the one is said that has places for just the figures found.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "reference_mismatch": (
        "The reward of chosen completions was {reward:.3g} before anything was learnt, where "
        "policy and reference should agree: the reference may be another model.",
        "The policy was {kl:.3g} nats from its reference before the first step, where it should "
        "be at 0: the reference may be another model.",
    ),
    "accuracy_saturated": (
        "Every pair was ranked right from the start; the learning rate may be too high, or the "
        "data too easy.",
    ),
    "chosen_log_prob_falls": (
        "The chosen completions have become much less likely than before training: by "
        "{fall:.3g} nats on held-out pairs.",
        "The chosen completions have become much less likely than before training: their reward "
        "is {reward:.3g}.",
    ),
    "margin_without_accuracy": (
        "The held-out margin grew from {half_margin:.3g} to {margin:.3g} in the second half, but "
        "accuracy did not ({half_accuracy:.3f}, then {accuracy:.3f}): the model grows surer, not "
        "better.",
    ),
    "length_drifts": (
        "Samples went from {first:.0f} to {last:.0f} tokens: the reward may pay for length, or "
        "for its lack.",
    ),
    "samples_cut": (
        "{share:.0%} of the samples were cut at max_new_tokens before they ended: their rewards "
        "are of unfinished answers, and nothing teaches the policy to end.",
    ),
    "updates_clipped": (
        "The clip of the ratio took the gradient of {share:.0%} of what was learnt from: each "
        "step wants to go much further than it may.",
    ),
    "equal_rewards": (
        "For {share:.0%} of the prompts all samples earned the same, so nothing was learnt "
        "from them: the reward is too easy, too hard or too coarse, or the policy always says the "
        "same.",
    ),
    "rollouts_not_filled": (
        "At the end only {share:.0%} of a rollout's prompts were found, as the samples of the "
        "others earned nearly the same: each step learnt from few prompts.",
    ),
    "samples_ran_dry": (
        "After step {step} no prompt was left whose samples earn differently, so the run ended "
        "there.",
    ),
    "kl_over_budget": (
        "The policy is {kl:.3g} nats a sequence from its reference, beyond the budget of "
        "{budget:.3g}: rewards gained that far away are often not real.",
    ),
    "below_longer_wins": (
        "Held-out accuracy {accuracy:.3f} is below {longer_wins:.3f}, which always taking the "
        "longer completion reaches.",
    ),
}


def template_of(name: str, figures: Mapping[str, float]) -> str:
    """The sentence of an alarm with places for these figures. Raises: KeyError."""
    for template in SENTENCES[name]:
        if {place for _, place, _, _ in Formatter().parse(template) if place} == set(figures):
            return template
    raise KeyError(name)
