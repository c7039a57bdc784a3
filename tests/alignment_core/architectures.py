"""Architectures of the installed transformers, tiny, for the matrix with the methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from alignment_core.models.tiny import train_tokenizer
from tests.alignment_core.small_runs import TEXTS

WIDTH, CONTEXT = 16, 128
SIZES: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": CONTEXT,
    "initializer_range": 0.2,  # far from uniform, so that a wrong mask shows
}
OLD_SIZES: dict[str, Any] = {
    "n_embd": WIDTH,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": CONTEXT,
    "initializer_range": 0.2,
}
EXPERTS: dict[str, Any] = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8}
LOCAL_EXPERTS: dict[str, Any] = {"num_local_experts": 4, "num_experts_per_tok": 2}
NO_HEADS: dict[str, Any] = {"hidden_size": WIDTH, "num_hidden_layers": 2, "initializer_range": 0.2}
VISION: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
STATE: dict[str, Any] = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "state_size": 4,
    "initializer_range": 0.2,
}


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A model type with settings that make it tiny."""

    name: str  # as `model_type` of its config
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, Any] = field(default_factory=lambda: SIZES)
    is_multimodal: bool = False  # the settings are of its text part


def _of(kind: str, name: str, sizes: dict[str, Any] = SIZES, **settings: Any) -> Architecture:
    return Architecture(name=name, kind=kind, sizes=sizes, settings=settings)


ARCHITECTURES = [
    _of("dense", "llama"),
    _of("dense", "qwen2"),
    _of("dense", "qwen3"),
    _of("dense", "granite"),
    _of("dense", "olmo2"),
    _of("dense", "glm4"),
    _of("dense", "smollm3"),
    _of("dense, scaled logits", "cohere", logit_scale=0.25),
    _of("dense", "phi", num_key_value_heads=4),
    _of(
        "dense, two sets of rotary factors",
        "phi3",
        head_dim=4,
        original_max_position_embeddings=40,
        rope_parameters={
            "rope_type": "longrope",
            "rope_theta": 10000.0,
            "short_factor": [1.0] * 2,
            "long_factor": [1.5, 6.0],
        },
    ),
    _of("dense, learnt positions", "gpt2", OLD_SIZES),
    _of("dense", "gpt_neox", num_key_value_heads=None),
    _of("dense", "gptj", OLD_SIZES, rotary_dim=4),
    _of("dense, learnt positions", "opt", {**SIZES, "ffn_dim": 24, "word_embed_proj_dim": WIDTH}),
    _of("dense", "starcoder2", sliding_window=None),
    _of(
        "local attention",
        "gpt_neo",
        {
            "hidden_size": WIDTH,
            "num_layers": 2,
            "num_heads": 4,
            "intermediate_size": 24,
            "max_position_embeddings": CONTEXT,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 12,
            "initializer_range": 0.2,
        },
    ),
    _of("sliding window", "mistral", sliding_window=24),
    _of("sliding window, soft caps", "gemma2", sliding_window=24),
    _of("sliding window", "gemma3_text", sliding_window=24),
    _of(
        "chunks, experts",
        "llama4_text",
        attention_chunk_size=24,
        intermediate_size_mlp=24,
        **LOCAL_EXPERTS,
    ),
    _of(
        "ALiBi",
        "bloom",
        {"hidden_size": WIDTH, "n_layer": 2, "n_head": 4, "initializer_range": 0.2},
    ),
    _of("ALiBi", "mpt", {"d_model": WIDTH, "n_heads": 4, "n_layers": 2}),
    _of("ALiBi", "falcon", {**NO_HEADS, "alibi": True, "num_attention_heads": 4}),
    _of("experts", "mixtral", **LOCAL_EXPERTS),
    _of("experts", "qwen3_moe", **EXPERTS),
    _of("experts", "granitemoe", **LOCAL_EXPERTS),
    _of("experts, attention sinks", "gpt_oss", sliding_window=24, **LOCAL_EXPERTS),
    _of(
        "experts, latent attention",
        "deepseek_v3",
        num_key_value_heads=4,
        kv_lora_rank=8,
        q_lora_rank=8,
        qk_rope_head_dim=4,
        head_dim=4,
        qk_nope_head_dim=4,
        v_head_dim=8,
        n_routed_experts=4,
        moe_intermediate_size=8,
        num_experts_per_tok=2,
        n_group=1,
        topk_group=1,
        first_k_dense_replace=1,
    ),
    _of("state space", "mamba", STATE),
    _of(
        "state space",
        "mamba2",
        {**STATE, "num_heads": 4, "head_dim": 8, "expand": 2, "n_groups": 1, "chunk_size": 8},
    ),
    _of("state space", "falcon_mamba", STATE),
    _of(
        "recurrent",
        "rwkv",
        {
            "hidden_size": WIDTH,
            "attention_hidden_size": WIDTH,
            "num_hidden_layers": 2,
            "context_length": CONTEXT,
        },
    ),
    _of(
        "hybrid",
        "jamba",
        attn_layer_period=2,
        attn_layer_offset=1,
        expert_layer_period=2,
        expert_layer_offset=1,
        num_experts=2,
        mamba_d_state=4,
        use_mamba_kernels=False,
    ),
    _of("hybrid", "lfm2", layer_types=["conv", "full_attention"], block_auto_adjust_ff_dim=False),
    _of(
        "hybrid",
        "qwen3_next",
        layer_types=["linear_attention", "full_attention"],
        linear_key_head_dim=4,
        linear_value_head_dim=4,
        linear_num_key_heads=2,
        linear_num_value_heads=4,
        shared_expert_intermediate_size=8,
        **EXPERTS,
    ),
    _of(
        "hybrid",
        "recurrent_gemma",
        lru_width=WIDTH,
        attention_window_size=24,
        num_key_value_heads=1,
        block_types=["recurrent", "attention"],
    ),
    _of(
        "hybrid",
        "falcon_h1",
        mamba_d_ssm=32,
        mamba_n_heads=4,
        mamba_d_head=8,
        mamba_d_state=4,
        mamba_chunk_size=8,
    ),
    Architecture(
        name="gemma3",
        kind="text part of a multimodal model",
        is_multimodal=True,
        settings={"sliding_window": 24},
    ),
    _of("reads both ways", "bert", num_key_value_heads=4),
]


def write_tiny_base(architecture: Architecture, directory: Path) -> Path:
    """Random weights of an architecture, with a tokenizer, in Hugging Face layout."""
    tokenizer = train_tokenizer(TEXTS, vocab_size=400, context=CONTEXT)
    ids = {
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
    }
    settings = {**architecture.sizes, **ids, **architecture.settings}
    if architecture.is_multimodal:
        settings = {"text_config": settings, "vision_config": VISION, **ids}
    config = CONFIG_MAPPING[architecture.name](**settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory
