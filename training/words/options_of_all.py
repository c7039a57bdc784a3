"""What settings are called, and do, in the reader's language; those of all methods stand here."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.words.options_of_pairs import PAIR_WORDS
from training.words.options_of_rollouts import EVALUATION_WORDS, METHOD_WORDS, ROLLOUT_WORDS

Words = dict[str, tuple[str | Promise, str | Promise]]

COMMON_WORDS: Words = {
    "learning_rate": (_("Learning rate"), _("Its peak, after warm-up and before the cosine.")),
    "epochs": (_("Epochs"), _("How often every record is used.")),
    "batch_size": (_("Batch size"), _("Records in one optimizer step, over all processes.")),
    "max_length": (
        _("Longest sequence, in tokens"),
        _(
            "Prompt and completion together. Old turns are left out to fit; what still does not "
            "fit is dropped and counted."
        ),
    ),
    "max_unusable": (
        _("Unusable records allowed"),
        _(
            "Share of the records that may be left out because they cannot be read, or the chat "
            "template does not take them. With more of them the run is refused."
        ),
    ),
    "fold_system": (
        _("Fold system messages"),
        _(
            "Where the chat template has no place for a system message, put it in front of the "
            "user's next words instead of leaving the record out."
        ),
    ),
    "template_date": (
        _("Today's date"),
        _(
            "What a chat template that asks for it is told, as in 2026-05-31. Empty takes the one "
            "that the base was trained with, or the day on which the run starts."
        ),
    ),
    "seed": (_("Seed"), _("Fixes the order of the data and every random draw.")),
    "warmup_ratio": (
        _("Warm-up share"),
        _("Share of the steps over which the learning rate rises from 0."),
    ),
    "lr_schedule": (
        _("After warm-up"),
        _("The learning rate falls to 0 along a cosine, or stays constant."),
    ),
    "weight_decay": (_("Weight decay"), _("AdamW's pull of the weights towards 0.")),
    "max_grad_norm": (_("Longest gradient"), _("A longer gradient is scaled down to this norm.")),
    "tokens_per_micro_batch": (
        _("Tokens at once"),
        _(
            "How many go through the model together. It bounds memory; the result stays the same "
            "but for what LoRA dropout drops."
        ),
    ),
    "dtype": (
        _("Precision"),
        _(
            "Of the forward pass; weights stay in float32. auto takes bfloat16 where the first "
            "steps show that it is faster and does no harm."
        ),
    ),
    "device": (_("Device"), _("Where to train; auto takes a GPU if there is one.")),
    "eval_every_steps": (
        _("Measure every … steps"),
        _("On the held-out pairs; 0 measures only at both ends."),
    ),
    "save_every_seconds": (
        _("Save every … seconds"),
        _("One more checkpoint is always saved when training ends or stops."),
    ),
    "keep_checkpoints": (_("Checkpoints kept"), _("How many of the newest stay on the worker.")),
    "final_dtype": (
        _("Precision of the result"),
        _("base takes that of the base's own files. Training stays in float32."),
    ),
    "n_sample_prompts": (
        _("Prompts to sample"),
        _("Held-out prompts answered, or pairs scored, for the result's page."),
    ),
    "lora_rank": (
        _("LoRA rank"),
        _(
            "Train low-rank adapters over frozen weights; 0 trains every weight. Adapters take "
            "about ten times the learning rate: 5e-6 for DPO, 2e-4 for SFT."
        ),
    ),
    "lora_alpha": (_("LoRA alpha"), _("The adapters' output is multiplied by this over the rank.")),
    "lora_dropout": (
        _("LoRA dropout"),
        _("Share of the adapters' inputs set to 0 in training."),
    ),
    "lora_targets": (
        _("Layers with adapters"),
        _("“all-linear”, or ends of layers' names with commas between, such as q_proj,v_proj."),
    ),
    "quantization": (
        _("Frozen weights"),
        _("nf4 keeps them in 4 bits (QLoRA), which needs a GPU; none keeps them as they are."),
    ),
    "gradient_checkpointing": (
        _("Recompute layers"),
        _("Much less memory for about a third more time; the result stays the same."),
    ),
    "processes": (
        _("Processes"),
        _(
            "How many share every step, on one machine: one for each GPU. The result stays the "
            "same but for rounding and what LoRA dropout drops."
        ),
    ),
    "sharding": (
        _("Share the weights"),
        _("Between several processes, by FSDP2; auto does so on GPUs."),
    ),
    "layout": (
        _("Layout"),
        _(
            "packed shares a prompt between its answers and pads nothing; padded is the plain "
            "way; auto packs where the model allows it. The result stays the same."
        ),
    ),
    "head": (
        _("Head"),
        _("auto takes log-probabilities without keeping logits, where the model allows it."),
    ),
    "last_layer": (
        _("Last layer"),
        _("auto computes in it only what is read, where sequences are packed; whole, everything."),
    ),
    "matmul": (
        _("Matrix products"),
        _("auto tries two libraries and takes the faster one, if it is exact enough."),
    ),
    "report_to": (
        _("Report to"),
        _(
            "Trackers outside that get the figures as well: some of wandb, trackio and mlflow, "
            "with commas between; none sends nothing anywhere. The worker needs their packages."
        ),
    ),
    "sample_tokens": (_("Longest sample, in tokens"), _("For the result's page.")),
}
OPTION_WORDS: Words = {**COMMON_WORDS, **PAIR_WORDS, **ROLLOUT_WORDS}


def words_of(name: str, *, method: str = "") -> tuple[str | Promise, str | Promise] | None:
    """Label and help of a setting, as this method means it; None for one without words."""
    own = METHOD_WORDS | EVALUATION_WORDS
    return own.get((method, name)) or OPTION_WORDS.get(name)
