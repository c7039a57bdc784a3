"""The packed layout and the fused head against the plain way, through whole models."""

import warnings

import pytest
import torch
from torch.nn.attention.flex_attention import flex_attention
from transformers import DynamicCache

from alignment_core.data.tokenization import TokenizedExample
from alignment_core.forward import packed_attention
from alignment_core.forward.choice import ForwardChoice, choose_forward
from alignment_core.forward.forward import Forward
from alignment_core.forward.packed_attention import NAME, attention
from alignment_core.forward.packing import PackedBlocks, packed_batch
from alignment_core.models.attention import set_attention
from tests.alignment_core.tiny_models import gradient_of, make_examples, make_model

CPU = torch.device("cpu")
PLAIN = ForwardChoice(layout="padded", attention="model's own", head="plain")
PACKED_FAMILIES = ["llama", "qwen2", "qwen3", "mistral", "gemma2", "cohere", "phi", "gpt2"]


def loss_of(forward, examples):
    """A loss that treats every completion differently."""
    log_prob = forward.completions(examples).log_prob
    return (log_prob * torch.linspace(-1.0, 1.5, len(log_prob)).double()).sum()


def relative(found, expected):
    return float((found - expected).norm() / expected.norm())


def test_a_packed_row_shares_the_prompt_and_keeps_completions_apart():
    examples = [TokenizedExample("a", [1, 2], ([3, 4], [5])), TokenizedExample("b", [6], ([7],))]
    batch = packed_batch(examples, device=CPU, with_last=True)
    assert batch.inputs["input_ids"].tolist() == [[1, 2, 3, 4, 5, 6, 7]]
    assert batch.inputs["position_ids"].tolist() == [[0, 1, 2, 3, 2, 0, 1]]
    assert batch.targets.tolist() == [3, 4, 7, 5]  # first completions, then second ones
    assert batch.predicting.tolist() == [1, 2, 5, 1]  # the prompt's end predicts both
    assert batch.last.tolist() == [3, 6, 4]
    assert (batch.lengths, batch.n_tokens) == ((2, 1, 1), 7)
    assert batch.inputs["packed_blocks"].mask().int().tolist() == [
        [1, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1, 1],
    ]


def test_the_last_token_is_left_out_where_nothing_is_predicted_from_it():
    examples = [TokenizedExample("a", [1, 2], ([3, 4], [5])), TokenizedExample("b", [6], ([7],))]
    batch = packed_batch(examples, device=CPU, with_last=False)
    assert batch.inputs["input_ids"].tolist() == [[1, 2, 3, 6]]
    assert batch.predicting.tolist() == [1, 2, 3, 1]


@pytest.mark.parametrize("family", PACKED_FAMILIES)
@pytest.mark.parametrize("n_completions", [1, 2, 5])
def test_loss_and_gradient_are_those_of_the_plain_way(family, n_completions):
    module, examples = make_model(family), make_examples(n_completions)
    plain_loss = loss_of(Forward(module, choice=PLAIN), examples)
    expected = gradient_of(module, plain_loss)
    forward = Forward(module)
    assert forward.choice.layout == "packed"
    loss = loss_of(forward, examples)
    torch.testing.assert_close(loss, plain_loss, rtol=1e-6, atol=0.0)
    # norms and rotary angles of these models are float32 whatever their weights are
    assert relative(gradient_of(module, loss), expected) < 1e-6


@pytest.mark.parametrize("family", PACKED_FAMILIES)
def test_half_precision_products_go_packed_too(family):
    module, examples = make_model(family).float(), make_examples()
    forward = Forward(module, dtype="bfloat16")
    assert forward.choice.layout == "packed"
    loss = loss_of(forward, examples)
    plain_loss = loss_of(Forward(module, choice=PLAIN, dtype="bfloat16"), examples)
    found, expected = gradient_of(module, loss), gradient_of(module, plain_loss)
    assert relative(found, expected) < 0.1  # both round to 8 bits, each at other places


@pytest.mark.parametrize("family", ["cohere", "gemma2"])
def test_a_head_whose_logits_are_changed_afterwards_is_not_fused(family):
    choice = choose_forward(make_model(family).float(), dtype="float32")
    assert (choice.layout, choice.head) == ("packed", "plain")
    assert choice.reason == "the model changes its head's logits"


@pytest.mark.parametrize(
    ("family", "reason"),
    [("bloom", "look its attention up by name"), ("mamba", "packed rows: ")],
)
def test_a_model_that_cannot_be_packed_goes_padded_and_the_choice_says_why(family, reason):
    module, examples = make_model(family), make_examples()
    forward = Forward(module)
    assert forward.choice.layout == "padded"
    assert reason in forward.choice.reason
    expected = Forward(module, choice=PLAIN).completions(examples).log_prob
    found = forward.completions(examples).log_prob
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5, check_dtype=False)


def test_a_wrong_attention_is_found_out(monkeypatch):
    # every token sees all before it, siblings and other examples too
    def blind(self):
        total = sum(block.length for block in self.blocks)
        return torch.ones(total, total, dtype=torch.bool).tril()

    def wrong(query, key, value, blocks, scaling, softcap):
        mask = blind(PackedBlocks(blocks, CPU))
        return packed_attention._capped(query, key, value, mask, scaling, softcap).transpose(1, 2)

    monkeypatch.setattr(packed_attention, "LARGEST_DENSE", 0)
    monkeypatch.setattr(packed_attention, "_by_block", wrong)
    module = make_model("llama")
    choice = choose_forward(module, dtype="float32")
    assert choice.layout == "padded"
    assert "hidden states differ by" in choice.reason
    assert module.config._attn_implementation == "sdpa"  # as it was


def test_sequences_beyond_a_sliding_window_go_padded():
    module, examples = make_model("mistral", sliding_window=16), make_examples()
    forward = Forward(module)
    assert not forward.packs(examples)
    assert forward.packs([TokenizedExample("short", [1, 2, 3], ([4, 5], [6]))])
    expected = Forward(module, choice=PLAIN).completions(examples)
    torch.testing.assert_close(forward.completions(examples), expected)


def test_dropout_keeps_to_the_padded_layout():
    module, examples = make_model("llama", attention_dropout=0.1), make_examples()
    forward = Forward(module)
    assert forward.packs(examples)
    module.train()
    assert not forward.packs(examples)


def test_layout_and_head_can_be_switched_off():
    choice = choose_forward(make_model("llama"), dtype="float32", layout="padded", head="plain")
    assert choice == ForwardChoice(
        layout="padded",
        attention="model's own",
        head="plain",
        reason="layout is padded; head is plain",
    )


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_rewards_are_read_at_the_last_token_of_each_completion(family):
    module = make_model(family, kind="ForSequenceClassification", num_labels=1)
    examples = make_examples()
    expected = Forward(module, choice=PLAIN).scores(examples)
    forward = Forward(module)
    assert forward.choice == ForwardChoice(
        layout="packed", attention="blocks", head="none", last_layer="read"
    )
    torch.testing.assert_close(forward.scores(examples), expected, rtol=1e-5, atol=1e-6)


def test_the_split_into_micro_batches_changes_nothing():
    module, examples = make_model("llama"), make_examples(3, n_examples=4)
    forward = Forward(module)

    def parts(*groups):
        scores = [forward.completions(group) for group in groups]
        return sum((score.log_prob**2).sum() for score in scores)

    together = gradient_of(module, parts(examples))
    apart = gradient_of(module, parts(examples[:1], examples[1:]))
    assert relative(apart, together) < 1e-6


def test_token_scores_and_hidden_states_are_those_of_the_plain_way():
    module, examples = make_model("qwen3"), make_examples(3)
    fast, plain = Forward(module), Forward(module, choice=PLAIN)
    found = fast.completion_tokens(examples, temperature=0.7)
    torch.testing.assert_close(
        found, plain.completion_tokens(examples, temperature=0.7), rtol=1e-5, atol=1e-6
    )
    torch.testing.assert_close(
        fast.completion_hidden(examples), plain.completion_hidden(examples), rtol=1e-5, atol=1e-6
    )


def test_layers_computed_again_see_the_same_blocks():
    module, examples = make_model("llama"), make_examples()
    forward = Forward(module)
    expected = gradient_of(module, loss_of(forward, examples))
    module.activation_checkpointing_enable()
    module.train()
    found = gradient_of(module, loss_of(forward, examples))
    assert forward.packs(examples)
    torch.testing.assert_close(found, expected)


def packed_case(n_heads=4, n_keys=2, n_examples=3, width=8):
    generator = torch.Generator().manual_seed(0)
    batch = packed_batch(make_examples(n_examples=n_examples), device=CPU, with_last=True)
    query, key, value = (
        torch.randn(1, heads, batch.n_tokens, width, dtype=torch.float64, generator=generator)
        for heads in (n_heads, n_keys, n_keys)
    )
    return batch.inputs["packed_blocks"], [part.requires_grad_() for part in (query, key, value)]


@pytest.mark.parametrize("largest_dense", [packed_attention.LARGEST_DENSE, 0])
def test_both_kernels_of_the_processor_equal_masked_attention(largest_dense, monkeypatch):
    monkeypatch.setattr(packed_attention, "LARGEST_DENSE", largest_dense)
    blocks, parts = packed_case()
    query, key, value = parts
    output, _ = attention(torch.nn.Module(), *parts, None, scaling=0.3, packed_blocks=blocks)
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=blocks.mask(), scale=0.3, enable_gqa=True
    ).transpose(1, 2)
    torch.testing.assert_close(output, expected)
    weights = torch.linspace(-1, 1, output.numel(), dtype=torch.float64).view_as(output)
    found = torch.autograd.grad((output * weights).sum(), parts)
    wanted = torch.autograd.grad((expected * weights).sum(), parts)
    torch.testing.assert_close(found, wanted)


def test_gradients_of_attention_equal_finite_differences():
    blocks, parts = packed_case(n_heads=2, n_keys=1, n_examples=1, width=2)
    torch.autograd.gradcheck(
        lambda *args: attention(torch.nn.Module(), *args, None, packed_blocks=blocks)[0], parts
    )


@pytest.mark.parametrize("n_keys", [4, 2])
def test_attention_of_one_token_over_a_cache_equals_the_library_s(n_keys):
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(3, 4, 1, 8, generator=generator, dtype=torch.float64)
    key, value = torch.randn(2, 3, n_keys, 6, 8, generator=generator, dtype=torch.float64)
    mask = torch.ones(3, 1, 1, 6, dtype=torch.bool)
    mask[1, :, :, :4] = False  # padding on the left
    for seen in (mask, None):
        output, _ = attention(torch.nn.Module(), query, key, value, seen, scaling=0.3)
        expected = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=seen, scale=0.3, enable_gqa=True
        ).transpose(1, 2)
        torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("family", ["llama", "gemma2"])
@pytest.mark.parametrize("n_padding", [0, 3])
def test_tokens_sampled_with_a_cache_see_all_that_came_before(family, n_padding):
    ids = torch.randint(1, 97, (2, 12), generator=torch.Generator().manual_seed(3))
    plain = make_model(family)
    with torch.no_grad():
        expected = torch.stack(
            [plain(ids[:1]).logits[0, -4:], plain(ids[1:, n_padding:]).logits[0, -4:]]
        )
        module = make_model(family)
        set_attention(module, NAME)
        mask, cache, logits = torch.ones_like(ids), DynamicCache(), []
        mask[1, :n_padding] = 0
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        for start, end in ((0, 9), (9, 10), (10, 11), (11, 12)):
            answer = module(
                input_ids=ids[:, start:end],
                attention_mask=mask[:, :end],
                position_ids=positions[:, start:end],
                past_key_values=cache,
                use_cache=True,
            )
            logits.append(answer.logits[:, -1])
    # Its own softmax is in float32.
    torch.testing.assert_close(torch.stack(logits, 1), expected, rtol=0, atol=1e-5)


def test_the_block_mask_of_a_gpu_says_the_same():
    blocks, parts = packed_case(n_keys=4)
    expected, _ = attention(torch.nn.Module(), *parts, None, packed_blocks=blocks)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is slow here, where nothing compiles it
        output = flex_attention(*[p.detach() for p in parts], block_mask=blocks.flex_mask)
    torch.testing.assert_close(output.transpose(1, 2), expected)
