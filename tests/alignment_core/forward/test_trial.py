"""What a base's trial finds out, and what is done about it; plain transformers is the judge."""

import pytest
import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from alignment_core.data.collation import rows_of
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import LoadingError
from alignment_core.forward.choice import choose_forward
from alignment_core.forward.forward import Forward
from alignment_core.forward.nonsense import nonsense_ids
from alignment_core.forward.packed_attention import NAME
from alignment_core.forward.trial import begin_trial
from tests.alignment_core.tiny_models import make_examples, make_model

LONG_ROPE = {
    "original_max_position_embeddings": 16,
    "rope_parameters": {
        "rope_type": "longrope",
        "rope_theta": 10000.0,
        "short_factor": [1.0] * 4,
        "long_factor": [1.5, 3.0, 6.0, 12.0],
    },
}


def alone(module, examples):
    """Log-probs of the completions by the model itself, one row at a time."""
    log_probs = []
    for number, side in rows_of(examples):
        prompt, ids = examples[number].prompt_ids, examples[number].completions[side]
        logits = module(input_ids=torch.tensor([prompt + ids]), use_cache=False).logits[0]
        log_softmax = logits[len(prompt) - 1 : -1].double().log_softmax(-1)
        log_probs.append(log_softmax[range(len(ids)), ids].sum())
    return torch.stack(log_probs)


def on_both_sides():
    """Examples up to 16 tokens and beyond, and one with a completion on either side."""
    ids = list(nonsense_ids_below(97, 80))
    return [
        TokenizedExample("short", ids[:4], (ids[4:10], ids[10:13])),
        TokenizedExample("both", ids[13:22], (ids[22:27], ids[27:40])),
        TokenizedExample("just beyond", ids[40:50], (ids[50:57], ids[57:64])),
    ]


def nonsense_ids_below(n_ids, n_wanted):
    return ((number * 7919) % (n_ids - 1) + 1 for number in range(1, n_wanted))


def register(name, wrong):
    AttentionInterface.register(name, wrong)
    AttentionMaskInterface.register(name, sdpa_mask)


def test_a_model_that_reads_later_tokens_is_refused():
    module = make_model("llama")
    mlp = module.model.layers[0].mlp
    own = mlp.forward
    mlp.forward = lambda hidden: own(hidden + 0.01 * hidden.mean(1, keepdim=True))
    with pytest.raises(LoadingError, match="not causal"):
        choose_forward(module, dtype="float32")


def test_an_attention_that_is_not_eager_attention_gives_way_to_it():
    def wrong(*arguments, scaling=None, **others):
        return sdpa_attention_forward(*arguments, scaling=scaling * 1.01, **others)

    register("slightly_off", wrong)
    module, examples = make_model("llama"), make_examples()
    expected = alone(module, examples)
    module.set_attn_implementation("slightly_off")
    choice = choose_forward(module, dtype="float32", layout="padded")
    assert (choice.layout, choice.attention, choice.rows) == ("padded", "eager", "together")
    assert "slightly_off attention, rows together: hidden states differ" in choice.reason
    module.set_attn_implementation("slightly_off")  # as if loaded again, with the choice kept
    found = Forward(module, choice=choice).completions(examples).log_prob
    torch.testing.assert_close(found, expected)


def test_an_attention_that_goes_wrong_beyond_a_window_is_found_out_however_wide_the_window():
    def without_window(module, query, key, value, mask, **others):
        return sdpa_attention_forward(module, query, key, value, None, is_causal=True, **others)

    register("without_window", without_window)
    module = make_model("mistral", sliding_window=60)
    module.set_attn_implementation("without_window")
    choice = choose_forward(module, dtype="float32", layout="padded")
    assert choice.attention == "eager"
    assert module.config.sliding_window == 60  # as it was


def test_attention_sinks_which_packed_attention_does_not_know_keep_to_the_padded_layout():
    module = make_model("gpt_oss").float()
    choice = choose_forward(module, dtype="float32")
    assert choice.layout == "padded"
    assert "packed rows: hidden states differ" in choice.reason
    assert module.config._attn_implementation != NAME


def by_padded_length(family="llama"):
    """A model to which it matters how long the batch is."""
    module = make_model(family)
    mlp = module.model.layers[0].mlp
    own = mlp.forward
    mlp.forward = lambda hidden: own(hidden) * (1 + hidden.shape[1] / 10)
    return module


def test_rows_that_padding_reaches_go_through_with_their_equals_only():
    module, examples = by_padded_length(), make_examples(3, n_examples=4)
    forward = Forward(module)
    assert (forward.choice.layout, forward.choice.rows) == ("padded", "by length")
    scores = forward.completions(examples)
    torch.testing.assert_close(scores.log_prob, alone(module, examples))
    tokens = forward.completion_tokens(examples)
    torch.testing.assert_close(tokens.per_row(tokens.log_prob), scores.log_prob)
    one_by_one = [forward.last_token_hidden([example]) for example in examples]
    torch.testing.assert_close(
        forward.last_token_hidden(examples), torch.stack(one_by_one, 1).flatten(0, 1)
    )
    hidden = forward.completion_hidden(examples)
    assert hidden.shape[0] == int(scores.n_tokens.sum())
    scores.log_prob.sum().backward()
    assert module.model.layers[0].mlp.up_proj.weight.grad.abs().sum() > 0


def test_a_base_without_any_right_way_is_refused_with_all_that_was_tried():
    module = make_model("llama")
    calls = iter(range(10_000))
    mlp = module.model.layers[0].mlp
    own = mlp.forward
    # causal to the eye, but another model at each call once rows share one
    mlp.forward = lambda hidden: (
        own(hidden) * (1 if hidden.shape[0] == 1 else 1 + next(calls) / 10 + 0.1)
    )
    with pytest.raises(LoadingError, match="no way through the base's model is right") as caught:
        choose_forward(module, dtype="float32", layout="padded")
    assert caught.value.field == "base"
    assert "eager attention, rows by length: hidden states differ" in str(caught.value)


def test_a_base_that_cannot_be_run_here_is_refused():
    module = make_model("llama")

    def absent(_hidden):
        raise ImportError("the kernels of this model are not installed")

    module.model.layers[0].mlp.forward = absent
    with pytest.raises(LoadingError, match="cannot be run here: ImportError: the kernels"):
        choose_forward(module, dtype="float32")


@pytest.mark.parametrize("layout", ["packed", "padded"])
def test_factors_that_change_with_the_longest_of_a_call_do_not_depend_on_the_company(layout):
    module = make_model("phi3", **LONG_ROPE)
    choice = choose_forward(module, dtype="float32", layout=layout)
    assert (choice.layout, list(choice.switches), choice.longest) == (layout, [16], None)
    forward, examples = Forward(module, choice=choice), on_both_sides()
    found = forward.completions(examples)
    torch.testing.assert_close(found.log_prob, alone(module, examples), rtol=1e-6, atol=1e-6)
    apart = [forward.completions([example]).log_prob for example in examples]
    torch.testing.assert_close(found.log_prob, torch.stack(apart, 1).flatten())
    shared = [forward.completions([example]).shared_log_prob for example in examples]
    torch.testing.assert_close(found.shared_log_prob, torch.stack(shared, 1).flatten())


def test_lengths_that_change_nothing_are_not_taken_for_switches():
    yarn = {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4}
    yarn["original_max_position_embeddings"] = 16
    choice = choose_forward(make_model("llama", rope_parameters=yarn), dtype="float32")
    assert (choice.switches, choice.longest) == ((), None)


def test_beyond_the_length_where_every_call_changes_the_factors_sequences_are_refused():
    dynamic = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}
    module = make_model("llama", rope_parameters=dynamic, max_position_embeddings=16)
    expected = alone(make_model("llama", rope_parameters=dynamic), on_both_sides()[:1])
    forward = Forward(module)
    assert forward.choice.longest == 16
    torch.testing.assert_close(forward.completions(on_both_sides()[:1]).log_prob, expected)
    with pytest.raises(LoadingError, match="beyond 16 tokens") as caught:
        forward.completions(on_both_sides())
    assert (caught.value.field, caught.value.value) == ("max_length", 22)


def test_sequences_on_two_sides_are_not_read_by_weights_in_shares(monkeypatch):
    from alignment_core.forward import forward as forward_module

    forward = Forward(make_model("phi3", **LONG_ROPE))
    monkeypatch.setattr(forward_module, "is_sharded", lambda _module: True)
    with pytest.raises(LoadingError, match="take sharding off"):
        forward.completions(on_both_sides())


def test_what_is_tried_is_text_and_fits_the_model():
    module = make_model("llama", max_position_embeddings=12)
    module.config.image_token_id = next(iter(nonsense_ids(module)))
    examples = begin_trial(module).examples
    assert max(example.n_tokens for example in examples) == 12
    every_id = {
        token
        for example in examples
        for ids in (example.prompt_ids, *example.completions)
        for token in ids
    }
    assert module.config.image_token_id not in every_id
