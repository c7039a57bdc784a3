"""What the choices of a setting are called; a choice without words shows as it is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHOICE_WORDS: dict[str, dict[str, str | Promise]] = {
    "loss": {
        "sigmoid": _("sigmoid: DPO as published"),
        "sigmoid_norm": _("sigmoid_norm: DPO of means over tokens"),
        "robust": _("robust: corrects for flipped labels (rDPO)"),
        "ipo": _("ipo: stops at a margin"),
        "hinge": _("hinge: ignores pairs far enough apart"),
        "apo_zero": _("apo_zero: raises chosen, lowers rejected"),
        "apo_down": _("apo_down: lowers both, where chosen are weak"),
        "exo_pair": _("exo_pair: rather one side than both"),
        "nca_pair": _("nca_pair: keeps chosen likely"),
        "sppo": _("sppo: draws each side to how often it wins"),
    },
    "ties": {
        "auto": _("auto: half with soft labels, else left out"),
        "drop": _("left out"),
        "half": _("half a vote each way"),
        "davidson": _("a model that knows ties (Davidson)"),
        "rao_kupper": _("a model that knows ties (Rao and Kupper)"),
    },
    "weighting": {"equal": _("the same for all"), "agreement": _("by agreement")},
    "curriculum": {
        "none": _("random"),
        "agreement": _("most agreement first"),
        "strength": _("clearest preference first"),
        "length": _("shortest first"),
        "reference": _("what the start prefers already first"),
    },
    "log_ratio": {"auto": _("auto"), "sum": _("summed"), "mean": _("averaged")},
    "importance_correction": {
        "none": _("nothing"),
        "token_truncate": _("hold each token's ratio"),
        "token_mask": _("leave out tokens beyond"),
        "sequence_truncate": _("hold each answer's ratio"),
        "sequence_mask": _("leave out answers beyond"),
    },
    "surrogate": {
        "token": _("each token's ratio"),
        "sequence": _("each answer's ratio (GSPO)"),
        "cispo": _("only the weight (CISPO)"),
    },
    "aggregation": {
        "sequence": _("each answer, then answers"),
        "token": _("all tokens of the step"),
        "constant": _("a fixed length"),
    },
    "lr_schedule": {"cosine": _("falls along a cosine"), "constant": _("stays")},
    "quantization": {"none": _("as they are"), "nf4": _("in 4 bits (QLoRA)")},
    "sharding": {"auto": _("auto"), "off": _("no"), "on": _("yes")},
    "device": {"auto": _("auto"), "cpu": _("processor"), "cuda": _("GPU")},
    "language": {"all": _("all"), "en": _("English"), "zh": _("Chinese")},
}
