import pytest
import torch
from torch import nn

from alignment_core.forward.lean_embedding import lean_embedding
from alignment_core.machine import kept_blocks as scratch_module
from alignment_core.machine.gradients_in_place import adding_in_place
from tests.alignment_core.tiny_models import make_model


def gradient(module, ids, *, lean):
    layer = module.get_input_embeddings()
    weights = torch.linspace(-1.0, 1.0, ids.numel() * layer.embedding_dim, dtype=torch.float64)
    module.zero_grad()
    if lean:
        with lean_embedding(module):
            embedded = layer(ids)
    else:
        embedded = layer(ids)
    (embedded * weights.view_as(embedded)).sum().backward()
    return layer.weight.grad


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_the_gradient_is_the_layers_own_to_the_bit(family):
    module = make_model(family)
    ids = torch.tensor([[3, 5, 3, 0], [9, 0, 3, 96]])  # repeated, and the padding's id 0
    expected = gradient(module, ids, lean=False)
    assert torch.equal(gradient(module, ids, lean=True), expected)
    assert expected[3].abs().sum() > 0
    is_learnt = module.get_input_embeddings().padding_idx is None
    assert bool(expected[0].abs().sum() > 0) == is_learnt


def test_gradients_of_several_passes_add_up():
    module = make_model("llama")
    ids = torch.tensor([[3, 5, 3]])
    once = gradient(module, ids, lean=True).clone()
    with lean_embedding(module):
        module.get_input_embeddings()(ids).sum().backward()
        module.get_input_embeddings()(ids).sum().backward()
    found = module.get_input_embeddings().weight.grad - once
    torch.testing.assert_close(found[3], torch.full((32,), 4.0).double())  # twice in each of two
    torch.testing.assert_close(found[5], torch.full((32,), 2.0).double())


def test_the_gradient_lies_in_kept_memory_and_is_not_copied(monkeypatch):
    monkeypatch.setattr(scratch_module, "SMALLEST", 1)
    module = make_model("llama")
    scratch_module.release()
    found = gradient(module, torch.tensor([[3, 5]]), lean=True)
    (block,) = scratch_module._blocks
    assert found.data_ptr() == block.memory.data_ptr()
    scratch_module.release()


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_a_later_pass_adds_to_the_gradient_where_it_lies(family):
    module = make_model(family)
    layer = module.get_input_embeddings()
    first, second = torch.tensor([[3, 5, 0]]), torch.tensor([[5, 0, 7]])
    expected = gradient(module, first, lean=False).clone()
    expected += gradient(module, second, lean=False)
    standing = gradient(module, first, lean=True)
    with lean_embedding(module), adding_in_place():
        weights = torch.linspace(-1.0, 1.0, 3 * layer.embedding_dim, dtype=torch.float64)
        (layer(second) * weights.view(1, 3, -1)).sum().backward()
    assert layer.weight.grad is standing
    torch.testing.assert_close(standing, expected, rtol=1e-14, atol=0.0)
    with lean_embedding(module), adding_in_place():
        (own,) = torch.autograd.grad(layer(second).sum(), [layer.weight], allow_unused=True)
    assert own is None  # added, and not returned to be added once more


def test_a_layer_of_another_kind_is_left_alone():
    class Scaled(nn.Embedding):
        def forward(self, ids):
            return super().forward(ids) * 3.0

    module = make_model("llama")
    layer = Scaled(97, 32, dtype=torch.float64)
    module.set_input_embeddings(layer)
    ids = torch.tensor([[3, 5]])
    with lean_embedding(module):
        assert torch.equal(layer(ids), layer.weight[ids] * 3.0)
    assert not layer._forward_hooks
