"""Adapters over an embedding and a head that are one weight."""

import pytest
import torch

from alignment_core.errors import ConfigError, LoadingError
from alignment_core.models.adapters import (
    trained_weights,
)
from alignment_core.models.loading import load_policy
from tests.alignment_core.models.adapted import CPU, IDS, adapted, foreign_adapter


@pytest.mark.parametrize("targets", ["lm_head", "embed_tokens", "q_proj,lm_head"])
def test_layers_that_share_their_weight_are_refused_by_name(tiny_base, targets):
    """Merged, what was learnt for a tied head would change the embedding as well."""
    with pytest.raises(
        ConfigError, match=r"lm_head.* that of model.embed_tokens|embed_tokens.* that of lm_head"
    ) as refusal:
        adapted(tiny_base, lora_targets=targets)
    assert refusal.value.field == "lora_targets"


def test_a_head_of_its_own_takes_an_adapter(tiny_base, tmp_path):
    policy = load_policy(tiny_base, device=CPU)
    head = torch.nn.Linear(32, 331, bias=False)
    policy.set_output_embeddings(head)
    policy.config.tie_word_embeddings = False
    policy.save_pretrained(tmp_path)
    names = [name for name, _ in trained_weights(adapted(tmp_path, lora_targets="lm_head"))]
    assert len(names) == 2


@pytest.mark.filterwarnings("ignore")  # peft says that it is tied
def test_an_adapter_from_elsewhere_over_a_tied_head_is_refused_by_name(tiny_base, tmp_path):
    foreign_adapter(
        tiny_base, tmp_path, target_modules=["lm_head"], base_model_name_or_path=str(tiny_base)
    )
    with pytest.raises(LoadingError, match=r"lm_head, whose weight is that of model.embed_tokens"):
        load_policy(tmp_path, device=CPU)


@pytest.mark.filterwarnings("ignore")  # peft says of each that it is tied
@pytest.mark.parametrize("kept", [["lm_head"], ["embed_tokens"], ["embed_tokens", "lm_head"]])
def test_a_tied_layer_that_an_adapter_replaces_whole_is_not_tied_any_more(
    tiny_base, tmp_path, kept
):
    module = foreign_adapter(
        tiny_base, tmp_path / "adapter", target_modules=["q_proj"], modules_to_save=kept
    )
    merged = load_policy(tmp_path / "adapter", device=CPU)
    merged.save_pretrained(tmp_path / "merged")
    again = load_policy(tmp_path / "merged", device=CPU)
    with torch.no_grad():
        expected = module(IDS).logits
        torch.testing.assert_close(merged(IDS).logits, expected)
        torch.testing.assert_close(again(IDS).logits, expected)
