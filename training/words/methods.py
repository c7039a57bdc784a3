"""What each method of the library is called, and what it does in a sentence."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.configs import METHODS


class MethodWords(NamedTuple):
    title: str | Promise
    sentence: str | Promise


METHODS_IN_WORDS: dict[str, MethodWords] = {
    "sft": MethodWords(
        _("supervised fine-tuning"),
        _(
            "Teaches the model to write the chosen answers. Do this first: what follows works best "
            "on a model that already answers in this style."
        ),
    ),
    "reward_model": MethodWords(
        _("reward model"),
        _("Learns to score an answer as people would. Start it from a fine-tuned checkpoint."),
    ),
    "dpo": MethodWords(
        _("DPO"),
        _(
            "Direct preference optimization. Moves the model towards the chosen and away from the "
            "rejected answers, held to where it starts. Start it from a fine-tuned checkpoint."
        ),
    ),
    "simpo": MethodWords(
        _("SimPO"),
        _(
            "Simple preference optimization. Like DPO without a reference: less memory, no length "
            "bias in the reward, but nothing holds the model back."
        ),
    ),
    "cpo": MethodWords(
        _("CPO"),
        _(
            "Contrastive preference optimization. DPO without a reference: learning to write the "
            "chosen answers as well is what holds the model."
        ),
    ),
    "orpo": MethodWords(
        _("ORPO"),
        _(
            "Odds-ratio preference optimization. Fine-tuning and preferences in one run, straight "
            "from a base model."
        ),
    ),
    "kto": MethodWords(
        _("KTO"),
        _(
            "Kahneman–Tversky optimization. Learns from single answers that are good or bad, so it "
            "can use “both bad” too. Good where votes are noisy or one-sided."
        ),
    ),
    "online_dpo": MethodWords(
        _("online DPO"),
        _("Samples answers to the prompts, lets the reward order them, and learns from the pairs."),
    ),
    "ppo": MethodWords(
        _("PPO"),
        _(
            "Proximal policy optimization. The classic: samples, rewards, and a value model that "
            "says what to expect. Strong, and the most to set."
        ),
    ),
    "rloo": MethodWords(
        _("RLOO"),
        _(
            "REINFORCE leave-one-out. Compares each answer with the others to the same prompt; no "
            "value model, few settings."
        ),
    ),
    "grpo": MethodWords(
        _("GRPO"),
        _(
            "Group relative policy optimization. Compares the answers to a prompt with each other, "
            "in units of how far they differ."
        ),
    ),
    "dr_grpo": MethodWords(
        _("Dr. GRPO"),
        _("GRPO without its two biases: long wrong answers and easy prompts no longer count more."),
    ),
    "dapo": MethodWords(
        _("DAPO"),
        _(
            "GRPO for long answers: room for unlikely tokens, no prompts that teach nothing, and a "
            "penalty before the limit of length."
        ),
    ),
    "gspo": MethodWords(
        _("GSPO"),
        _(
            "GRPO that weighs each answer as a whole: either all of its tokens teach, or none. "
            "Steadier for long answers and for mixtures of experts."
        ),
    ),
    "cispo": MethodWords(
        _("CISPO"),
        _(
            "GRPO that bounds how much a token counts instead of leaving it out, so rare but "
            "decisive tokens go on teaching."
        ),
    ),
}
METHOD_CHOICES = [(name, METHODS_IN_WORDS[name].title) for name in METHODS]

_SOURCES = {
    "answers": _("From answers"),
    "pairs": _("From pairs"),
    "rewards": _("From a reward"),
}


def method_groups() -> list[tuple[str | Promise, list[tuple[str, str | Promise]]]]:
    """Names and titles of the methods by what they learn from."""
    # Reward models come last in their group: a person who asks for a policy seldom means one.
    policies_first = sorted(METHODS.values(), key=lambda method: method.makes != "policy")
    return [
        (
            title,
            [
                (method.name, METHODS_IN_WORDS[method.name].title)
                for method in policies_first
                if method.learns_from == source
            ],
        )
        for source, title in _SOURCES.items()
    ]
