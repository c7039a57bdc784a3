"""Random models of several families in float64, and examples to put through them."""

import torch
import transformers

from alignment_core.data.tokenization import TokenizedExample

VOCABULARY = 97
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "initializer_range": 0.2,  # far from uniform, so that a wrong mask shows
}
FAMILIES = {
    "llama": ("Llama", {}),
    "qwen2": ("Qwen2", {}),
    "qwen3": ("Qwen3", {}),
    "mistral": ("Mistral", {"sliding_window": None}),
    "gemma2": (
        "Gemma2",
        {
            "final_logit_softcapping": 3.0,
            "attn_logit_softcapping": 2.0,
            "sliding_window": 32,
        },
    ),
    "cohere": ("Cohere", {"logit_scale": 0.25}),
    "phi": ("Phi", {"num_key_value_heads": 4}),
    "phi3": ("Phi3", {}),
    "gpt_oss": ("GptOss", {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "gpt2": (
        "GPT2",
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "vocab_size": VOCABULARY},
    ),
    "bloom": ("Bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 4, "vocab_size": VOCABULARY}),
    "rwkv": (
        "Rwkv",
        {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "attention_hidden_size": 32,
            "num_hidden_layers": 2,
        },
    ),
    "mamba": (
        "Mamba",
        {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    ),
}


def make_model(family, *, kind="ForCausalLM", **changes):
    """A random float64 model without dropout."""
    name, own = FAMILIES[family]
    plain = {"gpt2": {"initializer_range": 0.2}, "bloom": {}, "mamba": {}, "rwkv": {}}
    settings = {**plain.get(family, SIZES), **own, **changes}
    config = getattr(transformers, f"{name}Config")(pad_token_id=0, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        kind = "LMHeadModel" if (family, kind) == ("gpt2", "ForCausalLM") else kind
        module = getattr(transformers, f"{name}{kind}")(config)
    return module.double().eval()


def make_examples(n_completions=2, *, n_examples=3, seed=0):
    """Examples with prompts and completions of uneven lengths; one completion is a lone token."""
    generator = torch.Generator().manual_seed(seed)

    def some(longest):
        length = int(torch.randint(2, longest, (1,), generator=generator))
        return torch.randint(1, VOCABULARY, (length,), generator=generator).tolist()

    examples = [
        TokenizedExample(str(number), some(14), tuple(some(12) for _ in range(n_completions)))
        for number in range(n_examples)
    ]
    first = examples[0]
    examples[0] = TokenizedExample("0", first.prompt_ids, (*first.completions[:-1], [7]))
    return examples


def gradient_of(module, loss):
    """The whole gradient as one vector; the model's own gradients are cleared."""
    module.zero_grad()
    loss.backward()
    return torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
