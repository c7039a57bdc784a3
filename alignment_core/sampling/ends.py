"""Which ids end a completion: those of the tokenizer, of its template, and of the model itself."""

from __future__ import annotations

from transformers import PreTrainedModel

from alignment_core.data.tokenization import ChatEncoder


def end_ids_of(policy: PreTrainedModel, encoder: ChatEncoder) -> frozenset[int]:
    """The ids at which a sample of this policy is over.

    A model's `generation_config` names one id or a list, often more than its tokenizer knows of: an
    end of message before a tool's answer, or the end of text beside the end of turn. A model that
    was taught them writes nonsense after them.

    Args:
        policy: a language model. encoder: of its tokenizer.
    """
    settings = getattr(policy, "generation_config", None)  # a bare model has none
    own = getattr(settings, "eos_token_id", None)
    listed = own if isinstance(own, list | tuple) else [own]
    return frozenset({*encoder.end_ids, *listed} - {None})


def name_ends(policy: PreTrainedModel, encoder: ChatEncoder) -> None:
    """Write all ends into the model's own settings, in place, so that other samplers end there."""
    settings = getattr(policy, "generation_config", None)
    if settings is not None:
        ids = sorted(end_ids_of(policy, encoder))
        settings.eos_token_id = ids if len(ids) > 1 else ids[0]
