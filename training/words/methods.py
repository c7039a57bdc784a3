"""What each method does, in a sentence, and which methods belong together."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.models import Method

GROUPS: tuple[tuple[str | Promise, tuple[Method, ...]], ...] = (
    (_("From answers"), (Method.SFT,)),
    (
        _("From pairs"),
        (Method.DPO, Method.SIMPO, Method.ORPO, Method.KTO, Method.REWARD_MODEL),
    ),
    (
        _("From a reward"),
        (
            Method.ONLINE_DPO,
            Method.PPO,
            Method.RLOO,
            Method.GRPO,
            Method.DR_GRPO,
            Method.DAPO,
        ),
    ),
)

SENTENCES: dict[Method, str | Promise] = {
    Method.SFT: _(
        "Teaches the model to write the chosen answers. Do this first: what follows works best on "
        "a model that already answers in this style."
    ),
    Method.REWARD_MODEL: _(
        "Learns to score an answer as people would. Start it from a fine-tuned checkpoint."
    ),
    Method.DPO: _(
        "Direct preference optimization. Moves the model towards the chosen and away from the "
        "rejected answers, held to where it starts. Start it from a fine-tuned checkpoint."
    ),
    Method.SIMPO: _(
        "Simple preference optimization. Like DPO without a reference: less memory, no length "
        "bias in the reward, but nothing holds the model back."
    ),
    Method.ORPO: _(
        "Odds-ratio preference optimization. Fine-tuning and preferences in one run, straight "
        "from a base model."
    ),
    Method.KTO: _(
        "Kahneman–Tversky optimization. Learns from single answers that are good or bad, so it "
        "can use “both bad” too. Good where votes are noisy or one-sided."
    ),
    Method.ONLINE_DPO: _(
        "Samples answers to the prompts, lets the reward order them, and learns from the pairs."
    ),
    Method.PPO: _(
        "Proximal policy optimization. The classic: samples, rewards, and a value model that says "
        "what to expect. Strong, and the most to set."
    ),
    Method.RLOO: _(
        "REINFORCE leave-one-out. Compares each answer with the others to the same prompt; no "
        "value model, few settings."
    ),
    Method.GRPO: _(
        "Group relative policy optimization. Compares the answers to a prompt with each other, in "
        "units of how far they differ."
    ),
    Method.DR_GRPO: _(
        "GRPO without its two biases: long wrong answers and easy prompts no longer count more."
    ),
    Method.DAPO: _(
        "GRPO for long answers: room for unlikely tokens, no prompts that teach nothing, and a "
        "penalty before the limit of length."
    ),
}
