"""Checks that torch, transformers, peft and the C library do what the library relies on."""

import ctypes
import inspect
import mmap
import subprocess
import sys
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from torch.utils._pytree import tree_map_only
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.modeling_layers import GradientCheckpointingLayer

from alignment_core.machine.kept_blocks import _Block


def count_of_holders() -> None:
    block = _Block(torch.empty(16, dtype=torch.uint8))
    assert block.is_free()
    part = block.memory[:4]
    assert not block.is_free()
    del part
    assert block.is_free()


def backward_of_softmax() -> None:
    scores = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    gradient = torch.randn(2, 3, 5, dtype=torch.float64)
    shares = scores.softmax(-1)
    (expected,) = torch.autograd.grad(shares, scores, gradient)
    found = torch.ops.aten._softmax_backward_data(gradient, shares, -1, shares.dtype)
    assert torch.allclose(found, expected)


def attention_of_transformers() -> None:
    query, key, value = torch.randn(3, 1, 2, 5, 8).unbind()
    module = _tiny().model.layers[0].self_attn
    found, weights = sdpa_attention_forward(module, query, key, value, None, scaling=0.5, dropout=0)
    expected = nn.functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, scale=0.5
    )
    assert weights is None
    assert torch.allclose(found, expected.transpose(1, 2), atol=1e-6)
    known = inspect.signature(flex_attention_forward).parameters
    assert [*known][:5] == ["module", "query", "key", "value", "attention_mask"]
    assert {"scaling", "softcap"} <= known.keys()
    assert callable(sdpa_mask)


def name_of_a_models_attention() -> None:
    model = _tiny()
    for name in ("eager", "sdpa"):
        model.set_attn_implementation(name)
        assert model.config._attn_implementation == name


def maps_over_nested_values() -> None:
    value, other = torch.ones(2), object()
    found = tree_map_only(torch.Tensor, lambda tensor: tensor + 1, ((value, other), {"key": value}))
    assert bool((found[0][0] == 2).all() and (found[1]["key"] == 2).all())
    assert found[0][1] is other


def switch_of_adapters() -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    plain = model(torch.ones(1, 4))
    config = LoraConfig(r=2, target_modules=["0"], init_lora_weights=False)
    inject_adapter_in_model(config, model)
    assert not torch.equal(model(torch.ones(1, 4)), plain)
    trained = [weight.requires_grad for weight in model.parameters()]
    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            layer._disable_adapters = True
    assert torch.equal(model(torch.ones(1, 4)), plain)
    assert [weight.requires_grad for weight in model.parameters()] == trained


def layers_built_on_one_class() -> None:
    assert all(isinstance(layer, GradientCheckpointingLayer) for layer in _tiny().model.layers)


def variables_of_onednn() -> None:
    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if not library.exists():
        return  # not Linux, where nothing is relied on
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as code:
        assert code.find(b"LRU_CACHE_CAPACITY") >= 0
        assert code.find(b"PRIMITIVE_CACHE_CAPACITY") >= 0


# Blocks that the C library has mapped by themselves, while one of 64 MiB is held.
MAPPED = """
import ctypes
from alignment_core.machine.malloc_trim import keep_freed_memory
class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abcdefghij"]
library = ctypes.CDLL("libc.so.6")
library.mallinfo2.restype = Figures
library.malloc.restype = ctypes.c_void_p
kept = keep_freed_memory()
before = library.mallinfo2().d
library.malloc(ctypes.c_size_t(64 * 2**20))
print(kept, library.mallinfo2().d - before)
"""


def thresholds_of_malloc() -> None:
    try:
        ctypes.CDLL("libc.so.6").mallinfo2  # noqa: B018
    except (OSError, AttributeError):
        return  # another C library, or glibc before 2.33, which cannot be asked
    command = [sys.executable, "-c", MAPPED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0"]


def _tiny() -> LlamaForCausalLM:
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=8, num_hidden_layers=1, **sizes))
