"""Sliding windows and chunks: how far back a layer's tokens see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers import PreTrainedModel

WINDOWS = ("sliding_window", "attention_chunk_size")
SHORT_WINDOW = 8  # tokens; a window of thousands is crossed by tens while it is tried


def longest_packable(module: PreTrainedModel) -> int | None:
    """The longest sequence that every layer sees whole; None if there is no sliding window."""
    config = module.config.get_text_config()
    windows = [
        getattr(config, name, None)
        for name in WINDOWS
        if getattr(config, "use_sliding_window", True)
    ]
    sizes = [size for size in windows if size]
    return min(sizes, default=None)


@contextmanager
def short_windows(module: PreTrainedModel) -> Iterator[None]:
    """Sliding windows that a few tokens cross, wherever a model asks its config for them."""
    config: Any = module.config.get_text_config()
    before = {name: getattr(config, name, None) for name in WINDOWS}
    wide = {name: size for name, size in before.items() if size and size > SHORT_WINDOW}
    try:
        for name in wide:
            setattr(config, name, SHORT_WINDOW)
        yield
    finally:
        for name, size in wide.items():
            setattr(config, name, size)
