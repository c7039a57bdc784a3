"""A reward model over any backbone, also where `transformers` has no classifier for its type.

It is the type's causal language model with its head taken out and a score put in its place, so that
weights are found, renamed and saved as for the language model. `load_reward_model` reads what it
writes. Plain `transformers` reads its backbone by `AutoModel`; `score.weight` lies beside it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
)

KIND = "ForSequenceClassification"  # how the class of a reward model ends in a config


def reward_model_class(config: PretrainedConfig) -> tuple[Any, dict[str, Any]]:
    """What reads a reward model from disk, and what its `from_pretrained` has to be told.

    Of a model that sees and hears as well, that is its language model where `transformers` has one.
    """
    if type(config) in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
        return AutoModelForSequenceClassification, {"num_labels": 1}
    language_model: Any = _language_model_of(config)
    if language_model is None:
        return AutoModelForSequenceClassification, {"num_labels": 1}
    if _text_config_of(config) is language_model.config_class:
        config = config.get_text_config()
    config.num_labels = 1
    return _class_over(language_model), {"config": config}


def _language_model_of(config: PretrainedConfig) -> type[PreTrainedModel] | None:
    """The causal language model of a type, also of one that is known as part of a larger one."""
    own = _class_for(type(config))
    if own is not None:
        return own
    wholes = [kind for kind in MODEL_FOR_CAUSAL_LM_MAPPING if _text_config_of(kind) is type(config)]
    found = [model for model in map(_class_for, wholes) if model is not None]
    return next((model for model in found if model.config_class is type(config)), None)


def _class_for(kind: Any) -> type[PreTrainedModel] | None:
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING:
        return None
    found: Any = MODEL_FOR_CAUSAL_LM_MAPPING[kind]
    model: type[PreTrainedModel] = found[0] if isinstance(found, tuple) else found
    return model


def _text_config_of(kind: Any) -> Any:
    return kind.sub_configs.get("text_config")


class _Scored:
    """Before a causal language model in a class's bases: its head is a score of the last token."""

    _tied_weights_keys: dict[str, str] = {}  # read off the class

    def __init__(self, config: PretrainedConfig, *arguments: Any, **settings: Any) -> None:
        model: Any = self
        of_language: Any = super()
        of_language.__init__(config, *arguments, **settings)
        width = of_language.get_output_embeddings().weight.shape[1]
        embedding = model.get_input_embeddings()
        for name, child in list(model.named_children()):
            if any(part is embedding for part in child.modules()):
                self.base_model_prefix = name
            else:
                delattr(self, name)
        self.score = nn.Linear(width, 1, bias=False)
        model.post_init()

    @classmethod
    def can_generate(cls) -> bool:
        return False

    @classmethod
    def is_custom_code(cls) -> bool:
        """As its own type, so that the type's rules for names of weights hold."""
        return False

    def get_output_embeddings(self) -> None:
        return None

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **inputs: Any,
    ) -> SequenceClassifierOutput:
        """Scores at each row's last token that is not masked; logits of shape (rows, 1)."""
        backbone = getattr(self, self.base_model_prefix)
        hidden = backbone(
            input_ids=input_ids, attention_mask=attention_mask, **inputs
        ).last_hidden_state
        places = torch.arange(hidden.shape[1], device=hidden.device)
        mask = torch.ones_like(hidden[..., 0]) if attention_mask is None else attention_mask
        last = (places * (mask > 0)).argmax(-1)
        rows = torch.arange(len(hidden), device=hidden.device)
        return SequenceClassifierOutput(logits=self.score(hidden[rows, last]))


@cache
def _class_over(language_model: Any) -> type[PreTrainedModel]:
    family = re.sub(r"(For[A-Z]\w+|LMHeadModel|Decoder)$", "", language_model.__name__)
    return type(
        family + KIND,
        (_Scored, language_model),
        {"__module__": __name__, "config_class": language_model.config_class},
    )


def is_reward_model(config: Any) -> bool:
    """Whether a checkpoint's config is that of a sequence classifier."""
    names = config.architectures or []
    return any(name.endswith(KIND) for name in names)
