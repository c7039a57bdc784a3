import pytest
import torch

from alignment_core.forward.choice import choose_forward
from alignment_core.forward.forward import Forward
from alignment_core.forward.hidden_states import hidden_states
from alignment_core.forward.last_layer_where_read import last_layer_at, parts_by_token
from alignment_core.forward.packing import packed_batch
from alignment_core.models.recomputation import recompute_layers
from tests.alignment_core.tiny_models import gradient_of, make_examples, make_model

CPU = torch.device("cpu")
N_PARTS = {"llama": 3, "qwen2": 3, "qwen3": 3, "mistral": 3, "gemma2": 3, "cohere": 3}


@pytest.mark.parametrize("family", [*N_PARTS, "phi", "gpt2"])
def test_what_is_read_and_its_gradient_are_those_of_the_whole_layer(family):
    module, examples = make_model(family), make_examples()
    whole = Forward(module, choice=choose_forward(module, dtype="float32", last_layer="whole"))
    cut = Forward(module)
    assert (whole.choice.last_layer, cut.choice.last_layer) == ("whole", "read")
    assert len(parts_by_token(module)) == N_PARTS.get(family, 2)
    weights = torch.linspace(-1.0, 2.0, 32).double()
    for read in ("last_token_hidden", "completion_hidden"):
        expected, found = (getattr(way, read)(examples) for way in (whole, cut))
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
        gradients = [gradient_of(module, (hidden @ weights).sum()) for hidden in (expected, found)]
        difference = (gradients[1] - gradients[0]).norm() / gradients[0].norm()
        assert float(difference) < 1e-6


def test_only_what_is_read_goes_through_the_last_layer():
    module, examples = make_model("llama"), make_examples()
    forward = Forward(module)
    seen = []
    for layer in module.model.layers:
        layer.mlp.gate_proj.register_forward_pre_hook(
            lambda _part, inputs: seen.append(inputs[0].shape[1])
        )
    forward.last_token_hidden(examples)
    n_tokens = packed_batch(examples, device=CPU, with_last=True).n_tokens
    assert seen == [n_tokens, 6]  # the last tokens of three pairs


def test_a_model_whose_parts_want_whole_sequences_runs_its_last_layer_whole():
    module = make_model("llama")
    mlp = module.model.layers[-1].mlp
    own = mlp.forward

    def of_whole_sequences(hidden):
        if hidden.shape[1] == 5:  # the last tokens of the rows that are tried
            raise ValueError("some tokens are missing")
        return own(hidden)

    mlp.forward = of_whole_sequences
    choice = choose_forward(module, dtype="float32")
    assert (choice.layout, choice.last_layer) == ("packed", "whole")


@pytest.mark.parametrize("is_own", [True, False])
def test_layers_that_are_recomputed_run_whole(is_own):
    module, examples = make_model("llama"), make_examples()
    forward = Forward(module)
    expected = gradient_of(module, forward.completions(examples).log_prob.sum())
    if is_own:
        recompute_layers(module)
    else:  # the library's switch
        module.activation_checkpointing_enable()
        module.train()
    found = gradient_of(module, forward.completions(examples).log_prob.sum())
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)


def test_no_hook_stays_behind():
    module = make_model("llama")
    batch = packed_batch(make_examples(), device=CPU, with_last=True)
    with pytest.raises(RuntimeError), last_layer_at(module, batch.last, batch.n_tokens):
        raise RuntimeError
    whole = hidden_states(module, batch)
    assert whole.shape == (batch.n_tokens, 32)
    assert all(not part._forward_hooks for part in module.modules())
    assert all(not part._forward_pre_hooks for part in module.modules())
