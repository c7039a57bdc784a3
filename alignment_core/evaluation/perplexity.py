"""How surprised a policy is by the held-out completions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from alignment_core.evaluation.figures import FloatArray, ratio_figure, resampled_figure


def text_report(
    log_probs: FloatArray, n_tokens: FloatArray, texts: Sequence[str]
) -> dict[str, Any]:
    """Perplexity for a token and bits for a byte, over all texts together.

    Args:
        log_probs: of each completion given its prompt, summed, in nats, shape (texts,).
        n_tokens: end of turn included, shape (texts,).
    Returns:
        perplexity: exp(-Σ log-prob / Σ tokens), at least 1; depends on the tokenizer.
        bits_per_byte: -Σ log-prob / (log 2 · Σ UTF-8 bytes), at least 0; comparable between
            models of different tokenizers.
        n_tokens.
    """
    n_bytes = np.array([len(text.encode()) for text in texts], dtype=np.float64)

    def perplexity(weights: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-(weights @ log_probs) / (weights @ n_tokens)))

    return {
        "perplexity": resampled_figure(perplexity, len(texts), what="completions"),
        "bits_per_byte": ratio_figure(-log_probs / math.log(2), n_bytes, what="completions"),
        "n_tokens": int(n_tokens.sum()),
    }
