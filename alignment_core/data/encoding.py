"""Texts to ids, without what nobody asks for: where in its text each token lies costs a third."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase


class Encoding:
    """Encodes texts as the tokenizer does when it is called, without special tokens in front.

    A tokenizer of its own kind, which does something before or after, is called.

    Args:
        probes: texts that say which kind it is.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, probes: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        backend: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
        is_alike = backend is not None and self._called(probes) == _by_backend(backend, probes)
        self._backend = backend if is_alike else None

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text."""
        backend = self._backend
        if backend is None or self._is_told_otherwise(backend):
            return self._called(texts)
        return _by_backend(backend, texts)

    def _is_told_otherwise(self, backend: Tokenizer) -> bool:
        """Whether somebody told the backend to do what a call would not."""
        return (
            backend.truncation is not None
            or backend.padding is not None
            or backend.encode_special_tokens != self._tokenizer.split_special_tokens
        )

    def _called(self, texts: Sequence[str]) -> list[list[int]]:
        # verbose=False leaves out the warning about length, as over-length sequences are counted
        # and dropped by name.
        found = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return list(found["input_ids"])


def _by_backend(backend: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    found = backend.encode_batch_fast(list(texts), add_special_tokens=False)
    return [one.ids for one in found]
